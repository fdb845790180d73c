"""Milliseconds of each question as bars, beside their target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot

LIMITS = {"sum": 200, "page": 100}
COLOURS = ("#3b6ea8", "#c9772b")


def draw(lines: Sequence[Any], path: Path) -> None:
    """One panel for sums, one for pages; a bar to each database."""
    figure, places = pyplot.subplots(1, 2, figsize=(14, 9))
    for place, (kind, limit) in zip(places, LIMITS.items(), strict=True):
        found = [line for line in lines if line.kind == kind]
        cases = list(dict.fromkeys(line.case for line in found))
        databases = sorted({line.database for line in found})
        for number, database in enumerate(databases):
            values = {line.case: line.value for line in found if line.database == database}
            heights = [row + 0.4 * number for row in range(len(cases))]
            bars = [values.get(case, 0) for case in cases]
            place.barh(heights, bars, 0.38, label=database, color=COLOURS[number])
        place.set_yticks(range(len(cases)), cases, fontsize=8)
        place.invert_yaxis()
        place.axvline(limit, color="#b03030", linestyle="--", label=f"target: {limit} ms")
        place.set_xlabel(f"{kind}: ms")
        place.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
