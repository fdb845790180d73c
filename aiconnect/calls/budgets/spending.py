"""What is asked of budgets before an attempt: the freeze, prices, and room for what it may cost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from aiconnect.calls.budgets import refusing
from aiconnect.calls.budgets.holding import Held, Holds, Reached, Wanted
from aiconnect.calls.budgets.memory import MemoryBudgets
from aiconnect.calls.budgets.rules import Asked, Rules, moment
from aiconnect.calls.budgets.values import Budget, Tally, Window
from aiconnect.calls.dispatch import Call
from aiconnect.calls.plan import Attempt
from aiconnect.calls.request import Request
from aiconnect.calls.snapshot import Caller, Snapshot
from aiconnect.errors import Withheld

PATIENCE = 1.0
"""Seconds that the last attempt of a call waits for others to let go of what they hold."""
STEP = 0.02
_WAITING = threading.Event()  # never set: waiting on it is a sleep

IDLE = Rules()


class Spending:
    """One for the process; every method may be called from any thread.

    `now` gives milliseconds since the epoch. `refusals` counts what was withheld, by its code.
    `is_blind` says whether calls of before the start may still be missing in what was spent.
    """

    def __init__(self, holds: Holds | None = None, now: Callable[[], int] | None = None) -> None:
        self.holds: Holds = holds or MemoryBudgets()
        self._now = now or _now
        self.rules = IDLE
        self.refusals: Counter[str] = Counter()
        self.is_blind: Callable[[], bool] = lambda: False

    def follow(self, snapshot: Snapshot) -> None:
        """What people have set holds from now on."""
        rules = Rules.of(snapshot)
        self.holds.absorbed((), [one.tally for one in rules.budgets])
        self.holds.keep([*rules.windows(self._now()), *(one.tally[0] for one in rules.budgets)])
        self.rules = rules

    def hold(
        self, call: Call, attempt: Attempt, request: Request, sent: int, *, is_last: bool
    ) -> None:
        """Set aside what this attempt may cost, instead of what the one before it held.

        `sent` is how many bytes go to the provider. Waits a little where others hold the rest,
        unless there is another attempt to make. Raises Withheld.
        """
        rules = self.rules
        if rules.is_idle and call.held is None:
            return
        at_ms = call.stamp()
        try:
            amounts = _amounts(rules, call.caller, Asked(attempt, request, at_ms, sent))
            if amounts and self.is_blind():
                _refuse_hard(amounts)
            self._take(rules, call, rules.wanted(amounts, at_ms), is_last=is_last)
        except Withheld as error:
            self.refusals[error.code] += 1
            raise
        most = max((amount for _, amount in amounts), default=None)
        call.held = None if most is None else Held(call.id, most, self.holds, rules.prices)

    def absorbed(self, call_ids: Iterable[str], tallies: Iterable[Tally]) -> None:
        """The ledger knows these calls, and says this of windows."""
        self.holds.absorbed(call_ids, tallies)

    def present(self, budget_id: int) -> tuple[int, int]:
        """Nano-dollars that are spent and held in a budget's present period; 0 if not in force."""
        budget = self._budget(budget_id)
        return self.holds.taken(self.rules.window(budget, self._now())) if budget else (0, 0)

    def taken(self, budget_id: int, start: datetime) -> tuple[int, int] | None:
        """What is spent and held of a budget in the period that began then, in one piece.

        None where it is not in force here, or another period is the present one.
        """
        budget = self._budget(budget_id)
        if budget is None or self.rules.window(budget, self._now())[1] != start:
            return None
        return self.holds.taken((budget_id, start))

    def windows(self) -> set[Window]:
        """Those whose tallies must be known here: none while there are no budgets."""
        return self.holds.windows() | set(self.rules.windows(self._now()))

    def _budget(self, budget_id: int) -> Budget | None:
        return next((one for one in self.rules.budgets if one.id == budget_id), None)

    def _take(self, rules: Rules, call: Call, wanted: Wanted, *, is_last: bool) -> None:
        end = time.monotonic() + (PATIENCE if is_last else 0)
        is_held = not wanted and call.held is None
        while not is_held:
            try:
                self.holds.hold(call.id, wanted)
                is_held = True
            except Reached as reason:
                if reason.is_spent or time.monotonic() >= end:
                    raise _error(rules, reason, call.stamp()) from None
                _WAITING.wait(STEP)


def _amounts(rules: Rules, caller: Caller, asked: Asked) -> list[tuple[Budget, int]]:
    """What each budget that counts the attempt would set aside; none where nothing is owed.

    Raises Withheld where it must not go out at all.
    """
    budgets = rules.counting(caller, asked.attempt)
    if not budgets and not rules.frozen:
        return []
    caps = {one.cap_tokens for one in budgets} or {1}
    most = {cap: rules.bound(asked, cap) for cap in caps}
    if not any(amount != 0 for amount in most.values()):
        return []
    name = asked.attempt.name
    if rules.frozen:
        raise refusing.frozen(name)
    for one in budgets:
        if most[one.cap_tokens] is None and not one.is_soft and not one.allows_unpriced:
            raise refusing.unpriced(one, name)
    return [(one, most[one.cap_tokens] or 0) for one in budgets]


def _refuse_hard(amounts: Iterable[tuple[Budget, int]]) -> None:
    for budget, _ in amounts:
        if not budget.is_soft:
            raise refusing.unknown_yet(budget)


def _error(rules: Rules, reason: Reached, at_ms: int) -> Withheld:
    budget = next(one for one in rules.budgets if one.id == reason.window[0])
    return refusing.reached(budget, reason, moment(at_ms))


def _now() -> int:
    return time.time_ns() // 1_000_000
