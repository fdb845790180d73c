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

from bench.bodies import MANY, PLAIN, STREAM, STREAMS
from bench.figures import Pick, Spread, spread
from bench.measured import Measured
from bench.rounds import BUSY
from bench.tables import number
from bench.targets import CPU_CALL, CPU_CHUNKS

OURS, OTHERS, LINE, INK = "#1d70b8", "#b1b4b6", "#d4351c", "#0b0c0c"
BESIDE = ("nginx", "prototype")


@dataclass(frozen=True, slots=True)
class Panel:
    """One group of bars; `limit` is the target, drawn as a line. Bars of others are grey."""

    title: str
    limit: float | None
    bars: Sequence[tuple[str, Spread | None]]


def draw(panels: Sequence[Panel], path: Path) -> None:
    """Write the plot as PNG."""
    width = 4.4 * len(panels)
    figure, axes = pyplot.subplots(
        1, len(panels), figsize=(width, 4.2), layout="constrained", squeeze=False
    )
    for place, panel in zip(axes[0], panels, strict=True):
        _draw(place, panel)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def panels(all_: Sequence[Measured]) -> list[Panel]:
    """CPU of whole calls, CPU of chunks, delay of chunks; nginx, the prototype and ours."""

    def bar(who: str, kind: str, case: str, at_once: int, name: str) -> Spread | None:
        return spread(all_, Pick(kind, who, case, at_once), name)

    calls = [(who, bar(who, "whole", PLAIN.name, BUSY, CPU_CALL)) for who in (*BESIDE, "aiconnect")]
    chunks = [(who, bar(who, "streams", STREAM.name, MANY, CPU_CHUNKS)) for who in BESIDE]
    delays = [(who, bar(who, "streams", STREAM.name, MANY, "delay_p99")) for who in BESIDE]
    for case in STREAMS[MANY]:
        chunks.append((case.title, bar("aiconnect", "streams", case.name, MANY, CPU_CHUNKS)))
        delays.append((case.title, bar("aiconnect", "streams", case.name, MANY, "delay_p99")))
    return [
        Panel(f"CPU ms per whole call, {BUSY} connections", 0.8, calls),
        Panel(f"CPU ms per 1,000 chunks, {MANY:,} streams", None, chunks),
        Panel(f"Chunk delay p99 in ms, {MANY:,} streams", 60, delays),
    ]


def _draw(place: Axes, panel: Panel) -> None:
    bars = [(title, one) for title, one in panel.bars if one is not None]
    names = [fill(title, 11) for title, _ in bars]
    heights = [one.median for _, one in bars]
    noise = [[one.median - one.low for _, one in bars], [one.high - one.median for _, one in bars]]
    colours = [OTHERS if title in BESIDE else OURS for title, _ in bars]
    place.bar(names, heights, width=0.55, color=colours)
    place.errorbar(names, heights, yerr=noise, fmt="none", ecolor=INK, capsize=5)
    for name, one in zip(names, bars, strict=True):
        place.annotate(
            number(one[1].median), (name, one[1].high), (0, 3), textcoords="offset points",
            ha="center", va="bottom", color=INK,
        )  # fmt: skip
    highest = max([panel.limit or 0.0, *(one.high for _, one in bars)])
    if panel.limit is not None:
        place.axhline(panel.limit, color=LINE, linestyle="--", label=f"target {panel.limit:g}")
        place.legend(loc="upper left", frameon=False)
    place.set_title(panel.title, fontsize=11)
    place.tick_params(axis="x", labelsize=8)
    place.set_ylim(0, (highest or 1.0) * 1.3)
    place.spines[["top", "right"]].set_visible(False)
