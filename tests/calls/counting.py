"""What tests of limits share: a clock that they turn, keys, and both ways of counting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiconnect.calls.limits import Hold, Key, Limited, Limits
from aiconnect.calls.limits.memory import MemoryLimits
from aiconnect.calls.limits.shared import SharedLimits
from aiconnect.calls.snapshot import Limit
from tests.redis_server import RedisServer

TOKEN: Key = ("token", 1)
PERSON: Key = ("person", 1)
CONNECTION: Key = ("connection", 1)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def shared(server: RedisServer, clock: Clock | None = None) -> Iterator[SharedLimits]:
    """As one process has it; its own counting is that of a real clock."""
    limits = SharedLimits(server.url, MemoryLimits(clock or Clock()), clock=clock)
    limits.start()
    try:
        yield limits
    finally:
        limits.stop()


def refused(limits: Limits, wanted: Sequence[tuple[Key, Limit]], tokens: int = 0) -> Limited | None:
    """Why a call does not get in; it stays in where it does."""
    try:
        limits.enter(wanted, tokens)
    except Limited as reason:
        return reason
    return None


def entered(limits: Limits, limit: Limit, times: int, tokens: int = 0) -> list[Hold]:
    """As many calls of an access token as get in."""
    holds = []
    for _ in range(times):
        try:
            holds.append(limits.enter([(TOKEN, limit)], tokens))
        except Limited:
            break
    return holds


def carried(limits: Limits) -> None:
    """Calls that have ended are over in Redis too."""
    if isinstance(limits, SharedLimits):
        assert limits.catch_up()
