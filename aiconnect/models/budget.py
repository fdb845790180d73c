"""Budgets, and what was spent of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from aiconnect.models.base import Base, Count, UtcDateTime, Words


class Scope(StrEnum):
    """Whose calls a budget counts. A collection's: calls that one of its models answers."""

    TEAM = "team"
    PERSON = "person"
    TOKEN = "token"  # noqa: S105 (an access token's name, not one)
    CONNECTION = "connection"
    COLLECTION = "collection"


class Period(StrEnum):
    """How long a budget lasts, in the team's time zone."""

    DAY = "day"
    MONTH = "month"
    TOTAL = "total"


class Budget(Base):
    """So much money for so long.

    `target_id` is the person, access token, connection or collection, None for the team's.
    `limit` is nano-dollars. A soft one warns, a hard one stops; both warn at `warn_percent` of the
    limit. `allows_unpriced` lets calls through whose price nobody knows. `cap_tokens` is the output
    that is assumed of a call where neither it nor its model says a limit.
    """

    __tablename__ = "budgets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Words(60), unique=True)
    scope: Mapped[str] = mapped_column(Words(10))
    target_id: Mapped[int | None]
    limit: Mapped[int] = mapped_column(BigInteger)
    period: Mapped[str] = mapped_column(Words(5))
    is_soft: Mapped[bool] = mapped_column(default=False)
    warn_percent: Mapped[int] = mapped_column(default=80)
    allows_unpriced: Mapped[bool] = mapped_column(default=False)
    cap_tokens: Mapped[int] = mapped_column(Count, default=8192)
    version: Mapped[int] = mapped_column(default=1)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(Words(254), default="")
    tallies: Mapped[list[BudgetTally]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )


class BudgetTally(Base):
    """What was spent of a budget in the period that begins at `start`; a total's begins in 1970.

    `spent` is nano-dollars: the sum of the ledger. `version` grows with every change, so that of
    two readings the later one is known. `exceeded` counts calls that cost more than was held.
    """

    __tablename__ = "budget_tallies"

    budget_id: Mapped[int] = mapped_column(
        ForeignKey("budgets.id", ondelete="CASCADE"), primary_key=True
    )
    start: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    exceeded: Mapped[int] = mapped_column(default=0)
