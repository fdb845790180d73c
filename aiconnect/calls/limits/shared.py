"""Limits that several processes share, counted in Redis or Valkey.

While it is away, each process counts by itself: calls go on, under limits that hold per process.
That is said in `is_away` and `alone`, and in the log once a minute. A full minute's room is there
anew at that moment, since nothing of what Redis counted is known.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from redis.exceptions import RedisError
from typing_extensions import override

from aiconnect.calls.courier import PATIENCE, Courier, Step
from aiconnect.calls.limits import Hold, Key, Limited, Limits, Wanted, counted, estimate
from aiconnect.calls.limits.scripts import ENTER, LEAVE
from aiconnect.calls.snapshot import Limit
from aiconnect.ids import uuid7
from aiconnect.secret import Secret

ALIVE = 20.0
WHICH = ("requests", "tokens", "parallel")


class SharedHold:
    """A call's place in Redis. Its end is queued: the thread of the limits carries it over."""

    def __init__(self, leave: Callable[[Step], None], left: Step) -> None:
        self._leave, self._left = leave, left
        self._lock = threading.Lock()

    def settle(self, tokens: int) -> None:
        self._end(str(estimate(tokens)))

    def release(self) -> None:
        self._end("")

    def _end(self, tokens: str) -> None:
        if self._lock.acquire(blocking=False):  # the first end counts, so it is never released
            self._left.args[3] = tokens
            self._leave(self._left)


class SharedLimits(Courier):
    """`local` counts while Redis is away."""

    def __init__(
        self,
        url: Secret,
        local: Limits,
        *,
        prefix: str = "aiconnect",
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(url, "limits", prefix, clock)
        self._local = local
        self._enter, self._end = (self._redis.register_script(one) for one in (ENTER, LEAVE))

    def enter(self, wanted: Wanted, tokens: int) -> Hold:
        """Count a call against all of `wanted`. Raises Limited, and then nothing was counted."""
        chosen = [(key, limit) for key, limit in wanted if limit.is_set]
        if self.is_away or not chosen:
            return self._alone(chosen, tokens)
        try:
            return self._shared(chosen, estimate(tokens), again=True)
        except RedisError as error:
            self._lose(error)
            return self._alone(chosen, tokens)

    @override
    def say_alive(self) -> None:
        now = self._clock() if self._clock is not None else self._redis_now()
        self._redis.zadd(f"{self._prefix}:processes", {self._process: now + ALIVE})
        if self.is_away:
            self._is_back()

    def _alone(self, wanted: Wanted, tokens: int) -> Hold:
        self.alone += bool(wanted)
        return self._local.enter(wanted, tokens)

    def _shared(self, wanted: Wanted, tokens: int, *, again: bool) -> Hold:
        process = self._process
        keys = [name for key, _ in wanted for name in self._names(key)]
        asked = [arg for _, limit in wanted for arg in _asked(limit, tokens)]
        args = [self._now(), process, ALIVE, *asked]
        found = _whole(self._enter([f"{self._prefix}:processes", *keys], args))
        if found[0] == 0:
            counts = [counted(limit, tokens) for _, limit in wanted]
            end = Step(self._end, keys, ["", process, found[1], "", *counts])
            return SharedHold(self._queue.put, end)
        key, limit = wanted[found[0] - 1]
        which = WHICH[found[1] - 1]
        if which == "parallel" and again and self.catch_up(PATIENCE):
            return self._shared(wanted, tokens, again=False)
        raise Limited(key, which, _most(limit)[found[1] - 1] or 0, found[2] / 1000)

    def _names(self, key: Key) -> tuple[str, str]:
        name = f"{key[0]}:{key[1]}"
        return f"{self._prefix}:window:{name}", f"{self._prefix}:parallel:{name}"

    @override
    def _carry(self, steps: Sequence[Step]) -> None:
        """When a call ended is when Redis hears of it."""
        super()._carry([replace(one, args=[self._now(), *one.args[1:]]) for one in steps])

    @override
    def _left_alone(self) -> None:
        """What this process had there ages out: it comes back under a new name."""
        self._process = uuid7()

    def _redis_now(self) -> float:
        seconds, microseconds = _whole(self._redis.time())
        return seconds + microseconds / 1_000_000


def _asked(limit: Limit, tokens: int) -> list[str | int]:
    count = counted(limit, tokens)
    return [*("" if most is None else most for most in _most(limit)), count, max(1, count)]


def _most(limit: Limit) -> tuple[int | None, int | None, int | None]:
    return limit.requests_per_minute, limit.tokens_per_minute, limit.parallel


def _whole(found: Any) -> list[int]:
    """The library's types allow for answers of its asynchronous client too."""
    return [int(one) for one in found]
