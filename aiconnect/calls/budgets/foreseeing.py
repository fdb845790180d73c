"""Whether a model would go out now for somebody, as far as money is concerned: asks no counts."""

from __future__ import annotations

from aiconnect.calls.budgets.holding import no_room
from aiconnect.calls.budgets.rules import Rules, moment
from aiconnect.calls.plan import Attempt
from aiconnect.calls.snapshot import Caller


def withheld(rules: Rules, caller: Caller, attempt: Attempt, at_ms: int) -> str:
    """The code of why even its smallest call would be refused, "" where it would not.

    By what the ledger said was spent when the picture was made, without calls under way.
    """
    budgets = [one for one in rules.counting(caller, attempt) if not one.is_soft]
    if not budgets and not rules.frozen:
        return ""
    least = _least(rules, attempt, at_ms)
    if least == 0:
        return ""
    if rules.frozen:
        return "spend_frozen"
    if least is None and not all(one.allows_unpriced for one in budgets):
        return "unpriced_model"
    for one in budgets:
        is_present = rules.window(one, at_ms)[1] == one.start
        if no_room(one.limit, one.spent if is_present else 0, least or 0):
            return "budget_spent"
    return ""


def _least(rules: Rules, attempt: Attempt, at_ms: int) -> int | None:
    """Of a call with a token each way."""
    opened = attempt.opened
    if opened.flat_fee:
        return 0
    at, model = moment(at_ms), attempt.model_id
    least = rules.prices.bound(opened.id, opened.name, model, at, 1, 1)
    return 0 if least is None and opened.is_free else least
