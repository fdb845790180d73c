"""Sums over the ledger, by hour, day and month: kept, so that they outlive single records.

`roll` adds what has settled since; `sums` reads rollups and what is not in them yet; `measured` and
`apply_change` carry a change of records that are in them; `rebuild_spans` follows a change of the
team's time zone.
"""

from aiconnect.services.rollups.counting import conditions
from aiconnect.services.rollups.figures import ALL, BYS, NAMES, By, Figures, Per, Sum, Wanted
from aiconnect.services.rollups.reading import oldest, sums
from aiconnect.services.rollups.rebuilding import rebuild_spans
from aiconnect.services.rollups.rolling import Measured, apply_change, behind, measured, roll

__all__ = [
    "ALL",
    "BYS",
    "NAMES",
    "By",
    "Figures",
    "Measured",
    "Per",
    "Sum",
    "Wanted",
    "apply_change",
    "behind",
    "conditions",
    "measured",
    "oldest",
    "rebuild_spans",
    "roll",
    "sums",
]
