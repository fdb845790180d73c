"""What runs on a clock, and which process runs it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, mapped_column

from aiconnect.models.base import Base, UtcDateTime, Words


class Lease(Base):
    """Who may do what only one process at a time does, until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(Words(40), primary_key=True)
    owner: Mapped[str] = mapped_column(Words(60), default="")
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class JobRun(Base):
    """The latest run of a job. `result` is ok, failed or running; `said` is a code with facts.

    `wanted_at` is set by someone who wants it to run now.
    """

    __tablename__ = "job_runs"

    name: Mapped[str] = mapped_column(Words(40), primary_key=True)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    wanted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[str | None] = mapped_column(Words(10))
    said: Mapped[str] = mapped_column(Words(300), default="")
    runs: Mapped[int] = mapped_column(default=0)

    @property
    def took(self) -> timedelta | None:
        """How long it ran; None while it runs, and before it ever has."""
        return self.ended_at - self.began_at if self.ended_at and self.began_at else None
