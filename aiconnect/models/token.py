"""Access tokens: what programs send to us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aiconnect.models.account import Person
from aiconnect.models.base import Base, UtcDateTime, Words


class AccessToken(Base):
    """Only the SHA-256 of the secret is kept. `patterns` limits it to models; empty: all.

    `collections` are ids of the collections that it is limited to (None: no such limit; one that
    was removed allows nothing). The last three limit its calls, None: no limit.
    """

    __tablename__ = "access_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Words(60), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(Words(64), unique=True)
    last4: Mapped[str] = mapped_column(Words(4))
    patterns: Mapped[list[str]] = mapped_column(JSON, default=list)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    collections: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    requests_per_minute: Mapped[int | None]
    tokens_per_minute: Mapped[int | None]
    parallel: Mapped[int | None]
    person: Mapped[Person] = relationship()
