"""Counts of what is under way, in memory: exact for one process."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiconnect.calls.snapshot import USUAL, Ceilings
from aiconnect.errors import CallError

DESCRIPTORS_KEPT = 64  # for the database, the journal, listeners, pages
DESCRIPTORS_PER_STREAM = 2


class Capacity:
    """How many calls may hold a thread, and how many streams may be open.

    Streams have left their threads, so descriptors are their limit; it is read anew each time,
    because an operator may change it while the server runs (prlimit). `ceilings` gives what people
    have set now; it can only lower both.
    """

    def __init__(self, threads: int, ceilings: Callable[[], Ceilings] = lambda: USUAL) -> None:
        self._threads, self._ceilings = threads, ceilings
        self._lock = threading.Lock()
        self.in_threads = 0
        self.streams = 0

    @property
    def most_calls(self) -> int:
        """How many calls may hold a thread now."""
        return _lower(self._ceilings().calls, self._threads)

    @property
    def most_streams(self) -> int:
        """How many streams may be open now."""
        return _lower(self._ceilings().streams, stream_limit())

    @contextmanager
    def thread(self) -> Iterator[None]:
        """Hold one of the threads that calls may use. Raises CallError (503) where none is left."""
        with self._lock:
            if self.in_threads >= self.most_calls:
                raise CallError("no_capacity")
            self.in_threads += 1
        try:
            yield
        finally:
            with self._lock:
                self.in_threads -= 1

    @contextmanager
    def keep_thread(self) -> Iterator[None]:
        """Go on holding a thread after `thread` was left: a stream that could not leave it."""
        with self._lock:
            self.in_threads += 1
        try:
            yield
        finally:
            with self._lock:
                self.in_threads -= 1

    def enter_stream(self) -> None:
        """Count one open stream. Raises CallError (503) where none more may be open."""
        with self._lock:
            if self.streams >= self.most_streams:
                raise CallError("no_capacity")
            self.streams += 1

    def leave_stream(self) -> None:
        with self._lock:
            self.streams -= 1


def _lower(asked: int | None, most: int) -> int:
    return most if asked is None else min(asked, most)


def stream_limit() -> int:
    """How many streams the descriptor limit of this process leaves room for."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        soft = 1 << 20
    return max(0, (soft - DESCRIPTORS_KEPT) // DESCRIPTORS_PER_STREAM)
