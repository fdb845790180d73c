"""People and how they sign in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aiconnect.models.base import Base, UtcDateTime, Words


class Role(StrEnum):
    """What a person may do, least first: look, use, run, own."""

    VIEWER = "viewer"
    MEMBER = "member"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def covers(self, other: Role) -> bool:
        return self.rank >= other.rank


class Person(Base):
    """A member of the team. `password_hash` is argon2's own text, or None until one is set.

    `language` is "" until they choose one: then their browser's wish counts. `time_zone` None: the
    team's. `mature_since` is when they switched mature content on, None: it is off.

    `requests_per_minute`, `tokens_per_minute` and `parallel` limit the calls of all access tokens
    of this person together, None: no limit.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Words(254), unique=True)
    role: Mapped[str] = mapped_column(Words(10))
    password_hash: Mapped[str | None] = mapped_column(Words(200))
    language: Mapped[str] = mapped_column(Words(8), default="")
    theme: Mapped[str] = mapped_column(Words(8), default="system")
    time_zone: Mapped[str | None] = mapped_column(Words(64))
    mature_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    requests_per_minute: Mapped[int | None]
    tokens_per_minute: Mapped[int | None]
    parallel: Mapped[int | None]


class SignIn(Base):
    """One browser that is signed in, until `ends_at` at the latest; only a hash is kept."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(Words(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    browser: Mapped[str] = mapped_column(Words(200), default="")
    address: Mapped[str] = mapped_column(Words(64), default="")
    person: Mapped[Person] = relationship()


class OneTimeLink(Base):
    """A link that works once: `purpose` is setup or sign_in. Only the code's hash is kept."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(Words(64), unique=True)
    purpose: Mapped[str] = mapped_column(Words(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInAttempt(Base):
    """A failed sign-in, kept as long as it counts. `subject` is an address or a hash."""

    __tablename__ = "sign_in_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(Words(80), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
