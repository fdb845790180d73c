"""Threads that answer requests: a queue and nothing else (futures cost more than a small call)."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Work = TypeVar("Work")


class Pool(Generic[Work]):
    """Begins a thread when work waits and none is idle, up to `size`."""

    def __init__(self, size: int, work: Callable[[Work], None]) -> None:
        self._size, self._work = size, work
        self._queue: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._threads = 0
        self._idle = 0
        self._lock = threading.Lock()

    def put(self, item: Work) -> None:
        """Hand one piece of work in; from one thread only."""
        self._queue.put(item)
        if self._queue.qsize() > self._idle and self._threads < self._size:
            self._threads += 1
            name = f"answer-{self._threads}"
            threading.Thread(target=self._run, daemon=True, name=name).start()

    def _run(self) -> None:
        while True:
            self._count_idle(1)
            item = self._queue.get()
            self._count_idle(-1)
            self._work(item)

    def _count_idle(self, change: int) -> None:
        with self._lock:
            self._idle += change
