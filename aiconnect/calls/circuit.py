"""One circuit: may calls go to where calls failed? Without a lock or a clock of its own.

closed -> open        an outage that lasts, or at once for a key, money or a model
closed -> waiting     a rate limit that says how long
open -> half_open     the pause is over: one call, the probe, is let through
half_open -> closed   it succeeded; or open again, for longer, where it failed
waiting -> closed     the wait is over
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

CLOSED, OPEN, HALF_OPEN, WAITING = "closed", "open", "half_open", "waiting"
OUTAGE, KEY, MONEY, RATE, MODEL = "outage", "key", "money", "rate", "model"
KINDS = (OUTAGE, KEY, MONEY, RATE, MODEL)

MOST_DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """When a circuit opens and for how long; times in seconds.

    An outage opens it after `in_row` failures without a success between them, or once at least
    `share` of at least `calls` calls within `window` have failed. Its pause doubles each time
    that the probe fails, and up to `jitter` of it is taken off, so that several servers do not
    probe together. A probe that does not report within `patience` is given up. `longest_wait`
    bounds what a provider may ask for: an account may be upgraded meanwhile. Where it is not
    `is_on`, faults are counted and every call goes out.
    """

    is_on: bool = True
    in_row: int = 5
    window: float = 30.0
    calls: int = 20
    share: float = 0.5
    pause: float = 10.0
    longest_pause: float = 120.0
    jitter: float = 0.2
    steady_pause: float = 60.0
    patience: float = 60.0
    longest_wait: float = 300.0


USUAL = Settings()


class Recent:
    """How many calls of the last seconds failed, counted in six slots: up to a sixth longer."""

    __slots__ = ("_slots", "_width", "calls", "failures")

    def __init__(self, window: float) -> None:
        self._width = window / 6
        self.forget()

    def forget(self) -> None:
        self._slots: deque[list[int]] = deque()  # number of the slot, calls, failures
        self.calls = self.failures = 0

    def count(self, now: float, *, failed: bool) -> None:
        slot = int(now / self._width)
        while self._slots and self._slots[0][0] < slot - 6:
            _, calls, failures = self._slots.popleft()
            self.calls -= calls
            self.failures -= failures
        if not self._slots or self._slots[-1][0] != slot:
            self._slots.append([slot, 0, 0])
        self._slots[-1][1] += 1
        self._slots[-1][2] += failed
        self.calls += 1
        self.failures += failed


@dataclass(slots=True)
class Circuit:
    """`only` is the one model that every failure since the last success was about, "" for several.

    `since` is when it last ceased to be closed; `until` when the pause, the wait or the probe's
    time is over; `failures` counts outages in a row.
    """

    settings: Settings = USUAL
    state: str = CLOSED
    kind: str = ""
    code: str = ""
    since: float = 0.0
    until: float = 0.0
    failures: int = 0
    only: str | None = None
    _pauses: int = 0
    _shut: float = 0.0
    _before: tuple[str, float] = (CLOSED, 0.0)
    _recent: Recent = field(init=False)

    def __post_init__(self) -> None:
        self._recent = Recent(self.settings.window)

    @property
    def is_calm(self) -> bool:
        """Whether there is nothing to remember."""
        return self.state == CLOSED and not self.failures

    def is_ready(self, now: float) -> bool:
        """Whether a call may go through, as an ordinary one or as the probe."""
        return self.state == CLOSED or now >= self.until

    def enter(self, now: float) -> None:
        """Let a call through: once the pause is over it is the probe."""
        if self.state == WAITING and now >= self.until:
            self._close()
        if self.state == CLOSED:
            return
        if self.state == HALF_OPEN:  # the probe before is given up: nothing of it counts any more
            self.state, self._shut = OPEN, self.until
        self._before = (self.state, self.until)
        self.state = HALF_OPEN
        self.until = now + self.settings.patience

    def is_probe(self, began: float) -> bool:
        """Whether a call that began then is the one that was let through since it shut."""
        return self.state == HALF_OPEN and began >= self._shut

    def note_success(self, now: float) -> None:
        """A call was answered where all is well."""
        self._recent.count(now, failed=False)

    def succeed(self, now: float, began: float) -> None:
        """A call was answered. Only a wait goes on: the provider has said for how long."""
        self._recent.count(now, failed=False)
        self.failures = 0
        if self.state == HALF_OPEN and self._before[0] == WAITING and now < self._before[1]:
            self.abandon(began)
        elif self.state != WAITING:
            self._close()

    def abandon(self, began: float) -> None:
        """A call ended without a word about the provider: after a probe, another may go."""
        if self.is_probe(began):
            self.state, self.until = self._before

    def hold(self, code: str, model: str, *, now: float, began: float, wait: float) -> None:
        """The provider asks to wait. It has answered, so an outage is over."""
        if wait <= 0:
            self.succeed(now, began)
            return
        is_worse = self.state == OPEN and self.kind in {KEY, MONEY}
        if is_worse or (self.state == HALF_OPEN and not self.is_probe(began)):
            return
        until = now + min(wait, self.settings.longest_wait)
        until = max(until, self.until if self.state == WAITING else until)
        self._recent.count(now, failed=False)
        self.failures = self._pauses = 0
        self._blame(model)
        self._leave_closed(RATE, code, now)
        self.state, self.until = WAITING, until

    def fail(
        self, kind: str, code: str, model: str, *, now: float, began: float, off: float
    ) -> None:
        """A call failed. `off` from 0 to 1 is how much of the jitter is taken off a pause."""
        self._blame(model)
        if kind == OUTAGE:
            self.failures += 1
            self._recent.count(now, failed=True)
        if self._is_late(kind, began) or (kind == OUTAGE and not self._is_out()):
            return
        pause = self._pause(kind) * (1 - self.settings.jitter * off)
        self._pauses += 1
        self._leave_closed(kind, code, now)
        self.state, self.until = OPEN, now + pause

    def _is_late(self, kind: str, began: float) -> bool:
        """Whether the call began before the circuit opened: that it failed is no news."""
        if self.state == HALF_OPEN:
            return not self.is_probe(began)
        return self.state in {OPEN, WAITING} and kind in {OUTAGE, self.kind}

    def _is_out(self) -> bool:
        if self.state == HALF_OPEN or self.failures >= self.settings.in_row:
            return True
        recent, settings = self._recent, self.settings
        return recent.calls >= settings.calls and recent.failures >= settings.share * recent.calls

    def _pause(self, kind: str) -> float:
        if kind in {KEY, MONEY}:
            return self.settings.steady_pause
        doubled = self.settings.pause * 2.0 ** min(self._pauses, MOST_DOUBLINGS)
        return min(doubled, self.settings.longest_pause)

    def _blame(self, model: str) -> None:
        self.only = model if self.only in {None, model} else ""

    def _leave_closed(self, kind: str, code: str, now: float) -> None:
        if self.state == CLOSED:
            self.since = now
        self.kind, self.code, self._shut = kind, code, now

    def _close(self) -> None:
        if self.state != CLOSED:
            self._recent.forget()
        self.state, self.kind, self.code = CLOSED, "", ""
        self.only, self._pauses = None, 0
