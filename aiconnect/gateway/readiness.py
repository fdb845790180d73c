"""Which sockets have news, and when to look: at once, but for flowing streams while there is much.

The more chunks wait for a stream, the less each costs: one read and one write carry them all. So a
relay that has much to do leaves flowing streams alone for a moment, as network cards do with
interrupts, and is at once there for all else: new streams, first words, callers.
"""

from __future__ import annotations

import select
import time

EVENTS = 512
REST_PER_WORK = 1.5
"""So there is no rest before flowing streams take two fifths of a core, and hardly more after."""
SHORTEST_REST, LONGEST_REST = 0.001, 0.025  # seconds; epoll counts in whole ms


class Readiness:
    """Sockets that are looked at in two ways: `prompt`, and `flowing`. For one thread."""

    def __init__(self) -> None:
        self.prompt, self.flowing = select.epoll(), select.epoll()
        self.prompt.register(self.flowing, select.EPOLLIN)
        self.is_resting = False
        self._worked = self._rests_until = 0.0

    @property
    def flow(self) -> int:
        """What `poll` tells of when there is no rest and flowing streams have news."""
        return self.flowing.fileno()

    def poll(self, patience: float) -> list[tuple[int, int]]:
        """News of those that cannot wait; after so many seconds, or once the rest is over, none."""
        if self.is_resting:
            patience = max(0.0, min(patience, self._rests_until - time.monotonic()))
        return self.prompt.poll(patience, EVENTS)

    def is_due(self, now: float) -> bool:
        """Whether a rest is over."""
        return self.is_resting and now >= self._rests_until

    def worked(self, seconds: float, *, is_all: bool) -> None:
        """Take in how much CPU time flowing streams took, and rest once none is left waiting."""
        self._worked += seconds
        if not is_all:
            return
        rest, self._worked = min(self._worked * REST_PER_WORK, LONGEST_REST), 0.0
        if rest >= SHORTEST_REST:
            self._rests_until = time.monotonic() + rest
        self._rest(is_resting=rest >= SHORTEST_REST)

    def _rest(self, *, is_resting: bool) -> None:
        if is_resting and not self.is_resting:
            self.prompt.unregister(self.flowing)
        if self.is_resting and not is_resting:
            self.prompt.register(self.flowing, select.EPOLLIN)
        self.is_resting = is_resting
