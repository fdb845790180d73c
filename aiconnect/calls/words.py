"""What one process of a server says of itself to the others."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from aiconnect.calls.breaker import Standing

LONGEST = 10.0**9
"""Seconds: what is further away is no time that a page could show."""


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
    def read(cls, written: Any) -> Word:
        """One that another process wrote by `asdict`; raises ValueError where it is none of ours.

        A process of another version may say more or less than we know.
        """
        known = _typed(cls, written)
        found = known.pop("standings")
        if not isinstance(found, list | tuple):
            raise ValueError("standings are no list")  # noqa: TRY004 (as below)
        return cls(**known, standings=tuple(Standing(**_typed(Standing, one)) for one in found))

    @property
    def written(self) -> dict[str, Any]:
        return asdict(self)


def _typed(kind: type[Word | Standing], written: Any) -> dict[str, Any]:
    """The fields of a dataclass, each as its type says; those that we do not know are left out."""
    if not isinstance(written, dict):
        raise ValueError("no object")  # noqa: TRY004 (what came over the wire is a value)
    found = {one.name: written.get(one.name, one.default) for one in fields(kind)}
    for one in fields(kind):
        if not TYPES.get(str(one.type), _any)(found[one.name]):
            raise ValueError(f"{one.name} is missing, or no {one.type}")
    return found


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and -LONGEST <= value <= LONGEST


def _any(_value: Any) -> bool:
    return True


TYPES: Mapping[str, Callable[[Any], bool]] = {
    "int": lambda value: type(value) is int,
    "float": _is_number,
    "str": lambda value: isinstance(value, str),
}


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
