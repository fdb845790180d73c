"""What was spent of each budget: counted as records settle, and anew where that is not enough.

Both happen inside a writing transaction, and writers queue: so a record is in a tally exactly once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Numeric,
    Select,
    case,
    cast,
    delete,
    literal,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls.budgets import periods
from aiconnect.models import Budget, BudgetTally, CostState, UsageRecord
from aiconnect.services import installation, team_zone
from aiconnect.services.budgets import belonging
from aiconnect.services.budgets.belonging import Members
from aiconnect.services.writing import writing

OWED = (CostState.MEASURED, CostState.ESTIMATED)
"""What is free, or paid by a subscription, or not known, is spent of no budget."""

MOST = 2**63 - 1
"""What the column holds: a provider may state any cost, and no record is lost over its sum."""

NO_SPAN = (periods.EVER, periods.EVER)
PERIODS = 24
"""The latest ones of a budget: so many are shown."""

Window = tuple[int, datetime]
"""A budget's id, and when the period began."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was spent of a budget in the period from `start` to `end` (None: for ever).

    `spent` is nano-dollars; of two readings the one with the higher `version` is later, 0 is of a
    period in which nothing was counted yet. `exceeded` calls cost more than was held for them.
    """

    budget_id: int
    start: datetime
    end: datetime | None
    spent: int = 0
    version: int = 0
    exceeded: int = 0


@dataclass(slots=True)
class _More:
    """What a batch of records adds to a window."""

    spent: int = 0
    exceeded: int = 0


@dataclass(slots=True)
class _Calendar:
    """When periods began; the one of the record before is looked at first."""

    zone: tzinfo
    spans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def start(self, period: str, moment: datetime) -> datetime:
        start, end = self.spans.get(period, NO_SPAN)
        if not start <= moment < end:
            start = periods.start_of(period, self.zone, moment)
            end = periods.end_of(period, self.zone, moment) or datetime.max.replace(tzinfo=UTC)
            self.spans[period] = start, end
        return start


class _Counted:
    """How the records of a batch are shared out among budgets."""

    def __init__(self, budgets: Iterable[Budget], members: Members, zone: tzinfo) -> None:
        self._calendar = _Calendar(zone)
        self._budgets = [
            (
                one.id,
                one.period,
                belonging.belongs_to(one, members),
                periods.start_of(one.period, zone, one.made_at),
            )
            for one in budgets
        ]
        self.more: dict[Window, _More] = defaultdict(_More)

    def add(self, record: Any) -> None:
        """Add a record to its budgets, but for periods that were over when they were made."""
        at, cost, held = record.at, record.cost, record.held
        is_over = held is not None and cost > held
        for key, period, is_of, first in self._budgets:
            start = self._calendar.start(period, at)
            if start >= first and is_of(record):
                more = self.more[key, start]
                more.spent += cost
                more.exceeded += is_over


def count(session: Session, first_seq: int, last_seq: int) -> None:
    """Add records that have settled to the budgets that they belong to, in this transaction.

    They are those with a `seq` in the range, ends included, and are counted by this alone.
    """
    if session.scalar(select(Budget.id).limit(1)) is None:
        return
    owed = _owed().where(UsageRecord.seq.between(first_seq, last_seq))
    records = session.execute(owed).all()
    if not records:
        return
    every = _all(session)
    counted = _Counted(every, belonging.members(session, every), team_zone.read(session))
    for record in records:
        counted.add(record)
    _write(session, counted.more)


def recount(session: Session, budget: Budget) -> int:
    """Sum up its present period again, also from before it was made; gives nano-dollars.

    Within the running unit of work, which must hold the write lock.
    """
    zone, now = team_zone.read(session), clock.now()
    start = periods.start_of(budget.period, zone, now)
    spent = spent_since(session, budget, start, periods.end_of(budget.period, zone, now))
    _put(session, budget.id, start, spent)
    return spent


def follow_zone(session: Session, zone: ZoneInfo) -> bool:
    """Count days and months in this time zone from now on; whether it was another before.

    Periods of the other zone are summed up again where they are shown. While it stays the same,
    nothing is written.
    """
    if team_zone.is_noted(session, zone):
        return False
    with writing(session):
        is_new = team_zone.note(session, zone)
        if is_new:
            for budget in _all(session):
                _count_anew(session, budget, zone)
            installation.bump_revision(session)
    return is_new


def recount_all(session: Session, budget_ids: Iterable[int] | None = None) -> int:
    """Recount these, or every one; gives how many had another sum than the ledger.

    Within the running unit of work, which must hold the write lock.
    """
    wanted = None if budget_ids is None else set(budget_ids)
    kept = current(session, team_zone.read(session), clock.now())
    found = [one for one in _all(session) if wanted is None or one.id in wanted]
    return sum(recount(session, one) != kept[one.id].spent for one in found)


def ids(session: Session) -> list[int]:
    """The ids of all budgets."""
    return list(session.scalars(select(Budget.id).order_by(Budget.id)))


def current(session: Session, zone: tzinfo, now: datetime) -> dict[int, Tally]:
    """The present period of every budget by its id; nothing is spent where none is kept yet."""
    columns = select(Budget.id, Budget.period)
    periods_of = {row.id: row.period for row in session.execute(columns)}
    starts = {key: periods.start_of(period, zone, now) for key, period in periods_of.items()}
    kept = {row.budget_id: row for row in _kept(session, starts.items())}
    return {
        key: _tally(key, starts[key], periods.end_of(period, zone, now), kept.get(key))
        for key, period in periods_of.items()
    }


def spent_since(session: Session, budget: Budget, start: datetime, end: datetime | None) -> int:
    """What the ledger says was spent of a budget from `start` on, before `end`: nano-dollars."""
    found = belonging.sums(session, budget, (start, end))
    return min(sum(one.figures.cost for one in found), MOST)


def _count_anew(session: Session, budget: Budget, zone: tzinfo) -> None:
    """The periods since it was made, the latest ones, as they begin in this zone."""
    session.execute(delete(BudgetTally).where(BudgetTally.budget_id == budget.id))
    moment: datetime = clock.now()
    for _period in range(PERIODS):
        start = periods.start_of(budget.period, zone, moment)
        end = periods.end_of(budget.period, zone, moment)
        _put(session, budget.id, start, spent_since(session, budget, start, end))
        if start <= budget.made_at:
            return
        moment = start - timedelta(microseconds=1)


def _all(session: Session) -> list[Budget]:
    rows = select(Budget).order_by(Budget.id).execution_options(populate_existing=True)
    return list(session.scalars(rows))


def _owed() -> Select[*tuple[Any, ...]]:
    return select(
        UsageRecord.person_id,
        UsageRecord.access_token_id,
        UsageRecord.connection_id,
        UsageRecord.model,
        UsageRecord.at,
        UsageRecord.cost,
        UsageRecord.held,
    ).where(UsageRecord.cost_state.in_(OWED), UsageRecord.cost > 0)


def _kept(session: Session, wanted: Iterable[Window]) -> Iterator[Any]:
    columns = BudgetTally.__table__.columns
    keys = list(wanted)
    if keys:
        yield from session.execute(
            select(*columns).where(tuple_(BudgetTally.budget_id, BudgetTally.start).in_(keys))
        )


def _tally(budget_id: int, start: datetime, end: datetime | None, row: Any) -> Tally:
    if row is None:
        return Tally(budget_id, start, end)
    return Tally(budget_id, start, end, row.spent, row.version, row.exceeded)


def _write(session: Session, more: Mapping[Window, _More]) -> None:
    """In the order of their keys, as everybody does: so nobody waits for each other."""
    rows = [
        _row(key, start, more[key, start].spent, more[key, start].exceeded)
        for key, start in sorted(more)
    ]
    if rows:
        session.execute(_adding(session.get_bind().dialect.name), rows)


def _put(session: Session, budget_id: int, start: datetime, spent: int) -> None:
    """Set what was spent; calls that cost more than was held stay counted."""
    statement = _setting(session.get_bind().dialect.name)
    session.execute(statement, [_row(budget_id, start, spent, 0)])


def _row(budget_id: int, start: datetime, spent: int, exceeded: int) -> dict[str, Any]:
    """A first version is the time in milliseconds: a row made anew is later than the one before."""
    version = int(clock.now().timestamp() * 1000)
    return {
        "budget_id": budget_id,
        "start": start,
        "spent": min(spent, MOST),
        "version": version,
        "exceeded": exceeded,
    }


def _insert(dialect: str) -> Any:
    inserts = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    return inserts[dialect](BudgetTally.metadata.tables[BudgetTally.__tablename__])


@cache
def _adding(dialect: str) -> Any:
    statement, kept = _insert(dialect), BudgetTally
    return statement.on_conflict_do_update(
        index_elements=[kept.budget_id, kept.start],
        set_={
            "spent": _sum(dialect, kept.spent, statement.excluded.spent),
            "exceeded": kept.exceeded + statement.excluded.exceeded,
            "version": kept.version + 1,
        },
    )


def _sum(dialect: str, old: Any, more: Any) -> ColumnElement[int]:
    """Up to MOST. PostgreSQL fails where a sum grows beyond, SQLite makes a rounded one of it."""
    most = literal(MOST, BigInteger)
    if dialect == "postgresql":
        return case((cast(old, Numeric) + more > most, most), else_=old + more)
    return case((old > most - more, most), else_=old + more)


@cache
def _setting(dialect: str) -> Any:
    statement, kept = _insert(dialect), BudgetTally
    return statement.on_conflict_do_update(
        index_elements=[kept.budget_id, kept.start],
        set_={"spent": statement.excluded.spent, "version": kept.version + 1},
    )
