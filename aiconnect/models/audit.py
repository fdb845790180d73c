"""Who changed what, when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from aiconnect.models.base import Base, UtcDateTime, Words


class AuditEntry(Base):
    """One change. `action` is verb.noun ("rotate.credential"); facts hold no secret.

    `via` is page, command or system.
    """

    __tablename__ = "audit_entries"

    id: Mapped[str] = mapped_column(Words(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(Words(254))
    via: Mapped[str] = mapped_column(Words(10))
    action: Mapped[str] = mapped_column(Words(60))
    subject: Mapped[str] = mapped_column(Words(300))
    facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
