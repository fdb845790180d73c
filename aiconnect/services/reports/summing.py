"""Sums by name or by day, as commands and small tables show them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Literal, get_args

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls.budgets import periods
from aiconnect.services import rollups
from aiconnect.services.pricing import usd
from aiconnect.services.rollups import ALL, Figures, Wanted

By = Literal["model", "user", "token", "connection", "day"]
BYS: tuple[By, ...] = get_args(By)
NAMES: dict[By, rollups.By] = {
    "model": "model", "user": "person", "token": "token", "connection": "connection",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a summary. Token counts are totals: with what was cached, with reasoning.

    `cost_usd` is None where no call's cost is known; `estimated_share` is the part of the calls
    whose counts or cost are estimates, 0 to 1; `unpriced` is how many have no known cost.
    """

    key: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    estimated_share: float
    unpriced: int = 0


def summary(
    session: Session,
    *,
    by: By = "model",
    since: datetime | None = None,
    until: datetime | None = None,
    timezone: tzinfo,
    unnamed: Collection[int] = (),
    wanted: Wanted = ALL,
) -> list[Row]:
    """Settled calls from `since` on, before `until`: most calls first, or the days in order.

    Calls through the connections `unnamed` are one line without a key.
    """
    if by == "day":
        days = rollups.sums(session, None, since, until, wanted, timezone, per="day")
        return [_row(_date(one.start, timezone), one.figures) for one in days]
    name = NAMES[by]
    found = rollups.sums(session, name, since, until, wanted, timezone, unnamed=unnamed)
    merged: dict[str, Figures] = {}
    for one in found:
        merged[one.key] = merged.get(one.key, Figures()) + one.figures
    rows = [_row(key, figures) for key, figures in merged.items()]
    return sorted(rows, key=lambda row: (-row.calls, row.key))


def today(
    session: Session, *, by: By, timezone: tzinfo, unnamed: Collection[int] = ()
) -> list[Row]:
    """Settled calls of today in the team's time zone."""
    since = periods.start_of("day", timezone, clock.now())
    return summary(session, by=by, since=since, timezone=timezone, unnamed=unnamed)


def month(
    session: Session, *, by: By, timezone: tzinfo, unnamed: Collection[int] = ()
) -> list[Row]:
    """Settled calls of this month in the team's time zone."""
    since = periods.start_of("month", timezone, clock.now())
    return summary(session, by=by, since=since, timezone=timezone, unnamed=unnamed)


def _date(start: datetime | None, timezone: tzinfo) -> str:
    return start.astimezone(timezone).date().isoformat() if start else ""


def _row(key: str, found: Figures) -> Row:
    return Row(
        key,
        found.calls,
        found.given_tokens,
        found.made_tokens,
        None if found.unpriced == found.calls else usd(found.cost),
        found.estimated / found.calls,
        found.unpriced,
    )
