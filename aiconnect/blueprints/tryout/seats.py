"""How many try-outs may run at once: each holds a thread of those that pages have."""

from __future__ import annotations

import threading

from flask import current_app

MOST = 8
NAME = "aiconnect_seats"


class Seats:
    """The try-outs that run in this process, by their ids. From any thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._taken: set[str] = set()
        self._lock = threading.Lock()

    def take(self, try_out_id: str) -> bool:
        """Whether there was room for one more."""
        with self._lock:
            if len(self._taken) >= self._most:
                return False
            self._taken.add(try_out_id)
            return True

    def leave(self, try_out_id: str) -> None:
        """It is over; may be said twice."""
        with self._lock:
            self._taken.discard(try_out_id)

    def __contains__(self, try_out_id: str) -> bool:
        return try_out_id in self._taken


def seats() -> Seats:
    """Those of the application that answers this request."""
    found: Seats = current_app.extensions[NAME]
    return found
