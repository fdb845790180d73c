"""Attempts to connect a provider by signing in there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from aiconnect.models.base import Base, UtcDateTime, Words


class OAuthAttempt(Base):
    """One attempt, bound to the browser that began it, used once, until `ends_at`.

    `sha256` is the hash of the secret part of its callback's address; `verifier` is PKCE's and
    the whole callback's address, sealed, and empty once it is used; `mode` is redirect or paste;
    `connection_id` is the connection that is connected anew, or came of it; None for a new one,
    to be called `name`; `outcome` is None while it is open.
    """

    __tablename__ = "oauth_attempts"

    id: Mapped[str] = mapped_column(Words(36), primary_key=True)
    provider: Mapped[str] = mapped_column(Words(40))
    sign_in_id: Mapped[int] = mapped_column(
        ForeignKey("sign_ins.id", ondelete="CASCADE"), index=True
    )
    connection_id: Mapped[int | None] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Words(60), default="")
    is_personal: Mapped[bool] = mapped_column(default=False)
    mode: Mapped[str] = mapped_column(Words(10))
    sha256: Mapped[str] = mapped_column(Words(64), unique=True)
    verifier: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(Words(40))
