"""The arithmetic: medians of rounds, their spread, what we add to a direct call, the targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.bodies import FEW, MANY
from bench.measured import Measured


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, and the lowest and highest of them: the noise."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread | None:
        """None where nothing was measured."""
        found = list(values)
        return cls(median(found), min(found), max(found)) if found else None


@dataclass(frozen=True, slots=True)
class Pick:
    """Names one series of measurements."""

    kind: str
    who: str
    case: str
    at_once: int

    def of(self, all_: Iterable[Measured]) -> list[Measured]:
        return [one for one in all_ if (one.kind, one.who, one.case, one.at_once) == self._key]

    @property
    def _key(self) -> tuple[str, str, str, int]:
        return self.kind, self.who, self.case, self.at_once


def spread(all_: Sequence[Measured], pick: Pick, name: str) -> Spread | None:
    """One figure over its rounds."""
    return Spread.of(one.figures[name] for one in pick.of(all_) if name in one.figures)


def total(all_: Sequence[Measured], pick: Pick, name: str) -> float | None:
    """One figure summed over its rounds: an error in any of them is one."""
    found = pick.of(all_)
    return sum(one.figures[name] for one in found) if found else None


def added(all_: Sequence[Measured], pick: Pick, base: Pick, name: str) -> Spread | None:
    """What `pick` has more than `base`, round by round."""
    bases = {one.round: one.figures[name] for one in base.of(all_)}
    ours = pick.of(all_)
    return Spread.of(one.figures[name] - bases[one.round] for one in ours if one.round in bases)


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that must not be above `limit`."""

    title: str
    unit: str
    limit: float
    pick: Pick
    name: str
    is_total: bool = False


def target(title: str, limit: float, unit: str, pick: Pick, name: str) -> Target:
    """A target; errors are summed, because one in any round is one."""
    return Target(title, unit, limit, pick, name, is_total=name == "errors")


CALLS = Pick("whole", "aiconnect", "plain", 16)
SOME = Pick("streams", "aiconnect", "main", FEW)
THOUSAND = Pick("streams", "aiconnect", "main", MANY)
START = Pick("start", "aiconnect", "cold", 1)

TARGETS = (
    target("CPU per whole call, 16 connections", 0.8, "ms", CALLS, "cpu_ms_per_call"),
    target("Errors of whole calls, 16 connections", 0, "", CALLS, "errors"),
    target("CPU per 1,000 chunks, 100 streams", 45, "ms", SOME, "cpu_ms_per_1000_chunks"),
    target("Errors of 1,000 streams at once", 0, "", THOUSAND, "errors"),
    target("Chunk delay p99, 1,000 streams at once", 60, "ms", THOUSAND, "delay_p99"),
    target("Cold start to the first proxied answer", 1.5, "s", START, "seconds"),
    target("Idle memory", 120, "MB", START, "memory_mb"),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A target with what was measured."""

    target: Target
    measured: Spread

    @property
    def is_met(self) -> bool:
        return self.measured.median <= self.target.limit


def judge(all_: Sequence[Measured]) -> list[Judged]:
    """Every target that something was measured for."""
    judged = []
    for one in TARGETS:
        found = spread(all_, one.pick, one.name)
        errors = total(all_, one.pick, one.name) if one.is_total else None
        if errors is not None:
            found = Spread(errors, errors, errors)
        if found is not None:
            judged.append(Judged(one, found))
    return judged
