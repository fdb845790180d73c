"""The figures as bars, each beside its target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot
from matplotlib.axes import Axes

from bench.bodies import FEW, MANY, PLAIN, STREAMS
from bench.figures import Pick, Spread, spread
from bench.measured import Measured
from bench.report import number
from bench.rounds import CONNECTIONS

BAR, LINE, INK = "#1d70b8", "#d4351c", "#0b0c0c"


@dataclass(frozen=True, slots=True)
class Panel:
    """One group of bars; `limit` is the target, drawn as a line."""

    title: str
    limit: float
    bars: Sequence[tuple[str, Spread | None]]


def draw(all_: Sequence[Measured], path: Path) -> None:
    """Write the plot as PNG."""
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    for place, panel in zip(axes, panels(all_), strict=True):
        _draw(place, panel)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def panels(all_: Sequence[Measured]) -> list[Panel]:
    """CPU of whole calls, CPU of chunks, delay of chunks."""

    def ours(kind: str, case: str, at_once: int, name: str) -> Spread | None:
        return spread(all_, Pick(kind, "aiconnect", case, at_once), name)

    calls = [
        (f"{count}", ours("whole", PLAIN.name, count, "cpu_ms_per_call")) for count in CONNECTIONS
    ]
    chunks = [
        (c.title, ours("streams", c.name, FEW, "cpu_ms_per_1000_chunks")) for c in STREAMS[FEW]
    ]
    delays = [(c.title, ours("streams", c.name, MANY, "delay_p99")) for c in STREAMS[MANY]]
    return [
        Panel("CPU ms per whole call, by connections", 0.8, calls),
        Panel(f"CPU ms per 1,000 chunks, {FEW} streams", 45, chunks),
        Panel(f"Chunk delay p99 in ms, {MANY:,} streams", 60, delays),
    ]


def _draw(place: Axes, panel: Panel) -> None:
    bars = [(title, one) for title, one in panel.bars if one is not None]
    names = [fill(title, 13) for title, _ in bars]
    heights = [one.median for _, one in bars]
    noise = [[one.median - one.low for _, one in bars], [one.high - one.median for _, one in bars]]
    place.bar(names, heights, width=0.55, color=BAR)
    place.errorbar(names, heights, yerr=noise, fmt="none", ecolor=INK, capsize=5)
    place.axhline(panel.limit, color=LINE, linestyle="--", label=f"target {panel.limit:g}")
    place.legend(loc="upper left", frameon=False)
    for name, one in zip(names, bars, strict=True):
        place.annotate(number(one[1].median), (name, 0), ha="center", va="bottom", color="white")
    place.set_title(panel.title, fontsize=11)
    place.set_ylim(0, max([panel.limit, *(one.high for _, one in bars)]) * 1.3)
    place.spines[["top", "right"]].set_visible(False)
