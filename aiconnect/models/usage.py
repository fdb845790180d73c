"""The ledger: one row per call, added when it begins and completed once; and its sums."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Text, false, text
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


NOT_OK = "outcome <> 'ok'"
"""Few records fit; said in these words, it is found by an index of its own."""


class Ending(StrEnum):
    """Outcomes as rollups tell them apart; a call that was cut or interrupted has failed."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"
    LEFT = "left"


class CostState(StrEnum):
    """How well the cost is known."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"
    FREE = "free"
    NOTIONAL = "notional"


def _of_few(name: str, *columns: str) -> Index:
    """An index of what did not go well: small, and what people look for among millions."""
    return Index(name, *columns, sqlite_where=text(NOT_OK), postgresql_where=text(NOT_OK))


class UsageRecord(Base):
    """One call. Names are kept as they were, so removing a person leaves history whole.

    `id` is the UUIDv7 made when the call began; `outcome` is None while it runs; token columns
    are disjoint; `cost` is nano-dollars; `generation_ms` is the provider's own figure for the
    time in which it wrote the output; `writer` is the process that began it. `tries` are the
    attempts before the last one and the steps that were skipped, each [connection, model, why,
    ms]; `asked` is the name that the caller called, `wire` the endpoint that it spoke to, `price`
    which price the cost was reckoned with. `held` is what budgets had set aside for it, in
    nano-dollars. `details` are counts beside the five columns, of which they are parts where they
    are tokens: {"input_audio": 12, "images": 1, "seconds": 4, …}.

    `is_fallback`: another step than the first one answered.

    `seq` numbers settled records in the order in which they came into the ledger: rollups say up
    to which one they go.
    """

    __tablename__ = "usage_records"
    __table_args__ = (
        Index("ix_usage_records_writer", "writer", "outcome"),
        Index("ix_usage_records_at", "at", "id"),
        Index("ix_usage_records_connection", "connection_id", "at"),
        Index("ix_usage_records_person", "person_id", "at"),
        Index("ix_usage_records_token", "access_token_id", "at"),
        Index("ix_usage_records_model", "model", "at"),
        Index("ix_usage_records_seq", "seq"),
        _of_few("ix_usage_records_failed", "at", "id"),
        _of_few("ix_usage_records_failed_person", "person_id", "at", "id"),
        _of_few("ix_usage_records_failed_token", "access_token_id", "at", "id"),
        _of_few("ix_usage_records_failed_connection", "connection_id", "at", "id"),
        _of_few("ix_usage_records_failed_model", "model", "at", "id"),
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
    held: Mapped[int | None] = mapped_column(BigInteger)
    details: Mapped[dict[str, int] | None] = mapped_column(JSON(none_as_null=True))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    is_fallback: Mapped[bool] = mapped_column(default=False, server_default=false())


class UsageRollup(Base):
    """The records of one hour, day or month that share who, what, where and how, added up.

    `span` is hour, day or month, or total: everybody's calls of a day, by nothing but their
    outcome. `start` is when it begins in the team's time zone, as UTC. Ids
    are 0 where a record has none; names are those of the records. `collection` is the name of the
    collection that was called, "" where none was; `outcome` an Ending. `key` begins with span and
    start, so that a time is a range of keys, and ends with a digest of all of these. `cost` is
    nano-dollars without `notional`, which nobody owes; `estimated` and `unpriced` count records
    whose counts or cost are estimates, or unknown; `fallbacks` those that another step than the
    first answered. `latency_ms` is the sum over `timed` records; `written_ms` the time in which
    `written_tokens` came.
    """

    __tablename__ = "usage_rollups"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[str] = mapped_column(Words(32), primary_key=True)
    span: Mapped[str] = mapped_column(Words(5))
    start: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int]
    person: Mapped[str] = mapped_column(Words(254))
    access_token_id: Mapped[int]
    access_token: Mapped[str] = mapped_column(Words(60))
    connection_id: Mapped[int]
    connection: Mapped[str] = mapped_column(Words(60))
    model: Mapped[str] = mapped_column(Words(300))
    collection: Mapped[str] = mapped_column(Words(60))
    outcome: Mapped[str] = mapped_column(Words(8))
    calls: Mapped[int] = mapped_column(BigInteger)
    fallbacks: Mapped[int] = mapped_column(BigInteger)
    estimated: Mapped[int] = mapped_column(BigInteger)
    unpriced: Mapped[int] = mapped_column(BigInteger)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_write_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    reasoning_tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[int] = mapped_column(BigInteger)
    notional: Mapped[int] = mapped_column(BigInteger)
    timed: Mapped[int] = mapped_column(BigInteger)
    latency_ms: Mapped[int] = mapped_column(BigInteger)
    written_tokens: Mapped[int] = mapped_column(BigInteger)
    written_ms: Mapped[int] = mapped_column(BigInteger)


class CallText(Base):
    """What a call asked and was answered, kept only while the team has that switched on.

    Both are sealed by the vault; None where there was none.
    """

    __tablename__ = "call_texts"

    id: Mapped[str] = mapped_column(Words(36), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    asked: Mapped[str | None] = mapped_column(Text)
    answered: Mapped[str | None] = mapped_column(Text)


class AccountReading(Base):
    """What a provider said at `at` that a connection's key has used, in nano-dollars.

    `window` is total, day, week or month: since when the provider counts. Of an account that says
    no such thing it is balance, and `used` is what is left of it.
    """

    __tablename__ = "account_readings"
    __table_args__ = (Index("ix_account_readings_at", "connection_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    window: Mapped[str] = mapped_column(Words(8))
    used: Mapped[int] = mapped_column(BigInteger)
