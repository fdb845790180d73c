"""Limits that several processes share, counted in Redis or Valkey.

While it is away, each process counts by itself: calls go on, under limits that hold per process.
That is said in `is_away` and `alone`, and in the log once a minute. A full minute's room is there
anew at that moment, since nothing of what Redis counted is known.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from aiconnect.calls.limits import Hold, Key, Limited, Limits, Wanted, counted, estimate
from aiconnect.calls.limits.scripts import ENTER, LEAVE
from aiconnect.calls.snapshot import Limit
from aiconnect.ids import uuid7
from aiconnect.secret import Secret

log = logging.getLogger("aiconnect.limits")

PATIENCE = 0.25
BEAT = 5.0
ALIVE = 20.0
AGAIN = 1.0
SAID_EVERY = 60.0
BATCH = 200
WHICH = ("requests", "tokens", "parallel")


@dataclass(frozen=True, slots=True)
class _Left:
    """The end of a hold, as `leave` takes it."""

    keys: list[str]
    args: list[str | int]


class _Waiting:
    """Passes through the queue, so that all before it has reached Redis."""

    def __init__(self) -> None:
        self.passed = threading.Event()


class SharedHold:
    """A call's place in Redis. Its end is queued: the thread of the limits carries it over."""

    def __init__(self, leave: Callable[[_Left], None], left: _Left) -> None:
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


class SharedLimits:
    """`local` counts while Redis is away. `clock` is for tests: else Redis' own counts for all.

    `start` begins a thread, so it is called after a fork.
    """

    def __init__(
        self,
        url: Secret,
        local: Limits,
        *,
        prefix: str = "aiconnect",
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._redis = Redis.from_url(
            url.reveal(),
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),  # a call that was counted must not be counted again
        )
        self._local, self._clock = local, clock
        self._prefix = f"{{{prefix}}}:limit"  # in braces: all keys on one node of a cluster
        self._enter, self._leave = (self._redis.register_script(one) for one in (ENTER, LEAVE))
        self._queue: queue.SimpleQueue[_Left | _Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True, name="limits")
        self._process = uuid7()
        self._said = float("-inf")
        self.is_away = False
        self.alone = 0
        """Calls that were counted by this process alone."""
        self.lost = 0
        """Ends of calls that did not reach Redis."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Carry over what is queued, and end."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._redis.close()

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

    def catch_up(self) -> bool:
        """Wait, not for long, until calls that have ended here are over in Redis too."""
        waiting = _Waiting()
        self._queue.put(waiting)
        return waiting.passed.wait(PATIENCE)

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
            return SharedHold(self._queue.put, _Left(keys, ["", process, found[1], "", *counts]))
        key, limit = wanted[found[0] - 1]
        which = WHICH[found[1] - 1]
        if which == "parallel" and again and self.catch_up():
            return self._shared(wanted, tokens, again=False)
        raise Limited(key, which, _most(limit)[found[1] - 1] or 0, found[2] / 1000)

    def _names(self, key: Key) -> tuple[str, str]:
        name = f"{key[0]}:{key[1]}"
        return f"{self._prefix}:window:{name}", f"{self._prefix}:parallel:{name}"

    def _now(self) -> str:
        return "" if self._clock is None else repr(self._clock())

    def _run(self) -> None:
        """Carry ends over, say that this process lives, and look whether Redis is back."""
        beat = time.monotonic()
        while True:
            items = self._batch(AGAIN if self.is_away else max(0.0, beat - time.monotonic()))
            try:
                if self.is_away or time.monotonic() >= beat:
                    self._say_alive()
                    beat = time.monotonic() + BEAT
                self._carry([one for one in items if isinstance(one, _Left)])
            except RedisError as error:
                self._lose(error)
                self.lost += sum(isinstance(one, _Left) for one in items)
            for one in items:
                if isinstance(one, _Waiting):
                    one.passed.set()
            if None in items:
                return

    def _batch(self, patience: float) -> list[_Left | _Waiting | None]:
        items: list[_Left | _Waiting | None] = []
        try:
            items.append(self._queue.get(timeout=patience))
            while len(items) < BATCH:
                items.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return items

    def _carry(self, ends: Sequence[_Left]) -> None:
        if not ends:
            return
        with self._redis.pipeline(transaction=False) as pipe:
            for end in ends:
                self._leave(end.keys, [self._now(), *end.args[1:]], pipe)
            pipe.execute()

    def _say_alive(self) -> None:
        now = self._clock() if self._clock is not None else self._redis_now()
        self._redis.zadd(f"{self._prefix}:processes", {self._process: now + ALIVE})
        if self.is_away:
            log.info("limits are shared again")
            self.is_away = False

    def _redis_now(self) -> float:
        seconds, microseconds = _whole(self._redis.time())
        return seconds + microseconds / 1_000_000

    def _lose(self, error: RedisError) -> None:
        """Redis is away. What this process had there ages out: it comes back under a new name."""
        if not self.is_away:
            self.is_away = True
            self._process = uuid7()
            self._queue.put(_Waiting())  # wakes the thread: it looks when Redis is back
            self._redis.connection_pool.disconnect(inuse_connections=False)
        if time.monotonic() - self._said >= SAID_EVERY:
            self._said = time.monotonic()
            log.warning(
                "limits hold per process: Redis is away", extra={"error": type(error).__name__}
            )


def _asked(limit: Limit, tokens: int) -> list[str | int]:
    count = counted(limit, tokens)
    return [*("" if most is None else most for most in _most(limit)), count, max(1, count)]


def _most(limit: Limit) -> tuple[int | None, int | None, int | None]:
    return limit.requests_per_minute, limit.tokens_per_minute, limit.parallel


def _whole(found: Any) -> list[int]:
    """The library's types allow for answers of its asynchronous client too."""
    return [int(one) for one in found]
