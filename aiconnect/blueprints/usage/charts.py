"""Bars as shapes: where each part of each bar stands in a drawing. Whole numbers in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

WIDTH, PLOT, TOP, BASE = 880, 824, 14, 222
"""Of the drawing, in its own units: how wide, where bars end, the lines at their tops and feet."""
HEIGHT = (BASE - TOP) * 10
"""In tenths of a unit: coordinates are reckoned in whole tenths."""
LINES = 5
GAP = 10
"""Tenths between two parts of a bar, so that their edge shows without its colours."""
SERIES = 5
"""Shades that can be told apart; what comes after the fourth is one series, the others."""


@dataclass(frozen=True, slots=True)
class Column:
    """What one bar shows: a value to each series, and its words.

    `label` stands below it, "" for most; `is_unfinished` is the bar of a day that is not over.
    `expected` is what it may reach by its end.
    """

    values: Sequence[int]
    title: str
    label: str = ""
    is_unfinished: bool = False
    expected: int = 0

    @property
    def top(self) -> int:
        return max(sum(self.values), self.expected)


@dataclass(frozen=True, slots=True)
class Part:
    """One series of a bar, from 1 on; `y` and `height` as they are written."""

    series: int
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A column as it is drawn."""

    x: str
    middle: str
    width: str
    parts: Sequence[Part]
    outline: Part | None
    column: Column


@dataclass(frozen=True, slots=True)
class Line:
    """A line across the drawing, and what it stands for."""

    y: str
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing; `lines` begin at the axis."""

    bars: Sequence[Bar]
    lines: Sequence[Line]

    @property
    def has_outlines(self) -> bool:
        return any(bar.outline for bar in self.bars)


def drawn(columns: Sequence[Column], written: Callable[[int], str], *, least: int = 1) -> Chart:
    """Columns beside each other, each a pile of its values.

    `written` words a value of the scale, whose lines are at least `least` apart.
    """
    tallest = max(LINES * least, *(one.top for one in columns), 0)
    step = _step(tallest)
    count = max(1, -(-tallest // step))
    lines = [Line(_tenths(_y(step * n, step * count)), written(step * n)) for n in range(count + 1)]
    return Chart(list(_bars(columns, step * count)), lines)


def _step(tallest: int) -> int:
    """The least of 1, 2, 5, 10, 20, 50 … of which LINES reach the tallest bar."""
    step = 1
    while step * 10 * LINES < tallest:
        step *= 10
    return next(step * factor for factor in (1, 2, 5, 10) if step * factor * LINES >= tallest)


def _bars(columns: Sequence[Column], whole: int) -> Iterator[Bar]:
    room = PLOT * 10 // max(len(columns), 1)
    width = min(room * 82 // 100, 600)
    for number, column in enumerate(columns):
        middle = number * room + room // 2
        parts = tuple(_parts(column.values, whole))
        x = _tenths(middle - width // 2)
        yield Bar(x, _tenths(middle), _tenths(width), parts, _outline(column, whole), column)


def _parts(values: Sequence[int], whole: int) -> Iterator[Part]:
    """From the axis up; what is not nothing stays in sight, however little it is."""
    below = 0
    for series, value in enumerate(values, 1):
        if value <= 0:
            continue
        foot, head = _y(below, whole), _y(below + value, whole)
        below += value
        height = max(foot - head - GAP, 6)
        yield Part(series, _tenths(foot - height), _tenths(height))


def _outline(column: Column, whole: int) -> Part | None:
    """What a day that is not over may reach."""
    if not column.expected or column.expected <= sum(column.values):
        return None
    head = _y(column.expected, whole)
    return Part(0, _tenths(head), _tenths(BASE * 10 - head))


def _y(value: int, whole: int) -> int:
    return BASE * 10 - value * HEIGHT // whole


def _tenths(value: int) -> str:
    whole, rest = divmod(value, 10)
    return f"{whole}.{rest}" if rest else str(whole)
