"""What was spent of each budget: counted as records settle, and anew where that is not enough.

Both happen inside a writing transaction, and writers queue: so a record is in a tally exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Select,
    delete,
    select,
)
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls.budgets import periods
from aiconnect.models import Budget, BudgetTally, CostState, UsageRecord
from aiconnect.services import installation, team_zone
from aiconnect.services.amounts import MOST
from aiconnect.services.budgets import belonging, keeping
from aiconnect.services.budgets.keeping import Tally
from aiconnect.services.budgets.sharing import Shared
from aiconnect.services.writing import writing

OWED = (CostState.MEASURED, CostState.ESTIMATED)
"""What is free, or paid by a subscription, or not known, is spent of no budget."""

PERIODS = 24
"""The latest ones of a budget: so many are shown."""


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
    counted = Shared(every, belonging.members(session, every), team_zone.read(session))
    for record in records:
        counted.add(record)
    keeping.add(session, counted.more)


def recount(session: Session, budget: Budget) -> int:
    """Sum up its present period again, also from before it was made; gives nano-dollars.

    Within the running unit of work, which must hold the write lock.
    """
    zone, now = team_zone.read(session), clock.now()
    start = periods.start_of(budget.period, zone, now)
    spent = spent_since(session, budget, start, periods.end_of(budget.period, zone, now))
    keeping.put(session, budget.id, start, spent)
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
    kept = {row.budget_id: row for row in keeping.read(session, starts.items())}
    return {
        key: keeping.tally(key, starts[key], periods.end_of(period, zone, now), kept.get(key))
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
        keeping.put(session, budget.id, start, spent_since(session, budget, start, end))
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
