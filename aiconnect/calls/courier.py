"""What the processes of one server share in Redis or Valkey: asked by calls, told behind them.

A call asks at once. What it leads to is queued, and one thread carries it over in the order in
which it happened, says that this process lives, and looks whether a Redis that was away is back.
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

from aiconnect.ids import uuid7
from aiconnect.secret import Secret

PATIENCE = 0.25
"""Seconds that a call waits for Redis."""

AGAIN = 1.0
SAID_EVERY = 60.0
BATCH = 200


@dataclass(frozen=True, slots=True)
class Step:
    """A script to run, in the order in which things happened."""

    script: Any
    keys: list[str]
    args: list[str | int | float]


class _Waiting:
    """Passes through the queue, so that all before it has reached Redis."""

    def __init__(self) -> None:
        self.passed = threading.Event()


class Courier:
    """Redis, and the thread that tells it what happened here.

    `name` is of what is shared, "limits" or "budgets". `clock` is for tests: else Redis' own
    counts for all. `start` begins a thread, so it is called after a fork.
    """

    patience = PATIENCE
    beat = 5.0
    """Seconds after which this process says that it lives."""

    def __init__(
        self, url: Secret, name: str, prefix: str, clock: Callable[[], float] | None
    ) -> None:
        self._redis = Redis.from_url(
            url.reveal(),
            socket_timeout=self.patience,
            socket_connect_timeout=self.patience,
            retry=Retry(NoBackoff(), 0),  # a call that was counted must not be counted again
        )
        self._prefix = f"{{{prefix}}}:{name.removesuffix('s')}"  # all keys on one node of a cluster
        self._name, self._clock = name, clock
        self._log = logging.getLogger(f"aiconnect.{name}")
        self._queue: queue.SimpleQueue[Step | _Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._process = uuid7()
        self._said = float("-inf")
        self.is_away = False
        self.alone = 0
        """Calls that were counted by this process alone."""
        self.lost = 0
        """Steps that did not reach Redis."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Carry over what is queued, and end."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._redis.close()

    def catch_up(self, patience: float = PATIENCE * 4) -> bool:
        """Wait, not for long, until what has happened here is known in Redis too."""
        waiting = _Waiting()
        self._queue.put(waiting)
        return waiting.passed.wait(patience)

    def say_alive(self) -> None:
        """Say that this process lives; called every few seconds, and when Redis may be back."""
        raise NotImplementedError

    def _carry(self, steps: Sequence[Step]) -> None:
        """Tell Redis, in one go."""
        if not steps:
            return
        with self._redis.pipeline(transaction=False) as pipe:
            for step in steps:
                step.script(step.keys, step.args, pipe)
            pipe.execute()

    def _left_alone(self) -> None:
        """Redis is away: what follows from that, once."""

    def _now(self) -> str:
        return "" if self._clock is None else repr(self._clock())

    def _is_back(self) -> None:
        self.is_away = False
        self._log.info("%s are shared again", self._name)

    def _lose(self, error: RedisError) -> None:
        if not self.is_away:
            self.is_away = True
            self._left_alone()
            self._queue.put(_Waiting())  # wakes the thread: it looks when Redis is back
            self._redis.connection_pool.disconnect(inuse_connections=False)
        if time.monotonic() - self._said >= SAID_EVERY:
            self._said = time.monotonic()
            reason = {"error": type(error).__name__}
            self._log.warning("%s hold per process: Redis is away", self._name, extra=reason)

    def _run(self) -> None:
        beat = time.monotonic()
        while True:
            items = self._batch(AGAIN if self.is_away else max(0.0, beat - time.monotonic()))
            steps = [one for one in items if isinstance(one, Step)]
            try:
                if self.is_away or time.monotonic() >= beat:
                    self.say_alive()
                    beat = time.monotonic() + self.beat
                self._carry(steps)
            except RedisError as error:
                self._lose(error)
                self.lost += len(steps)
            for one in items:
                if isinstance(one, _Waiting):
                    one.passed.set()
            if None in items:
                return

    def _batch(self, patience: float) -> list[Step | _Waiting | None]:
        items: list[Step | _Waiting | None] = []
        try:
            items.append(self._queue.get(timeout=patience))
            while len(items) < BATCH:
                items.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return items
