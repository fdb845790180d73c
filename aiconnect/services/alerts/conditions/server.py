"""This server: the journal of calls, and room on the disk."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from aiconnect.calls import journal
from aiconnect.services.alerts.signs import Seen, Sight, Sign, Thresholds

MEGABYTE = 1_000_000
OWN_SEGMENTS = 2
"""What each process always has: the segment it writes, and a spare one."""

FAULTS = {"ledger": "writing", "writer": "writing", "no spare segment": "spare"}
"""What a process says of itself to the case that it is."""


def ledger(sight: Sight, thresholds: Thresholds) -> Seen:
    """What keeps calls out of the ledger."""
    cases: dict[str, dict[str, str]] = {FAULTS[one]: {} for one in sight.faults if one in FAULTS}
    found = dict(_piled(sight.settings.journal, thresholds["segments"]))
    signs = ({"case": case, "path": "/jobs", **facts} for case, facts in {**cases, **found}.items())
    return Seen(tuple(Sign(f"ledger:{facts['case']}", facts) for facts in signs))


def disk(sight: Sight, thresholds: Thresholds) -> Seen:
    """Room on the disk; enough again with a fifth more."""
    free = shutil.disk_usage(sight.settings.instance).free // MEGABYTE
    least = thresholds["megabytes"]
    subject = "disk"
    if free >= least:
        return Seen(held=frozenset({subject}) if free * 5 < least * 6 else frozenset())
    facts = {"case": "full", "free": str(free), "path": "/jobs"}
    return Seen((Sign(subject, facts),))


def _piled(folder: Path, most: int) -> Iterator[tuple[str, dict[str, str]]]:
    writers = Counter(path.name.rpartition("-")[0] for path in folder.glob(f"*{journal.SUFFIX}"))
    segments = sum(max(count - OWN_SEGMENTS, 0) for count in writers.values())
    if segments >= most:
        yield "segments", {"segments": str(segments)}
    damaged = folder / "damaged"
    pieces = sum(1 for _ in damaged.iterdir()) if damaged.is_dir() else 0
    if pieces:
        yield "damaged", {"pieces": str(pieces)}
