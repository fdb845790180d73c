"""What one process of a server says of itself to the others."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from aiconnect.calls.breaker import Standing


@dataclass(frozen=True, slots=True)
class Word:
    """What one process says of itself; `metrics` is its own text for Prometheus.

    `standings` are its breakers that are not closed, with `since` and `until` as seconds from now:
    the clocks of processes differ.
    """

    pid: int
    streams: int = 0
    calls: int = 0
    metrics: str = ""
    standings: tuple[Standing, ...] = ()

    @classmethod
    def read(cls, written: dict[str, Any]) -> Word:
        """One that another process wrote by `asdict`."""
        standings = tuple(Standing(**one) for one in written["standings"])
        return cls(**{**written, "standings": standings})

    @property
    def written(self) -> dict[str, Any]:
        return asdict(self)


def of_this_process(
    *, streams: int, calls: int, metrics: bytes, standings: Sequence[Standing]
) -> Word:
    """This process's word."""
    now = time.monotonic()
    troubled = tuple(_moved(one, -now) for one in standings if one.is_troubled)
    return Word(os.getpid(), streams, calls, metrics.decode(), troubled)


def standings(words: Sequence[Word]) -> list[Standing]:
    """The breakers of other processes, by this process's clock."""
    now = time.monotonic()
    return [_moved(one, now) for word in words for one in word.standings]


def _moved(one: Standing, by: float) -> Standing:
    return replace(one, since=one.since + by, until=one.until + by)
