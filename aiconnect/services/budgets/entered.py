"""What somebody enters of a budget, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.errors import N_, Conflict, Refused
from aiconnect.models import Budget, Period, Scope
from aiconnect.services import pricing
from aiconnect.services.connections.names import RESERVED, slug

MOST = Decimal(1_000_000)
"""Dollars. Larger ones are slips; and every process counts exactly far beyond it."""

LONGEST = 59
MOST_TOKENS = 10_000_000
_PLACES = Decimal("0.000000001")


@dataclass(frozen=True, slots=True)
class Draft:
    """A budget as it was entered; `limit` is dollars.

    `target` is the email of a person, or the name of an access token, a connection, a collection,
    or the id of any of them; nothing for the team. `cap_tokens` is the output that is assumed of a
    call where neither it nor its model says a limit.
    """

    name: str
    limit: Decimal
    period: str = Period.MONTH
    scope: str = Scope.TEAM
    target: str | int = ""
    is_soft: bool = False
    warn_percent: int = 80
    allows_unpriced: bool = False
    cap_tokens: int = 8192


def put(session: Session, budget: Budget, draft: Draft) -> dict[str, str]:
    """Give a budget what was entered of it, but for whose it is; gives what is another now.

    Raises Refused, or Conflict where the name is taken.
    """
    wanted = {
        "name": name(session, draft.name, budget.id),
        "limit": limit(draft.limit),
        "period": _period(draft.period),
        "is_soft": draft.is_soft,
        "warn_percent": _between("warn_percent", draft.warn_percent, 1, 100),
        "allows_unpriced": draft.allows_unpriced,
        "cap_tokens": _between("cap_tokens", draft.cap_tokens, 1, MOST_TOKENS),
    }
    changed = {key: value for key, value in wanted.items() if value != getattr(budget, key)}
    for key, value in changed.items():
        setattr(budget, key, value)
    return {key: _told(key, value) for key, value in changed.items()}


def name(session: Session, typed: str, own_id: int | None = None) -> str:
    """The name in its form; raises Refused or Conflict."""
    found = slug(typed)
    if _holder(session, found) not in {None, own_id}:
        sentence = N_("There is a budget named %(name)s already. Choose another name.")
        raise Conflict(sentence, field="name", name=found)
    return found


def name_after(session: Session, thing: str) -> str:
    """A free name made of the name of what the budget is of."""
    base = re.sub(r"[^a-z0-9]+", "-", thing.casefold())[: LONGEST - 8].strip("-") or "budget"
    tries = (base if n == 1 else f"{base}-{n}" for n in count(1))
    is_free = (one for one in tries if one not in RESERVED and _holder(session, one) is None)
    return next(is_free)


def limit(dollars: Decimal) -> int:
    """The limit in nano-dollars. 0 is one: nothing may be spent. Raises Refused."""
    if not dollars.is_finite() or not 0 <= dollars <= MOST:
        sentence = N_("A limit is an amount of dollars from 0 to %(most)s.")
        raise Refused(sentence, field="limit", most=f"{MOST:f}")
    if dollars != dollars.quantize(_PLACES):
        raise Refused(N_("A limit has nine decimal places at most."), field="limit")
    return pricing.nano(dollars)


def _holder(session: Session, found: str) -> int | None:
    with session.no_autoflush:
        return session.scalar(select(Budget.id).where(Budget.name == found))


def _period(typed: str) -> str:
    if typed not in set(Period):
        raise Refused(N_("A budget is for a day, a month or in total."), field="period")
    return str(typed)


def _between(field: str, number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        sentence = N_("Enter a whole number from %(least)s to %(most)s.")
        raise Refused(sentence, field=field, least=least, most=most)
    return number


def _told(key: str, value: object) -> str:
    """A setting as the audit log has it; amounts in dollars."""
    return f"{pricing.usd(value):f}" if key == "limit" and isinstance(value, int) else str(value)
