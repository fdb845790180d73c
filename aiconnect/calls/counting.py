"""What is asked before a call and told after it: limits, budgets, breakers, providers' limits."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiconnect.calls.breaker import Breakers
from aiconnect.calls.budgets.spending import Spending
from aiconnect.calls.circuit import RATE
from aiconnect.calls.dispatch import Call
from aiconnect.calls.faults import Refusal
from aiconnect.calls.limits import Limited, Limits
from aiconnect.calls.limits.memory import MemoryLimits
from aiconnect.calls.plan import Attempt
from aiconnect.calls.snapshot import Snapshot
from aiconnect.calls.waiting import Allowances
from aiconnect.errors import CallError, Withheld

_WAITING = threading.Event()  # never set: waiting on it is a sleep


@dataclass(eq=False)
class Counting:
    """One for the process; every method may be called from any thread.

    `longest_wait` is how many seconds a call waits for its turn at a provider.
    """

    breakers: Breakers = field(default_factory=lambda: Breakers(time.monotonic))
    limits: Limits = field(default_factory=lambda: MemoryLimits(time.monotonic))
    allowances: Allowances = field(default_factory=Allowances)
    budgets: Spending = field(default_factory=Spending)
    longest_wait: float = 5.0

    def __post_init__(self) -> None:
        self._usual_wait = self.longest_wait

    def admit(self, call: Call, tokens: int) -> None:
        """Hold what the limits of this access token and person allow. Raises Withheld (429)."""
        caller = call.caller
        limits = (
            ("token", caller.token_id, caller.limit),
            ("person", caller.person_id, caller.person_limit),
        )
        wanted = [((kind, number), limit) for kind, number, limit in limits if limit.is_set]
        if not wanted:
            return
        try:
            call.holds.append(self.limits.enter(wanted, tokens))
        except Limited as limited:
            raise limited.error() from None

    def enter(self, call: Call, attempt: Attempt, tokens: int, *, is_last: bool) -> None:
        """Ask whether this connection may be called now. Raises Withheld where it may not."""
        opened = attempt.opened
        self._await_turn(attempt, is_last=is_last)
        refusal = self.breakers.admit(opened.id, attempt.model_id)
        if refusal is not None and is_last and self._is_near(refusal):
            _WAITING.wait(refusal.retry_after)
            refusal = self.breakers.admit(opened.id, attempt.model_id)
        if refusal is not None:
            raise refusal.error(opened.name, attempt.name)
        if opened.limit.is_set:
            self._hold(call, attempt, tokens)

    def report(self, attempt: Attempt, error: CallError | None, began: float) -> None:
        """Say how an attempt went that was sent; None: it has begun to answer."""
        code = (error.finding or error.code) if error else None
        wait = error.retry_after if error else None
        self.breakers.report(attempt.opened.id, attempt.model_id, code, wait, began=began)

    def left(self, attempt: Attempt, began: float) -> None:
        """The caller has gone before this attempt was answered: if it was a probe, it is over."""
        opened = attempt.opened
        self.breakers.report(opened.id, attempt.model_id, "caller_left", began=began)

    def heard(self, attempt: Attempt, headers: Mapping[str, str]) -> None:
        """Take in what a provider's answer says about its limits."""
        self.allowances.note(attempt.opened.id, headers, time.monotonic(), attempt.model_id)

    def follow(self, snapshot: Snapshot) -> None:
        """Forget the faults of connections that are other ones now, or to be tried again.

        What people have set holds from now on.
        """
        asked = snapshot.ceilings
        self.breakers.switch(is_on=asked.breaker)
        self.longest_wait = self._usual_wait if asked.longest_wait is None else asked.longest_wait
        every = snapshot.connections.values()
        marks = {one.id: (one.target, one.retried_at) for one in every}
        self.breakers.follow(marks)
        self.allowances.follow(marks)
        self.budgets.follow(snapshot)

    def reset(self, connection_id: int) -> None:
        """Forget what is known of a connection: the next call goes out."""
        self.breakers.reset(connection_id)
        self.allowances.reset(connection_id)

    def _await_turn(self, attempt: Attempt, *, is_last: bool) -> None:
        """Where a provider has said that nothing is left: wait for it, or ask another."""
        opened = attempt.opened
        wait = self.allowances.wait(opened.id, time.monotonic(), attempt.model_id)
        if not wait:
            return
        if not is_last:
            words = f"{wait:.0f} s more"
            raise Withheld(
                "provider_rate_limited",
                retry_after=max(1, round(wait)),
                connection=opened.name,
                detail=words,
            )
        if wait <= self.longest_wait:
            _WAITING.wait(wait)

    def _is_near(self, refusal: Refusal) -> bool:
        return refusal.kind == RATE and refusal.retry_after <= self.longest_wait

    def _hold(self, call: Call, attempt: Attempt, tokens: int) -> None:
        opened = attempt.opened
        try:
            call.attempt_hold = self.limits.enter(
                [(("connection", opened.id), opened.limit)], tokens
            )
        except Limited as limited:
            self.breakers.report(opened.id, attempt.model_id, "connection_limited")
            raise limited.error(opened.name) from None
