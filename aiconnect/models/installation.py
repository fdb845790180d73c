"""Facts about this installation: one row per name."""

from __future__ import annotations

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from aiconnect.models.base import Base, Words

CANARY = "canary"
REVISION = "revision"
COOKIE_KEY = "cookie_key"


class Setting(Base):
    """A named value: the sealed canary, the revision that the gateway watches, the cookie key.

    Those that begin with `ceiling.` are set by people.
    """

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(Words(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
