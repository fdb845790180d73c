"""Limits counted in the memory of this process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aiconnect.calls.limits import PARALLEL_WAIT, SECONDS, Key, Limited, Wanted, counted, estimate
from aiconnect.calls.snapshot import Limit

TIDY_EVERY = 4096
"""Calls after which keys that count nothing any more are forgotten."""


@dataclass(slots=True)
class Window:
    """What one key has used in the last minute, second by second; `seconds` holds at most 61."""

    seconds: deque[list[int]] = field(default_factory=deque)  # second, requests, tokens
    requests: int = 0
    tokens: int = 0
    parallel: int = 0

    def forget(self, now: int) -> None:
        """Leave out what is older than a minute."""
        while self.seconds and self.seconds[0][0] < now - SECONDS:
            _, requests, tokens = self.seconds.popleft()
            self.requests -= requests
            self.tokens -= tokens

    def add(self, second: int, requests: int, tokens: int) -> None:
        """Count in that second: the newest, or one that is in the window already."""
        seconds = self.seconds
        if not seconds or seconds[-1][0] < second:
            seconds.append([second, 0, 0])
        found = seconds[-1]
        if found[0] != second:
            found = next(one for one in reversed(seconds) if one[0] == second)
        found[1] += requests
        found[2] += tokens
        self.requests += requests
        self.tokens += tokens

    def reached(self, limit: Limit, tokens: int) -> tuple[str, int] | None:
        """Which limit leaves no room for a call, and that limit."""
        most = limit.requests_per_minute
        if most is not None and self.requests >= most:
            return "requests", most
        most = limit.tokens_per_minute
        if most is not None and self.tokens + max(1, min(tokens, most)) > most:
            return "tokens", most
        most = limit.parallel
        if most is not None and self.parallel >= most:
            return "parallel", most
        return None

    def wait(self, which: str, most: int, tokens: int, now: float) -> float:
        """Seconds until there may be room."""
        if which == "parallel":
            return PARALLEL_WAIT
        place = 1 if which == "requests" else 2
        used = self.requests if place == 1 else self.tokens
        asked = 1 if place == 1 else max(1, min(tokens, most))
        for second in self.seconds:
            used -= second[place]
            if used + asked <= most:
                return second[0] + SECONDS + 1 - now
        return float(SECONDS)


@dataclass(slots=True)
class MemoryHold:
    """A call's place in its windows: the second it entered in, and its tokens in each."""

    limits: MemoryLimits
    windows: list[tuple[Window, int]]
    second: int
    is_open: bool = True

    def settle(self, tokens: int) -> None:
        self.limits.leave(self, estimate(tokens))

    def release(self) -> None:
        self.limits.leave(self, None)


class MemoryLimits:
    """Exact for one process. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[Key, Window] = {}
        self._entered = 0

    def enter(self, wanted: Wanted, tokens: int) -> MemoryHold:
        """Count a call against all of `wanted`. Raises Limited, and then nothing was counted."""
        tokens = estimate(tokens)
        with self._lock:  # the clock is read within, so that seconds come in order
            now = self._clock()
            second = int(now)
            held = [
                (self._window(key, limit, tokens, now), counted(limit, tokens))
                for key, limit in wanted
                if limit.is_set
            ]
            for window, count in held:
                window.add(second, 1, count)
                window.parallel += 1
            self._tidy(second)
        return MemoryHold(self, held, second)

    def leave(self, hold: MemoryHold, tokens: int | None) -> None:
        """End a hold: with the tokens that it used, or None where it never reached a provider."""
        with self._lock:
            if not hold.is_open:
                return
            hold.is_open = False
            second = int(self._clock())
            for window, count in hold.windows:
                window.forget(second)
                window.parallel -= 1
                if hold.second >= second - SECONDS:
                    window.add(hold.second, -1 if tokens is None else 0, -count)
                if tokens is not None:
                    window.add(second, 0, tokens)

    def _window(self, key: Key, limit: Limit, tokens: int, now: float) -> Window:
        window = self._windows.get(key)
        if window is None:
            window = self._windows[key] = Window()
        window.forget(int(now))
        reached = window.reached(limit, tokens)
        if reached is not None:
            raise Limited(key, *reached, window.wait(*reached, tokens, now))
        return window

    def _tidy(self, second: int) -> None:
        self._entered += 1
        if self._entered % TIDY_EVERY:
            return
        for key, window in list(self._windows.items()):
            window.forget(second)
            if not window.seconds and not window.parallel:
                del self._windows[key]
