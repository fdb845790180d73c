"""The plan: every round measures everything once, so that the machine's noise meets all alike."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import load, server
from bench.bodies import (
    FEW,
    HALF,
    MANY,
    PLAIN,
    PLAIN_MESSAGES,
    PLAIN_TLS,
    STREAM,
    STREAMS,
    Case,
)
from bench.load import Endpoint
from bench.measured import Measured
from bench.processes import seconds_elsewhere

CONNECTIONS = (1, 16, 64)
BUSY = 16
RAMP = {FEW: 0.5, HALF: 1.25, MANY: 2.5}


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rounds, how many seconds each run lasts, and which kinds are measured."""

    rounds: int = 3
    seconds: float = 2.0
    kinds: tuple[str, ...] = ("start", "whole", "streams", "capacity", "two")


@dataclass(frozen=True, slots=True)
class Run:
    """One load: of whole calls or streams, at whom, which case, how many at once."""

    kind: str
    who: Endpoint
    case: Case
    at_once: int

    def measure(self, number: int, seconds: float) -> Measured:
        """Do it, as part of this round."""
        with Disturbance() as noise:
            figures = self._figures(seconds)
        figures["elsewhere"] = noise.cores
        return Measured(self.kind, self.who.name, self.case.name, self.at_once, number, figures)

    def _figures(self, seconds: float) -> load.Figures:
        if self.kind == "whole":
            return load.whole(self.who, self.case, self.at_once, seconds)
        lasts = seconds + self.case.wait
        return load.streams(self.who, self.case, self.at_once, lasts, self._ramp)

    @property
    def _ramp(self) -> float:
        """Seconds in which the streams begin: slower over TLS, a handshake costs like a call."""
        usual = RAMP.get(self.at_once, self.at_once / 400)
        return usual * (2 if self.case.connection == "mock-tls" else 1)


class Disturbance:
    """How many cores other programs used while the block ran."""

    cores = 0.0

    def __enter__(self) -> Disturbance:
        self._began, self._before = time.monotonic(), seconds_elsewhere()
        return self

    def __exit__(self, *_: object) -> None:
        used = seconds_elsewhere() - self._before
        self.cores = max(0.0, used / (time.monotonic() - self._began))


def measure(
    plan: Plan, ours: Endpoint, others: Sequence[Endpoint], *, with_tls: bool
) -> Iterator[Measured]:
    """Whole calls and streams, as they are measured; others and ours in turn."""
    runs = [one for one in _runs(ours, others, with_tls=with_tls) if one.kind in plan.kinds]
    for number in range(plan.rounds):
        for one in runs:
            yield one.measure(number, plan.seconds)


def starts(plan: Plan, access_token: str) -> Iterator[Measured]:
    """Cold starts, each of a server of its own."""
    for number in range(plan.rounds):
        start = server.start_cold(access_token)
        figures = {"seconds": start.seconds, "memory_mb": start.memory_mb}
        yield Measured("start", "aiconnect", "cold", 1, number, figures)


def warm_up(endpoint: Endpoint) -> None:
    """What is made at the first calls is not what is measured."""
    load.whole(endpoint, PLAIN, 8, 1)
    load.streams(endpoint, STREAM, 20, 1, 0.1)


def _runs(ours: Endpoint, others: Sequence[Endpoint], *, with_tls: bool) -> list[Run]:
    runs = [Run("whole", who, PLAIN, count) for count in CONNECTIONS for who in (*others, ours)]
    runs += [Run("whole", ours, case, BUSY) for case in (PLAIN_TLS, PLAIN_MESSAGES)]
    for count, cases in STREAMS.items():
        runs += [Run("streams", who, STREAM, count) for who in others]
        runs += [Run("streams", ours, case, count) for case in cases]
    return [one for one in runs if with_tls or one.case.connection == "mock"]
