"""Holds that several processes share, counted in Redis or Valkey.

What this process holds is kept in `local` too. While Redis is away, each process counts by itself,
from the ledger and its own holds: a limit can then be overshot by what the others hold. When it is
back, or has lost what it knew, each process tells it anew what it holds.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from aiconnect.calls.budgets.holding import Reached, Wanted
from aiconnect.calls.budgets.memory import MemoryBudgets
from aiconnect.calls.budgets.scripts import ABSORBED, BEAT, END, HOLD, REPLAY
from aiconnect.calls.budgets.values import Tally, Window
from aiconnect.ids import uuid7
from aiconnect.secret import Secret

log = logging.getLogger("aiconnect.budgets")

PATIENCE = 0.25
BEAT_SECONDS = 5.0
KEPT = 120.0
"""Seconds for which the holds of a process count that is heard of no more."""
AGAIN = 1.0
SAID_EVERY = 60.0
BATCH = 200


@dataclass(frozen=True, slots=True)
class _Step:
    """A script to run, in the order in which things happened."""

    script: Any
    keys: list[str]
    args: list[str | float]


ANEW = _Step(None, [], [])
"""Tell Redis everything anew."""


class _Waiting:
    """Passes through the queue, so that all before it has reached Redis."""

    def __init__(self) -> None:
        self.passed = threading.Event()


class SharedBudgets:
    """Holds of all processes. `clock` is for tests: else Redis' own counts for all.

    `start` begins a thread, so it is called after a fork.
    """

    def __init__(
        self,
        url: Secret,
        local: MemoryBudgets | None = None,
        *,
        prefix: str = "aiconnect",
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._redis = Redis.from_url(
            url.reveal(),
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )
        self._local, self._clock = local or MemoryBudgets(), clock
        self._prefix = f"{{{prefix}}}:budget"  # in braces: all keys on one node of a cluster
        register = self._redis.register_script
        self._hold, self._end = register(HOLD), register(END)
        self._absorbed, self._replay = register(ABSORBED), register(REPLAY)
        self._beat = register(BEAT)
        self._queue: queue.SimpleQueue[_Step | _Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True, name="budgets")
        self._process = uuid7()
        self._told: set[Window] = set()
        self._said = float("-inf")
        self.is_away = False
        self.alone = 0
        """Calls that were counted by this process alone."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Carry over what is queued, and end."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._redis.close()

    def hold(self, call_id: str, wanted: Wanted) -> None:
        """Set aside all of it instead of what this call held before, or raise Reached."""
        if self.is_away:
            self._alone(call_id, wanted)
            return
        try:
            self._share(call_id, wanted)
        except RedisError as error:
            self._lose(error)
            self._alone(call_id, wanted)

    def settle(self, call_id: str, cost: int) -> None:
        windows = self._local.amounts(call_id)
        self._local.settle(call_id, cost)
        self._carry_end(call_id, windows, str(cost) if cost else "")

    def release(self, call_id: str) -> None:
        windows = self._local.amounts(call_id)
        self._local.release(call_id)
        self._carry_end(call_id, windows, "")

    def absorbed(self, call_ids: Iterable[str], tallies: Iterable[Tally]) -> None:
        """Each window in one piece: what the ledger says, and the calls that it knows by it."""
        calls, newer = list(call_ids), list(tallies)
        of_window: dict[Window, list[str]] = {window: [] for window, _, _ in newer}
        for call_id in calls:
            for window in self._local.amounts(call_id):
                of_window.setdefault(window, []).append(call_id)
        news = {window: self._local.tally(window) for window in of_window}
        self._local.absorbed(calls, newer)
        for window, known in of_window.items():
            tally = self._local.tally(window)
            if known or tally != news[window]:
                args: list[str | float] = [self._process, *tally, *known]
                self._queue.put(_Step(self._absorbed, [self._name(window)], args))

    def held(self, window: Window) -> int:
        """Of all processes; of this one while Redis is away."""
        if not self.is_away:
            try:
                found: Any = self._redis.hget(self._name(window), "h")
                return int(found or 0)
            except RedisError as error:
                self._lose(error)
        return self._local.held(window)

    def spent(self, window: Window) -> int:
        return self._local.spent(window)

    def windows(self) -> set[Window]:
        return self._local.windows()

    def tidy(self, settled_before: float) -> int:
        """What is lost here is lost in Redis: told anew, it forgets what this process has not."""
        lost = self._local.tidy(settled_before)
        if lost:
            self._queue.put(ANEW)
        return lost

    def keep(self, windows: Iterable[Window]) -> None:
        self._local.keep(windows)

    def say_alive(self) -> None:
        """Say that this process lives, and forget what those held that are heard of no more."""
        windows = map(self._name, self._local.everything())
        self._beat([f"{self._prefix}:processes", *windows], [self._now(), self._process, KEPT])
        if self.is_away:
            self._tell_all(is_whole=True)
            self.is_away = False
            self._tell_all(is_whole=False)  # what was held meanwhile
            log.info("budgets are shared again")

    def catch_up(self) -> bool:
        """Wait, not for long, until what has happened here is known in Redis too."""
        waiting = _Waiting()
        self._queue.put(waiting)
        return waiting.passed.wait(PATIENCE * 4)

    def _alone(self, call_id: str, wanted: Wanted) -> None:
        self.alone += bool(wanted)
        self._local.hold(call_id, wanted)

    def _share(self, call_id: str, wanted: Wanted) -> None:
        asked: dict[Window, tuple[int | None, int]] = {
            window: (limit, amount) for window, limit, amount in wanted
        }
        windows = [*asked, *(one for one in self._local.amounts(call_id) if one not in asked)]
        keys = [f"{self._prefix}:processes", *map(self._name, windows)]
        args: list[str | float] = [self._now(), self._process, KEPT, call_id]
        for window in windows:
            args += [*self._local.tally(window), *_said(asked.get(window))]
        at, *more = (int(one) for one in self._hold(keys, args))
        if at:
            raise _reached(windows[at - 1], asked, *more)
        self._local.hold(call_id, [(window, None, amount) for window, _, amount in wanted])
        if more[0] and self._told.issuperset(windows):
            self._queue.put(ANEW)  # it has forgotten what it was told
        self._told.update(windows)

    def _carry_end(self, call_id: str, windows: Mapping[Window, int], cost: str) -> None:
        if windows:
            keys = [self._name(window) for window in windows]
            self._queue.put(_Step(self._end, keys, [self._process, call_id, cost]))

    def _name(self, window: Window) -> str:
        return f"{self._prefix}:{window[0]}:{round(window[1].timestamp())}"

    def _now(self) -> str:
        return "" if self._clock is None else repr(self._clock())

    def _run(self) -> None:
        """Carry over what happens, say that this process lives, and look whether Redis is back."""
        beat = time.monotonic()
        while True:
            items = self._batch(AGAIN if self.is_away else max(0.0, beat - time.monotonic()))
            try:
                if self.is_away or time.monotonic() >= beat:
                    self.say_alive()
                    beat = time.monotonic() + BEAT_SECONDS
                self._carry([one for one in items if isinstance(one, _Step)])
            except RedisError as error:
                self._lose(error)
            for one in items:
                if isinstance(one, _Waiting):
                    one.passed.set()
            if None in items:
                return

    def _batch(self, patience: float) -> list[_Step | _Waiting | None]:
        items: list[_Step | _Waiting | None] = []
        try:
            items.append(self._queue.get(timeout=patience))
            while len(items) < BATCH:
                items.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return items

    def _carry(self, steps: Sequence[_Step]) -> None:
        if ANEW in steps:
            self._tell_all(is_whole=True)
            self._tell_all(is_whole=False)
        known = [step for step in steps if step.script is not None]
        if not known:
            return
        with self._redis.pipeline(transaction=False) as pipe:
            for step in known:
                step.script(step.keys, step.args, pipe)
            pipe.execute()

    def _tell_all(self, *, is_whole: bool) -> None:
        """Tell Redis what this process holds; `is_whole`: and nothing else, of it."""
        for window, calls in self._local.everything().items():
            args: list[str | float] = [self._process, *self._local.tally(window), int(is_whole)]
            args += [part for call in calls.items() for part in call]
            self._replay([self._name(window)], args)

    def _lose(self, error: RedisError) -> None:
        """Redis is away. What it still knows of this process is told anew when it is back."""
        if not self.is_away:
            self.is_away = True
            self._queue.put(_Waiting())  # wakes the thread: it looks when Redis is back
            self._redis.connection_pool.disconnect(inuse_connections=False)
        if time.monotonic() - self._said >= SAID_EVERY:
            self._said = time.monotonic()
            reason = {"error": type(error).__name__}
            log.warning("budgets hold per process: Redis is away", extra=reason)


def _said(asked: tuple[int | None, int] | None) -> tuple[int | str, int | str]:
    """A window's limit and amount, as the script takes them."""
    if asked is None:
        return "", ""
    limit, amount = asked
    return "" if limit is None else limit, amount


def _reached(
    window: Window, asked: Mapping[Window, tuple[int | None, int]], spent: int, held: int
) -> Reached:
    limit, amount = asked[window]
    return Reached(window, limit or 0, spent, held, amount)
