"""Prices that the team has set itself, and tables that it has taken over; one is bundled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from aiconnect.models.base import Base, UtcDateTime, Words


class OwnPrice(Base):
    """What a model costs from `valid_from` on, until a later row; rows are only ever added.

    `model` is `connection/id`, or a bare id for every connection; with `*` or `?` in it, a
    pattern. Amounts are nano-dollars per million tokens; None for a part that costs what its usual
    counterpart does. All None: the team's own price is withdrawn.
    """

    __tablename__ = "own_prices"
    __table_args__ = (Index("ix_own_prices_model", "model", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(Words(360))
    input: Mapped[int | None] = mapped_column(BigInteger)
    output: Mapped[int | None] = mapped_column(BigInteger)
    cache_read: Mapped[int | None] = mapped_column(BigInteger)
    cache_write: Mapped[int | None] = mapped_column(BigInteger)
    reasoning: Mapped[int | None] = mapped_column(BigInteger)
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")


class PriceTable(Base):
    """A table of prices that was fetched when somebody asked for it, as it came, compressed.

    `state` is fetched, accepted or dismissed; the last one accepted goes before the bundled one.
    `digest` is the SHA-256 of what came; `version` is how records name it.
    """

    __tablename__ = "price_tables"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(Words(10))
    version: Mapped[str] = mapped_column(Words(40))
    digest: Mapped[str] = mapped_column(Words(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fetched_by: Mapped[str] = mapped_column(Words(254), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(Words(254), default="")
