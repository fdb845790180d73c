"""What the team can be told of: each kind of alert, its thresholds, when it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiconnect.errors import N_


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of a rule, in words, and the bounds within which it makes sense."""

    name: str
    label: str
    usual: int
    least: int
    most: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of alert: `code` is what rows keep; `shape` is how it is drawn."""

    code: str
    title: str
    meaning: str
    thresholds: tuple[Threshold, ...] = ()
    shape: str = "warn"

    @property
    def usual(self) -> dict[str, int]:
        return {one.name: one.usual for one in self.thresholds}


KINDS: Mapping[str, Kind] = {
    one.code: one
    for one in (
        Kind(
            "budget", N_("A budget is nearly or wholly spent"),
            N_("At the budget's own mark, and at its limit. It ends with the budget's period."),
            shape="bad",
        ),
        Kind(
            "spend", N_("Spending jumps"),
            N_("What today has cost, against the median of the 14 days before. Told from the fifth "
               "day of use on."),
            (
                Threshold("times", N_("Times the usual day"), 3, 2, 100),
                Threshold("dollars", N_("Dollars at least"), 5, 1, 1_000_000,
                          N_("A day that costs less is never told.")),
            ),
        ),
        Kind(
            "errors", N_("Many calls fail"),
            N_("Of one of the team's connections. What a provider refuses for what a call asks "
               "does not count. It ends when half of that share is left."),
            (
                Threshold("calls", N_("Of the last calls"), 20, 10, 1000),
                Threshold("share", N_("Per cent that failed"), 50, 5, 100),
            ),
            shape="bad",
        ),
        Kind(
            "state", N_("A connection does not work"),
            N_("One of the team's needs attention, or cannot be reached."),
            (Threshold("minutes", N_("Minutes that it lasts"), 2, 0, 1440,
                       N_("A shorter trouble is not told; nor is that it is over.")),),
            shape="bad",
        ),
        Kind(
            "price", N_("A price has changed"),
            N_("Of a model that was called in the last 30 days; or a table of prices was fetched "
               "and waits."),
        ),
        Kind(
            "models", N_("Models of your collections change"),
            N_("One is back, gone, to be retired, or has another price."),
        ),
        Kind(
            "key", N_("A key is old"),
            N_("Of one of the team's connections. It ends when the key is replaced."),
            (Threshold("days", N_("Days"), 180, 7, 3650),),
        ),
        Kind(
            "ledger", N_("Calls are not written down"),
            N_("The ledger cannot be written, the disk has no room for the journal, part of it "
               "could not be read, or segments of it pile up."),
            (Threshold("segments", N_("Segments that wait"), 4, 2, 1000,
                       N_("Each holds some 50,000 calls.")),),
            shape="bad",
        ),
        Kind(
            "disk", N_("The disk is nearly full"),
            N_("The one with the instance folder. It ends when there is a fifth more room."),
            (Threshold("megabytes", N_("Megabytes that are free"), 500, 50, 10_000_000),),
            shape="bad",
        ),
    )
}  # fmt: skip
