"""What a program is told where a budget, or the freeze, does not let its call out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from aiconnect.calls.budgets import periods
from aiconnect.calls.budgets.holding import Reached
from aiconnect.calls.budgets.values import Budget
from aiconnect.errors import N_, Withheld

CODES = ("budget_spent", "budget_held", "unpriced_model", "spend_frozen")
SOON = 3600
"""Seconds: a budget that begins anew within so long says when to come again."""
HELD_SECONDS = 2

SPENT_FOR_GOOD = N_(
    "The budget %(budget)s is spent: %(spent)s of %(limit)s USD. It does not begin anew; an admin "
    "can raise it."
)
TOO_DEAR = N_(
    "This call could cost up to %(most)s USD, but the budget %(budget)s has only %(left)s of "
    "%(limit)s USD left until it begins anew at %(reset)s. Ask for fewer tokens (a lower "
    "`max_tokens`), or call a cheaper model."
)
TOO_DEAR_FOR_GOOD = N_(
    "This call could cost up to %(most)s USD, but the budget %(budget)s has only %(left)s of "
    "%(limit)s USD left. Ask for fewer tokens (a lower `max_tokens`), or call a cheaper model."
)
UNKNOWN_YET = N_(
    "What the budget %(budget)s has spent is not known yet: the server has just started, and its "
    "database cannot be written. Try again in %(seconds)s s."
)


def unknown_yet(budget: Budget) -> Withheld:
    """Calls before the server's start are not counted yet (429)."""
    seconds = str(HELD_SECONDS)
    error = Withheld("budget_held", retry_after=HELD_SECONDS, seconds=seconds, budget=budget.name)
    error.sentence = UNKNOWN_YET
    return error


def reached(budget: Budget, reason: Reached, now: datetime) -> Withheld:
    """The budget leaves no room: for the call itself (402), or beside others under way (429)."""
    facts: dict[str, Any] = {
        "budget": budget.name,
        "spent": dollars(reason.spent),
        "limit": dollars(reason.limit),
        "left": dollars(max(reason.limit - reason.spent, 0)),
        "most": dollars(reason.amount),
    }
    if not reason.is_spent:
        return Withheld("budget_held", retry_after=HELD_SECONDS, seconds=str(HELD_SECONDS), **facts)
    end = periods.end_of(budget.period, budget.zone, now)
    sentence = _sentence(is_spent=reason.spent >= reason.limit, is_anew=end is not None)
    error = Withheld("budget_spent", retry_after=_soon(end, now), **facts)
    if end is not None:
        error.facts["reset"] = _local(end, budget)
    error.sentence = sentence or error.sentence
    return error


def unpriced(budget: Budget, model: str) -> Withheld:
    """Nobody knows what the model costs, and a hard budget counts it."""
    return Withheld("unpriced_model", budget=budget.name, model=model)


def frozen(model: str) -> Withheld:
    """Nothing that costs money goes out."""
    return Withheld("spend_frozen", model=model)


def dollars(nano: int) -> str:
    """An amount with as many digits as it has, two at least."""
    whole, _, rest = f"{Decimal(nano) / 10**9:.9f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def _sentence(*, is_spent: bool, is_anew: bool) -> str:
    if is_spent:
        return "" if is_anew else SPENT_FOR_GOOD
    return TOO_DEAR if is_anew else TOO_DEAR_FOR_GOOD


def _soon(end: datetime | None, now: datetime) -> int | None:
    left = None if end is None else max(1, round((end - now).total_seconds()))
    return left if left is not None and left <= SOON else None


def _local(end: datetime, budget: Budget) -> str:
    return f"{end.astimezone(budget.zone):%Y-%m-%d %H:%M} ({budget.zone})"
