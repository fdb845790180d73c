"""The arithmetic: medians of rounds, their spread, and how one series stands to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

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
    return _beside(all_, pick, base, name, lambda ours, theirs: ours - theirs)


def ratio(all_: Sequence[Measured], pick: Pick, base: Pick, name: str) -> Spread | None:
    """How many times `base` is in `pick`, round by round; a base of nothing is left out."""
    return _beside(all_, pick, base, name, lambda ours, theirs: ours / theirs if theirs else None)


def _beside(
    all_: Sequence[Measured],
    pick: Pick,
    base: Pick,
    name: str,
    reckon: Callable[[float, float], float | None],
) -> Spread | None:
    bases = {one.round: one.figures[name] for one in base.of(all_) if name in one.figures}
    ours = {one.round: one.figures[name] for one in pick.of(all_) if name in one.figures}
    found = (reckon(ours[number], bases[number]) for number in ours if number in bases)
    return Spread.of(value for value in found if value is not None)
