"""What was promised, and whether it is so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.bodies import FEW, MANY
from bench.figures import Pick, Spread, added, ratio, spread, total
from bench.measured import Measured

AS_IT_IS, SUM, MORE_THAN, TIMES = "as it is", "sum", "more than", "times"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that must not be above `limit`, or not below it where it `is_floor`.

    `how` says what is made of the figure: the median of its rounds, their sum, what it is more
    than that of `base`, or how many times that it is. `aim` is wished for, not promised.
    """

    title: str
    unit: str
    limit: float
    pick: Pick
    name: str
    how: str = AS_IT_IS
    base: Pick | None = None
    aim: float | None = None
    is_floor: bool = False

    def measured(self, all_: Sequence[Measured]) -> Spread | None:
        """None where it was not measured."""
        base = self.base or self.pick
        match self.how:
            case "sum":
                errors = total(all_, self.pick, self.name)
                return None if errors is None else Spread(errors, errors, errors)
            case "more than":
                return added(all_, self.pick, base, self.name)
            case "times":
                return ratio(all_, self.pick, base, self.name)
            case _:
                return spread(all_, self.pick, self.name)

    def is_met_by(self, value: float, limit: float) -> bool:
        return value >= limit if self.is_floor else value <= limit


@dataclass(frozen=True, slots=True)
class Judged:
    """A target with what was measured."""

    target: Target
    measured: Spread

    @property
    def is_met(self) -> bool:
        return self.target.is_met_by(self.measured.median, self.target.limit)

    @property
    def verdict(self) -> str:
        """In words, as the report says it."""
        if not self.is_met:
            return "**missed**"
        aim = self.target.aim
        if aim is None:
            return "ok"
        reached = self.target.is_met_by(self.measured.median, aim)
        return f"ok; the aim of {aim:g} {'too' if reached else 'not yet'}"


def judge(all_: Sequence[Measured], targets: Sequence[Target]) -> list[Judged]:
    """Every target that something was measured for."""
    found = ((one, one.measured(all_)) for one in targets)
    return [Judged(one, measured) for one, measured in found if measured is not None]


def _ours(kind: str, case: str, at_once: int) -> Pick:
    return Pick(kind, "aiconnect", case, at_once)


def _of(who: str, pick: Pick) -> Pick:
    """The others are asked in one way only."""
    return replace(pick, who=who, case="plain" if pick.kind == "whole" else "main")


CPU_CALL, CPU_CHUNKS, ERRORS = "cpu_ms_per_call", "cpu_ms_per_1000_chunks", "errors"
CALLS = _ours("whole", "plain", 16)
TRANSLATED_CALLS = _ours("whole", "messages", 16)
SOME, THOUSAND = _ours("streams", "main", FEW), _ours("streams", "main", MANY)
MESSAGES, OLLAMA = _ours("streams", "messages", MANY), _ours("streams", "ollama", MANY)
START = _ours("start", "cold", 1)
NGINX_STREAMS = _of("nginx", THOUSAND)
CHUNKS_TITLE = "CPU per chunk as a multiple of nginx's, 1,000 streams"

OURS = (
    Target("CPU per whole call, 16 connections", "ms", 0.8, CALLS, CPU_CALL, aim=0.5),
    Target("The same as a multiple of the prototype's", "x", 2, CALLS, CPU_CALL, TIMES,
           _of("prototype", CALLS)),
    Target("Errors of whole calls, 16 connections", "", 0, CALLS, ERRORS, SUM),
    Target("Errors of translated calls, 16 connections", "", 0, TRANSLATED_CALLS, ERRORS, SUM),
    Target("CPU per 1,000 chunks, 100 streams", "ms", 45, SOME, CPU_CHUNKS),
    Target("First chunk later than a direct one, 100 streams", "ms", 1, SOME, "first_p50",
           MORE_THAN, _of("direct", SOME)),
    Target(f"{CHUNKS_TITLE}, untouched", "x", 2.5, THOUSAND, CPU_CHUNKS, TIMES, NGINX_STREAMS),
    Target(f"{CHUNKS_TITLE}, Anthropic's words", "x", 6, MESSAGES, CPU_CHUNKS, TIMES,
           NGINX_STREAMS),
    Target(f"{CHUNKS_TITLE}, Ollama's words", "x", 6, OLLAMA, CPU_CHUNKS, TIMES, NGINX_STREAMS),
    Target("Chunk delay p99, 1,000 streams at once", "ms", 60, THOUSAND, "delay_p99"),
    Target("Errors of 1,000 streams at once", "", 0, THOUSAND, ERRORS, SUM),
    Target("Errors of 1,000 translated streams, Anthropic's words", "", 0, MESSAGES, ERRORS, SUM),
    Target("Errors of 1,000 translated streams, Ollama's words", "", 0, OLLAMA, ERRORS, SUM),
    Target("Cold start to the first proxied answer", "s", 1.5, START, "seconds"),
    Target("Idle memory", "MB", 120, START, "memory_mb"),
)  # fmt: skip
