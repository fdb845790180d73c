"""The plan: every round measures everything once, so that the machine's noise meets all alike."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench import load, server
from bench.bodies import FEW, MANY, PLAIN, PLAIN_TLS, STREAM, STREAMS, Case
from bench.load import Endpoint
from bench.measured import Measured
from bench.processes import seconds_elsewhere
from bench.upstream import Upstream

CONNECTIONS = (1, 16, 64)
TLS_CONNECTIONS = 16
RAMP = {FEW: 0.5, MANY: 2.5}


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rounds, how many seconds each run lasts, and which kinds are measured."""

    rounds: int = 3
    seconds: float = 4.0
    kinds: tuple[str, ...] = ("start", "whole", "streams")


class Disturbance:
    """How many cores other programs used while the block ran."""

    cores = 0.0

    def __enter__(self) -> Disturbance:
        self._began, self._before = time.monotonic(), seconds_elsewhere()
        return self

    def __exit__(self, *_: object) -> None:
        used = seconds_elsewhere() - self._before
        self.cores = max(0.0, used / (time.monotonic() - self._began))


def measure(plan: Plan, upstream: Upstream) -> Iterator[Measured]:
    """Everything, as it is measured."""
    access_token = server.make_instance(upstream)
    direct = Endpoint("direct", upstream.port, prefixes=False)
    if "start" in plan.kinds:
        yield from _starts(plan, access_token)
    with server.serving(access_token) as ours:
        warm_up(ours)
        for number in range(plan.rounds):
            if "whole" in plan.kinds:
                yield from _whole(plan, number, direct, ours, with_tls=bool(upstream.tls_port))
            if "streams" in plan.kinds:
                yield from _streams(plan, number, direct, ours, with_tls=bool(upstream.tls_port))


def warm_up(endpoint: Endpoint) -> None:
    """What is made at the first calls is not what is measured."""
    load.whole(endpoint, PLAIN, 8, 1)
    load.streams(endpoint, STREAM, 20, 1, 0.1)


def _starts(plan: Plan, access_token: str) -> Iterator[Measured]:
    for number in range(plan.rounds):
        start = server.start_cold(access_token)
        figures = {"seconds": start.seconds, "memory_mb": start.memory_mb}
        yield Measured("start", "aiconnect", "cold", 1, number, figures)


def _whole(
    plan: Plan, number: int, direct: Endpoint, ours: Endpoint, *, with_tls: bool
) -> Iterator[Measured]:
    runs = [(who, PLAIN, count) for count in CONNECTIONS for who in (direct, ours)]
    if with_tls:
        runs.append((ours, PLAIN_TLS, TLS_CONNECTIONS))
    for who, case, count in runs:
        with Disturbance() as noise:
            figures = load.whole(who, case, count, plan.seconds)
        figures["elsewhere"] = noise.cores
        yield Measured("whole", who.name, case.name, count, number, figures)


def _streams(
    plan: Plan, number: int, direct: Endpoint, ours: Endpoint, *, with_tls: bool
) -> Iterator[Measured]:
    for count, all_cases in STREAMS.items():
        cases = [case for case in all_cases if with_tls or case.connection == "mock"]
        runs: list[tuple[Endpoint, Case]] = [(direct, STREAM), *((ours, case) for case in cases)]
        for who, case in runs:
            with Disturbance() as noise:
                figures = load.streams(
                    who, case, count, plan.seconds + case.wait, _ramp(case, count)
                )
            figures["elsewhere"] = noise.cores
            yield Measured("streams", who.name, case.name, count, number, figures)


def _ramp(case: Case, count: int) -> float:
    """Seconds in which the streams begin: slower over TLS, for a handshake costs like a call."""
    return RAMP[count] * (2 if case.connection == "mock-tls" else 1)
