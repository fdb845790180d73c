"""What the team is told of: rules, alerts, where they are sent, and each sending."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aiconnect.models.base import Base, UtcDateTime, Words


class AlertRule(Base):
    """When to tell. `kind` is a code of `services.alerts`; `settings` are its thresholds."""

    __tablename__ = "alert_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Words(24))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    enabled: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")


class Alert(Base):
    """Something that is so, from `opened_at` until `resolved_at`.

    `subject` names what it is about (`budget:3`, `connection:5`): of a rule's alerts one is open
    for it at a time. `facts` fill the sentence of its kind. `seen_at` is when somebody put its
    banner away.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_open", "rule_id", "subject", "resolved_at"),
        Index("ix_alerts_opened_at", "opened_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("alert_rules.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(Words(24))
    subject: Mapped[str] = mapped_column(Words(120))
    facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_by: Mapped[str] = mapped_column(Words(254), default="")


class AlertChannel(Base):
    """Where alerts are sent: `kind` is mail or webhook, `address` a mail address or a URL.

    `kinds` are the kinds of alerts that it is told of (none: all). `sealed` is the secret that
    signs a webhook. `quiet_from` and `quiet_until` are minutes after midnight in the team's time
    zone between which nothing is sent; `digest` is whether it gets the week's summary.
    """

    __tablename__ = "alert_channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Words(60), unique=True)
    kind: Mapped[str] = mapped_column(Words(8))
    address: Mapped[str] = mapped_column(Words(500))
    sealed: Mapped[str | None] = mapped_column(Text)
    private: Mapped[bool] = mapped_column(default=False)
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    digest: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")
    deliveries: Mapped[list[AlertDelivery]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )


class AlertDelivery(Base):
    """One message to one channel. `event` is opened, resolved, test or digest.

    `state` is waiting, sent or given_up; it is tried at `due_at`, again and again with longer
    pauses, and `failure` says what came of the last try.
    """

    __tablename__ = "alert_deliveries"
    __table_args__ = (
        UniqueConstraint("channel_id", "alert_id", "event"),
        Index("ix_alert_deliveries_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("alert_channels.id", ondelete="CASCADE"))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(Words(10))
    message: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(Words(10))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(Words(300))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    channel: Mapped[AlertChannel] = relationship(back_populates="deliveries")
