"""How many try-outs may run at once: each holds a thread of those that pages have."""

from __future__ import annotations

import threading
from collections import Counter

from flask import current_app

MOST = 8
OF_ONE = 3
"""How many of these one person may hold, so that nobody keeps the others out."""

NAME = "aiconnect_seats"


class Seats:
    """The try-outs that run in this process, by their ids. From any thread.

    A form that is sent twice at once takes two for a moment: each sending leaves its own.
    """

    def __init__(self, most: int = MOST, of_one: int = OF_ONE) -> None:
        self._most, self._of_one = most, of_one
        self._taken: Counter[tuple[int, str]] = Counter()
        self._lock = threading.Lock()

    def take(self, person_id: int, try_out_id: str) -> bool:
        """Whether there was room for one more of this person's."""
        with self._lock:
            theirs = sum(many for (one, _), many in self._taken.items() if one == person_id)
            if self._taken.total() >= self._most or theirs >= self._of_one:
                return False
            self._taken[person_id, try_out_id] += 1
            return True

    def leave(self, person_id: int, try_out_id: str) -> None:
        """A sending is over; to be said once for each that was taken."""
        with self._lock:
            self._taken -= Counter([(person_id, try_out_id)])

    def holds(self, person_id: int, try_out_id: str) -> bool:
        """Whether a try-out of theirs is still written."""
        return (person_id, try_out_id) in self._taken


def seats() -> Seats:
    """Those of the application that answers this request."""
    found: Seats = current_app.extensions[NAME]
    return found
