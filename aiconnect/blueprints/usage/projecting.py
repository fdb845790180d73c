"""What a month will have cost by its end, at the pace of its latest days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from aiconnect.blueprints.usage.spans import DAY, Span, midnight

PACES = (7, 14)
"""Over how many whole days a pace is taken: the range lies between them."""
FEWEST = 3
"""Whole days that have calls behind them, before there is a pace at all."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Projection:
    """Nano-dollars at the end of the month: at the slower pace and at the faster one."""

    low: int
    high: int
    a_day: int


def projected(span: Span, spent: int, days: Sequence[int]) -> Projection | None:
    """From what was spent so far, and each whole day before today, the latest first.

    None where the days say too little, or nothing was spent in them.
    """
    begun = _since_first(days)
    if len(begun) < FEWEST or span.name != "month":
        return None
    left = _left(span)
    paces = [Fraction(sum(begun[:count]), min(count, len(begun))) for count in PACES]
    ends = sorted(spent + round(pace * left) for pace in paces)
    return Projection(ends[0], ends[1], round(paces[-1]))


def _since_first(days: Sequence[int]) -> Sequence[int]:
    """Without the oldest ones that cost nothing: before the first call there was no pace."""
    latest = list(days[: max(PACES)])
    while latest and not latest[-1]:
        latest.pop()
    return latest


def _left(span: Span) -> Fraction:
    """Days until the month is over, the rest of today as a part of one, to the hour."""
    tomorrow = midnight(span.today + DAY, span.zone)
    rest = Fraction((tomorrow - span.now) // HOUR, 24)
    return (span.last - span.today).days + rest
