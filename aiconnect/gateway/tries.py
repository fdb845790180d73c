"""A call's way through its plan: which attempt is made now, and which after it has failed."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from aiconnect.calls.counting import Counting
from aiconnect.calls.dispatch import Call, Settled
from aiconnect.calls.failing import FALLS_OVER, call_error
from aiconnect.calls.journal import Journal
from aiconnect.calls.plan import Attempt, Plan
from aiconnect.calls.request import Request
from aiconnect.calls.texts import Waiting
from aiconnect.calls.ways import Way, way
from aiconnect.errors import CallError, CannotCarry, ProviderError, Withheld
from aiconnect.gateway.limits import Limits
from aiconnect.gateway.metrics import Metrics
from aiconnect.wire.relay import Exchange, Upstream

PAUSE = 0.25
SHORTEST = 0.001
OURS = {"ledger_full", "internal"}
_WAITING = threading.Event()  # never set: waiting on it is a sleep


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that is on its way; `patience` is how many seconds its first byte may take."""

    way: Way
    exchange: Exchange
    patience: float

    @property
    def attempt(self) -> Attempt:
        return self.way.attempt


@dataclass(frozen=True, slots=True)
class Reach:
    """What attempts are made with: the same for all calls of the process."""

    upstream: Upstream
    bounds: Callable[[], Limits]
    counting: Counting
    journal: Journal
    metrics: Metrics
    texts: Waiting

    @property
    def limits(self) -> Limits:
        """Those in force now."""
        return self.bounds()

    def report(self, attempt: Attempt, error: CallError | None, began: float) -> None:
        """Say how an attempt went that was sent; None: it has begun to answer."""
        self.counting.report(attempt, error, began)
        self.metrics.tried(attempt.opened.name, error.code if error else None)

    def observe(self, settled: Settled) -> None:
        """Count a call that has ended."""
        self.metrics.settled(
            settled.connection,
            settled.outcome,
            settled.status,
            seconds=settled.seconds,
            first=settled.first_seconds,
            usage=settled.usage,
        )

    def learn_no_stream_options(self, attempt: Attempt) -> None:
        """Remember that an endpoint rejects `stream_options`."""
        self.journal.note({"k": "n", "what": "no_stream_options", "c": attempt.opened.id})


class Tries:
    """Goes through the attempts of one call; from one thread at a time."""

    __slots__ = (
        "_again", "_deadline", "_entered", "_learns", "_left", "_reach", "_since", "_told", "call",
        "request",
    )  # fmt: skip

    def __init__(self, reach: Reach, call: Call, request: Request, plan: Plan) -> None:
        self.call, self.request = call, request
        self._reach = reach
        self._left = deque(plan.attempts)
        self._deadline = call.began + (plan.total or reach.limits.total)
        self._told: CallError | None = None
        self._again = 0
        self._since = call.began
        self._entered = self._learns = False
        for skipped in plan.skipped:
            call.note(skipped.name, skipped.why)

    @property
    def seconds_left(self) -> float:
        """Of the time that all tries may take together: a whole answer is to be there by then."""
        return max(self._deadline - time.monotonic(), SHORTEST)

    def first(self) -> Sent:
        """Send the call to the first attempt that can be made. Raises CallError where none can."""
        return self._go(self._left.popleft())

    def after(self, error: CallError) -> Sent:
        """Send it again after an attempt has failed like this; CallError where nothing is left."""
        attempt = self.call.attempt
        assert attempt is not None  # noqa: S101 (it was sent)
        return self._go(self._following(attempt, error))

    def fresh(self, sent: Sent) -> Sent:
        """The same request over a new connection: the kept one had been closed meanwhile."""
        sent.exchange.close()
        try:
            return replace(sent, exchange=self._send(sent.way, sent.patience, fresh=True))
        except CallError as error:
            return self.after(error)

    def without_stream_options(self, sent: Sent) -> Sent:
        """The same attempt as an endpoint wants it that has just refused `stream_options`.

        It has been let in already, and its place is still its own. Remembered once it answers:
        else one caller's bad request could end the counting for all.
        """
        opened = replace(sent.attempt.opened, no_stream_options=True)
        self.call.attempt = attempt = replace(sent.attempt, opened=opened)
        self._learns = True
        try:
            found = self._way(attempt)
            return Sent(found, self._send(found, sent.patience), sent.patience)
        except CallError as error:
            return self.after(error)

    def answered(self, sent: Sent) -> None:
        """The attempt has begun to answer: its connection works."""
        self._reach.report(sent.attempt, None, self._since)
        if self._learns and sent.attempt.opened.no_stream_options:
            self._reach.learn_no_stream_options(sent.attempt)

    def heard(self, sent: Sent) -> None:
        """Take in what the head of an answer says about the provider's limits."""
        head = sent.exchange.head
        if head is not None:
            self._reach.counting.heard(sent.attempt, head.headers)

    def left(self) -> None:
        """The caller has gone before the answer began: that says nothing about its provider."""
        if self.call.attempt is not None:
            self._reach.counting.left(self.call.attempt, self._since)

    def broke(self, error: CallError) -> None:
        """The answer broke off after its first content: nothing can be tried any more."""
        if self.call.attempt is not None:
            self._reach.report(self.call.attempt, error, self._since)

    def _go(self, attempt: Attempt) -> Sent:
        while True:
            try:
                return self._make(attempt)
            except CallError as error:
                attempt = self._following(attempt, error)

    def _make(self, attempt: Attempt) -> Sent:
        self._since = time.monotonic()
        self._entered = self._learns = False
        if self.call.attempt is None:
            self.call.attempt = attempt
        found = self._way(attempt)
        counting, tokens, is_last = (
            self._reach.counting,
            self.request.reserved_tokens,
            not self._left,
        )
        sent = len(found.body)
        counting.budgets.hold(self.call, attempt, self.request, sent, is_last=is_last)
        counting.enter(self.call, attempt, tokens, is_last=is_last)
        self._entered = True
        self.call.attempt = attempt
        self.call.begin()
        patience = min(attempt.patience or self._reach.limits.first_byte, self.seconds_left)
        exchange = self._send(found, patience)
        return Sent(found, exchange, min(patience, self.seconds_left))

    def _way(self, attempt: Attempt) -> Way:
        try:
            return way(self.request, attempt, self.call.id, self.call.began)
        except CannotCarry as lack:
            raise Withheld("cannot_carry", model=attempt.name, what=lack.what) from None

    def _send(self, found: Way, patience: float, *, fresh: bool = False) -> Exchange:
        self.call.attempts += not fresh
        headers = self.request.headers
        try:
            return self._reach.upstream.send(
                found.door, found.body, headers, fresh=fresh, patience=patience
            )
        except ProviderError as error:
            raise call_error(found.attempt, error) from None

    def _following(self, attempt: Attempt, error: CallError) -> Attempt:
        """The same attempt once more or the next one; raises what the caller is told at last."""
        was_sent = self._entered and error.code not in OURS
        if self._entered or isinstance(error, Withheld):  # else its own words were at fault
            self.call.note(attempt.name, error.code, self._ms() if was_sent else None)
        if self._entered:  # else nobody has let it out
            self._reach.report(attempt, error, self._since)
        self._let_go(was_sent=was_sent)
        if error.code not in FALLS_OVER and not isinstance(error, Withheld):
            raise error
        if was_sent or self._told is None:  # what a provider has said weighs more
            self._told = error
        pause = self._pause(attempt, error)
        if pause is not None:
            self._again += 1
            _WAITING.wait(pause)
            return attempt
        if not self._left or time.monotonic() > self._deadline:
            raise self._told
        self._again = 0
        return self._left.popleft()

    def _let_go(self, *, was_sent: bool) -> None:
        """What the connection's limits have set aside: a request that was made stays counted."""
        hold, self.call.attempt_hold = self.call.attempt_hold, None
        if hold is None:
            return
        if was_sent:
            hold.settle(0)
        else:
            hold.release()

    def _pause(self, attempt: Attempt, error: CallError) -> float | None:
        """How long to wait before the same connection is asked again; None: it is not.

        By itself only the last one that is left is asked again, and once: one of several is not
        waited for, because the next can be asked at once. A wait that the provider asks for is
        kept to, where it is short.
        """
        most = attempt.retries
        if most is None:
            most = 0 if self._left else 1
        if not error.may_repeat or self._again >= most:
            return None
        pause = max(PAUSE * (1 + random.random()), error.retry_after or 0)  # noqa: S311 (jitter)
        is_worth = (
            pause <= self._reach.limits.longest_wait and time.monotonic() + pause < self._deadline
        )
        return pause if is_worth else None

    def _ms(self) -> int:
        return round((time.monotonic() - self._since) * 1000)
