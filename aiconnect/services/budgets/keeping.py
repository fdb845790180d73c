"""Rows of tallies: read, added to, and set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import BudgetTally
from aiconnect.services.amounts import MOST, grown
from aiconnect.services.budgets.sharing import More, Window
from aiconnect.services.writing import insert


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


def read(session: Session, wanted: Iterable[Window]) -> Iterator[Any]:
    """The rows of these windows, where there are any."""
    columns = BudgetTally.__table__.columns
    keys = list(wanted)
    if keys:
        yield from session.execute(
            select(*columns).where(tuple_(BudgetTally.budget_id, BudgetTally.start).in_(keys))
        )


def tally(budget_id: int, start: datetime, end: datetime | None, row: Any) -> Tally:
    """A row with its period's end; no row: nothing is spent."""
    if row is None:
        return Tally(budget_id, start, end)
    return Tally(budget_id, start, end, row.spent, row.version, row.exceeded)


def add(session: Session, more: Mapping[Window, More]) -> None:
    """In the order of their keys, as everybody does: so nobody waits for each other."""
    rows = [
        _row(key, start, more[key, start].spent, more[key, start].exceeded)
        for key, start in sorted(more)
    ]
    if rows:
        session.execute(_adding(session.get_bind().dialect.name), rows)


def put(session: Session, budget_id: int, start: datetime, spent: int) -> None:
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
    return insert(dialect, BudgetTally.metadata.tables[BudgetTally.__tablename__])


@cache
def _adding(dialect: str) -> Any:
    statement, kept = _insert(dialect), BudgetTally
    return statement.on_conflict_do_update(
        index_elements=[kept.budget_id, kept.start],
        set_={
            "spent": grown(dialect, kept.spent, statement.excluded.spent),
            "exceeded": kept.exceeded + statement.excluded.exceeded,
            "version": kept.version + 1,
        },
    )


@cache
def _setting(dialect: str) -> Any:
    statement, kept = _insert(dialect), BudgetTally
    return statement.on_conflict_do_update(
        index_elements=[kept.budget_id, kept.start],
        set_={"spent": statement.excluded.spent, "version": kept.version + 1},
    )
