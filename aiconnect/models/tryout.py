"""Try-outs: prompts that a person tries on the page, with what came back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from aiconnect.models.base import Base, UtcDateTime, Words


class TryOut(Base):
    """One sending of the try-out form, seen by its person alone and kept for a short while.

    `id` is the form's one-use token (UUIDv7), so sending it twice finds the first. `asked` is what
    the form said, without pictures; `answers` has one object a model, in the form's order; None
    while they are being written, and `ended_at` with it.
    """

    __tablename__ = "try_outs"

    id: Mapped[str] = mapped_column(Words(36), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    answers: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
