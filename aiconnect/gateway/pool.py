"""Threads that answer requests: a queue and nothing else (futures cost more than a small call)."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger("aiconnect.pool")

Work = TypeVar("Work")


class Pool(Generic[Work]):
    """Begins a thread when there is more work than threads, up to `size`."""

    def __init__(self, size: int, work: Callable[[Work], None], *, name: str = "answer") -> None:
        self._size, self._work, self._name = size, work, name
        self._queue: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._open = 0

    def put(self, item: Work) -> None:
        """Hand one piece of work in. From any thread."""
        with self._lock:
            self._open += 1
            begins = self._open > self._threads and self._threads < self._size
            self._threads += begins
        self._queue.put(item)
        if begins:
            name = f"{self._name}-{self._threads}"
            threading.Thread(target=self._run, daemon=True, name=name).start()

    def _run(self) -> None:
        while True:
            item = self._queue.get()
            try:
                self._work(item)
            except Exception:
                log.exception("a piece of work failed")
            del item  # nothing of it may live on while this thread waits for the next
            with self._lock:
                self._open -= 1
