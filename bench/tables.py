"""Figures as Markdown tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bench.figures import Pick, Spread, added, ratio, spread, total
from bench.measured import Measured
from bench.targets import Judged, Target

NOTHING = "-"
Row = Sequence[str]
All = Sequence[Measured]
Column = tuple[str, Callable[[All, Pick], str]]


def table(head: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def series(all_: All, columns: Sequence[Column], rows: Iterable[tuple[Row, Pick]]) -> str:
    """A table of series: each row's own words, then the columns of what was measured."""
    found = [(words, pick) for words, pick in rows if pick.of(all_)]
    width = len(found[0][0]) if found else 0
    head = ["at once", "", ""][:width] + [title for title, _ in columns]
    return table(
        head, ([*words, *(cell(all_, pick) for _, cell in columns)] for words, pick in found)
    )


def judged(all_: Iterable[Judged]) -> str:
    """What was promised, beside what was measured."""
    rows = [
        [
            one.target.title,
            with_noise(one.measured, one.target.unit),
            _limit(one.target),
            one.verdict,
        ]
        for one in all_
    ]
    return table(["", "measured", "target", ""], rows)


# --- columns ---------------------------------------------------------------------------------


def plain(title: str, name: str) -> Column:
    return title, lambda all_, pick: _plain(spread(all_, pick, name))


def noisy(title: str, name: str) -> Column:
    return title, lambda all_, pick: with_noise(spread(all_, pick, name))


def pair(title: str, name: str) -> Column:
    """The median and the 99th percentile of a time."""

    def cell(all_: All, pick: Pick) -> str:
        ends = (spread(all_, pick, f"{name}_{end}") for end in ("p50", "p99"))
        return ", ".join(_plain(one) for one in ends)

    return title, cell


def more_than(title: str, name: str, base: Pick) -> Column:
    """What it is more than the same number of the base at once, round by round."""
    return title, lambda all_, pick: with_noise(added(all_, pick, _at(base, pick), name))


def times(title: str, name: str, base: Pick) -> Column:
    return title, lambda all_, pick: _plain(ratio(all_, pick, _at(base, pick), name))


def errors() -> Column:
    return "errors", lambda all_, pick: _count(total(all_, pick, "errors"))


# --- words -----------------------------------------------------------------------------------


def number(value: float) -> str:
    """Three figures that mean something."""
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def with_noise(found: Spread | None, unit: str = "") -> str:
    """The median, and in brackets the lowest and highest round."""
    if found is None:
        return NOTHING
    said = f"{number(found.median)} {unit}".rstrip()
    if found.low == found.high:
        return said
    return f"{said} ({number(found.low)} to {number(found.high)})"


def _limit(target: Target) -> str:
    sign = "≥" if target.is_floor else "≤"
    return f"{sign} {target.limit:g} {target.unit}".rstrip()


def _at(base: Pick, pick: Pick) -> Pick:
    return replace(base, at_once=pick.at_once)


def _plain(found: Spread | None) -> str:
    return NOTHING if found is None else number(found.median)


def _count(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}"
