"""How budgets stand: spent, held by calls under way, left, and when they are full again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import Budget, BudgetTally
from aiconnect.services import pricing
from aiconnect.services.audit import Actor
from aiconnect.services.budgets import rows, tallies, targets
from aiconnect.services.budgets.keeping import Tally
from aiconnect.services.budgets.targets import Named

OK, WARN, SPENT, GONE = "ok", "warn", "spent", "gone"

Taken = Callable[[int, datetime], tuple[int, int] | None]
"""What is spent and held (nano-dollars) of a budget, by its id, in the period that began then.

The gateway knows, and calls are held to it; None where it does not: then the ledger's word counts.
"""


def nobody_knows(_budget_id: int, _start: datetime) -> None:
    """Where no gateway runs beside."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget in its present period; `held` is nano-dollars that calls under way may yet cost."""

    budget: Budget
    tally: Tally
    target: Named
    held: int = 0

    @property
    def taken(self) -> int:
        """What counts against the limit: the number that decides about the next call."""
        return self.tally.spent + self.held

    @property
    def left(self) -> int:
        return max(self.budget.limit - self.taken, 0)

    @property
    def state(self) -> str:
        """`ok`, `warn` from the mark on, `spent`, or `gone` where it is of nothing any more."""
        if self.target.is_gone:
            return GONE
        if self.taken >= self.budget.limit:
            return SPENT
        is_near = self.taken * 100 >= self.budget.limit * self.budget.warn_percent
        return WARN if is_near else OK

    @property
    def limit_usd(self) -> Decimal:
        return _usd(self.budget.limit)

    @property
    def spent_usd(self) -> Decimal:
        return _usd(self.tally.spent)

    @property
    def held_usd(self) -> Decimal:
        return _usd(self.held)

    @property
    def left_usd(self) -> Decimal:
        return _usd(self.left)

    @property
    def resets_at(self) -> datetime | None:
        """When it is full again; None for a total, which never is."""
        return self.tally.end

    def share(self, nano: int) -> float:
        """An amount as a part of the limit, 0 to 1; of a limit of nothing everything is all."""
        return min(nano / self.budget.limit, 1.0) if self.budget.limit else 1.0


@dataclass(frozen=True, slots=True)
class Past:
    """A period of a budget that is over, or the present one."""

    start: datetime
    spent: Decimal
    exceeded: int


def standings(
    session: Session, actor: Actor, zone: tzinfo, now: datetime, taken: Taken = nobody_knows
) -> list[Standing]:
    """Every budget that concerns them, the team's first."""
    return _stand(session, actor, rows.visible(session, actor), zone, now, taken)


def standing(
    session: Session,
    actor: Actor,
    budget: Budget,
    zone: tzinfo,
    now: datetime,
    taken: Taken = nobody_knows,
) -> Standing:
    """One of them."""
    return _stand(session, actor, [budget], zone, now, taken)[0]


def past(session: Session, budget: Budget) -> list[Past]:
    """Its periods, the latest first."""
    kept = select(BudgetTally).where(BudgetTally.budget_id == budget.id)
    found = session.scalars(
        kept.order_by(BudgetTally.start.desc())
        .limit(tallies.PERIODS)
        .execution_options(populate_existing=True)
    )
    return [Past(one.start, _usd(one.spent), one.exceeded) for one in found]


def _stand(
    session: Session,
    actor: Actor,
    budgets: Iterable[Budget],
    zone: tzinfo,
    now: datetime,
    taken: Taken,
) -> list[Standing]:
    every = list(budgets)
    if not every:
        return []
    kept, named = tallies.current(session, zone, now), targets.names(session, actor, every)
    return [
        _one(one, kept[one.id], named[one.id], taken(one.id, kept[one.id].start))
        for one in every
        if one.id in kept
    ]


def _one(budget: Budget, tally: Tally, target: Named, taken: tuple[int, int] | None) -> Standing:
    spent, held = taken or (tally.spent, 0)
    return Standing(budget, replace(tally, spent=spent), target, held)


def _usd(nano: int) -> Decimal:
    return pricing.usd(nano) or Decimal(0)
