"""The ledger: one row per call, added when it begins and completed once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from aiconnect.models.base import Base, Count, UtcDateTime, Words


class Outcome(StrEnum):
    """How a call ended."""

    OK = "ok"
    FAILED = "failed"
    REFUSED = "refused"
    CUT = "cut"
    CALLER_LEFT = "caller_left"
    INTERRUPTED = "interrupted"


class CostState(StrEnum):
    """How well the cost is known."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"
    FREE = "free"
    NOTIONAL = "notional"


class UsageRecord(Base):
    """One call. Names are kept as they were, so removing a person leaves history whole.

    `id` is the UUIDv7 made when the call began; `outcome` is None while it runs; token columns
    are disjoint; `cost` is nano-dollars; `generation_ms` is the provider's own figure for the
    time in which it wrote the output; `writer` is the process that began it. `tries` are the
    attempts before the last one and the steps that were skipped, each [connection, model, why,
    ms]; `asked` is the name that the caller called, `wire` the endpoint that it spoke to, `price`
    which price the cost was reckoned with.
    """

    __tablename__ = "usage_records"
    __table_args__ = (
        Index("ix_usage_records_writer", "writer", "outcome"),
        Index("ix_usage_records_at", "at", "id"),
        Index("ix_usage_records_connection", "connection_id", "at"),
    )

    id: Mapped[str] = mapped_column(Words(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    writer: Mapped[str | None] = mapped_column(Words(36))
    person_id: Mapped[int | None]
    person: Mapped[str] = mapped_column(Words(254))
    access_token_id: Mapped[int | None]
    access_token: Mapped[str] = mapped_column(Words(60))
    connection_id: Mapped[int | None]
    connection: Mapped[str] = mapped_column(Words(60))
    model: Mapped[str] = mapped_column(Words(300))
    is_stream: Mapped[bool]
    outcome: Mapped[str | None] = mapped_column(Words(12))
    code: Mapped[str | None] = mapped_column(Words(40))
    status: Mapped[int | None] = mapped_column(Count)
    input_tokens: Mapped[int | None] = mapped_column(Count)
    cache_read_tokens: Mapped[int | None] = mapped_column(Count)
    cache_write_tokens: Mapped[int | None] = mapped_column(Count)
    output_tokens: Mapped[int | None] = mapped_column(Count)
    reasoning_tokens: Mapped[int | None] = mapped_column(Count)
    tokens_estimated: Mapped[bool] = mapped_column(default=False)
    cost: Mapped[int | None] = mapped_column(BigInteger)
    cost_state: Mapped[str] = mapped_column(Words(10))
    latency_ms: Mapped[int | None] = mapped_column(Count)
    first_token_ms: Mapped[int | None] = mapped_column(Count)
    generation_ms: Mapped[int | None] = mapped_column(Count)
    attempts: Mapped[int] = mapped_column(default=0)
    tries: Mapped[list[list[Any]] | None] = mapped_column(JSON(none_as_null=True))
    asked: Mapped[str | None] = mapped_column(Words(300))
    wire: Mapped[str | None] = mapped_column(Words(40))
    price: Mapped[str | None] = mapped_column(Words(80))
