"""Money: budgets that are nearly spent, days that cost far more than usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute as Attribute

from aiconnect.models import AccessToken, Budget, Collection, Connection, Scope
from aiconnect.services import budgets, pricing, reports
from aiconnect.services.alerts.signs import Seen, Sight, Sign, Thresholds
from aiconnect.services.budgets import Tally

DAYS, LEAST_DAYS = 14, 4
NANO = 1_000_000_000
WARN, FULL = ":warn", ":full"


Owners = Mapping[Scope, Mapping[int, int | None]]

OWNED: Mapping[Scope, tuple[Attribute[int], Attribute[Any]]] = {
    Scope.TOKEN: (AccessToken.id, AccessToken.person_id),
    Scope.CONNECTION: (Connection.id, Connection.owner_id),
    Scope.COLLECTION: (Collection.id, Collection.owner_id),
}


def spent(sight: Sight, _thresholds: Thresholds) -> Seen:
    """A sign at the mark of each budget, in its place one at its limit; each of one period."""
    tallies = budgets.current(sight.session, sight.zone, sight.now)
    owners = _owners(sight)
    every = sight.session.scalars(select(Budget).order_by(Budget.id))
    known = [(one, tallies[one.id]) for one in every if one.id in tallies]
    signs = tuple(sign for one, tally in known for sign in _marks(one, tally, owners))
    full = {one.subject for one in signs if one.subject.endswith(FULL)}
    return Seen(signs, superseded=frozenset(one.removesuffix(FULL) + WARN for one in full))


def jump(sight: Sight, thresholds: Thresholds) -> Seen:
    """Today against the median of the days before."""
    today = sight.now.astimezone(sight.zone).date()
    since = _midnight(sight, today - timedelta(days=DAYS))
    rows = reports.summary(sight.session, by="day", since=since, timezone=sight.zone)
    costs = {row.key: pricing.nano(row.cost_usd) for row in rows if row.cost_usd is not None}
    now = costs.pop(today.isoformat(), 0)
    if now < thresholds["dollars"] * NANO or not _is_used_for_days(sight, rows):
        return Seen()
    before = [today - timedelta(days=n) for n in range(1, DAYS + 1)]
    usual = int(median(costs.get(day.isoformat(), 0) for day in before))
    if now < thresholds["times"] * usual:
        return Seen()
    facts = {"case": "jump", "spent": str(now), "usual": str(usual), "path": "/usage"}
    return Seen((Sign(f"day:{today}", facts),))


def _is_used_for_days(sight: Sight, rows: list[reports.Row]) -> bool:
    """Whether there is a usual day at all: a beginner's first ones are none."""
    first = min((row.key for row in rows), default="9")
    return first <= (sight.now.astimezone(sight.zone).date() - timedelta(LEAST_DAYS)).isoformat()


def _marks(budget: Budget, tally: Tally, owners: Owners) -> Iterator[Sign]:
    share = tally.spent * 100 // budget.limit if budget.limit else 100
    if tally.spent * 100 < budget.limit * budget.warn_percent or not tally.spent:
        return
    facts = {
        "name": budget.name, "spent": str(tally.spent), "limit": str(budget.limit),
        "share": str(share), "path": "/budgets",
    }  # fmt: skip
    person = _person(budget, owners)
    if person is not None:
        facts["person"] = str(person)
    place = f"budget:{budget.id}:{tally.start.date()}"
    if tally.spent < budget.limit:
        yield Sign(place + WARN, facts | {"case": "warn"})
    else:
        yield Sign(place + FULL, facts | {"case": "soft" if budget.is_soft else "hard"})


def _person(budget: Budget, owners: Owners) -> int | None:
    """Whose a budget is, beside the admins'; None where it concerns everyone, 0 where nobody."""
    target = budget.target_id or 0
    match budget.scope:
        case Scope.TEAM:
            return None
        case Scope.PERSON:
            return target
    return owners[Scope(budget.scope)].get(target, 0)


def _owners(sight: Sight) -> Owners:
    """Whose each target of a budget is, by scope and id; None where it is the team's."""
    return {scope: _owned(sight, scope, *columns) for scope, columns in OWNED.items()}


def _owned(
    sight: Sight, scope: Scope, number: Attribute[int], owner: Attribute[Any]
) -> dict[int, int | None]:
    wanted = select(Budget.target_id).where(Budget.scope == scope)
    rows = select(number, owner).where(number.in_(wanted))
    return {row[0]: row[1] for row in sight.session.execute(rows)}


def _midnight(sight: Sight, day: date) -> datetime:
    return datetime.combine(day, time(), sight.zone).astimezone(UTC)
