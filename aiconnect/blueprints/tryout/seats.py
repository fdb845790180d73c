"""How many try-outs may run at once: each holds a thread of those that pages have."""

from __future__ import annotations

import threading
from collections import Counter

from flask import current_app

MOST = 8
NAME = "aiconnect_seats"


class Seats:
    """The try-outs that run in this process, by their ids. From any thread.

    A form that is sent twice at once takes two for a moment: each sending leaves its own.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, try_out_id: str) -> bool:
        """Whether there was room for one more."""
        with self._lock:
            if self._taken.total() >= self._most:
                return False
            self._taken[try_out_id] += 1
            return True

    def leave(self, try_out_id: str) -> None:
        """A sending is over; to be said once for each that was taken."""
        with self._lock:
            self._taken -= Counter([try_out_id])

    def __contains__(self, try_out_id: str) -> bool:
        return try_out_id in self._taken


def seats() -> Seats:
    """Those of the application that answers this request."""
    found: Seats = current_app.extensions[NAME]
    return found
