"""What a budget was spent on: the models that cost most, and calls that cost more than was held."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from aiconnect.models import Budget, Role, UsageRecord
from aiconnect.services import connections, pricing
from aiconnect.services.audit import Actor
from aiconnect.services.budgets import belonging
from aiconnect.services.budgets.keeping import Tally
from aiconnect.services.budgets.tallies import OWED

MOST = 10


@dataclass(frozen=True, slots=True)
class On:
    """A model that a budget was spent on; `name` is "" for all of personal connections together."""

    name: str
    calls: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Exceeding:
    """A call that cost more than was held for it."""

    id: str
    at: datetime
    held: Decimal
    cost: Decimal


def spent_on(session: Session, actor: Actor, budget: Budget, tally: Tally) -> list[On]:
    """The models that cost most in a period."""
    hidden = connections.theirs(session, actor).ids
    span = (tally.start, tally.end)
    calls: Counter[str] = Counter()
    costs: Counter[str] = Counter()
    for one in belonging.sums(session, budget, span, by="model", unnamed=hidden):
        calls[one.key] += one.figures.calls
        costs[one.key] += one.figures.cost
    return [On(name, calls[name], _usd(cost)) for name, cost in costs.most_common(MOST) if cost]


def exceeding(session: Session, actor: Actor, budget: Budget, tally: Tally) -> list[Exceeding]:
    """The latest calls of a period that cost more than was held, as far as they may see them."""
    if not tally.exceeded:
        return []
    one = UsageRecord
    rows = (
        select(one.id, one.at, one.held, one.cost)
        .where(_of(session, budget, tally), one.held.is_not(None), one.cost > one.held)
        .order_by(one.at.desc(), one.id.desc())
        .limit(MOST)
    )
    if not actor.role.covers(Role.ADMIN):
        rows = rows.where(one.person_id == actor.person_id)
    return [
        Exceeding(row.id, row.at, _usd(row.held), _usd(row.cost)) for row in session.execute(rows)
    ]


def _of(session: Session, budget: Budget, tally: Tally) -> ColumnElement[bool]:
    members = belonging.members(session, [budget])
    parts: list[Any] = [
        UsageRecord.outcome.is_not(None),
        UsageRecord.cost_state.in_(OWED),
        UsageRecord.cost > 0,
        UsageRecord.at >= tally.start,
        belonging.clause(budget, members),
    ]
    if tally.end is not None:
        parts.append(UsageRecord.at < tally.end)
    return and_(*parts)


def _usd(nano: int) -> Decimal:
    return pricing.usd(int(nano)) or Decimal(0)
