"""What sums are asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiconnect.services.rollups.figures import ALL, ENDINGS, MEASURES, By, Per, Wanted

IDS: dict[By, str] = {
    "person": "person_id", "token": "access_token_id", "connection": "connection_id",
}  # fmt: skip
KEYS: dict[By, str] = {
    "model": "model", "person": "person", "token": "access_token", "connection": "connection",
    "collection": "collection",
}  # fmt: skip
LABELS = ("by_time", "by_id", "by_name")
"""None is the name of a column: that would be grouped by."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of which dialect, grouped how, of which calls, which figures."""

    dialect: str
    by: By | None
    per: Per | None
    wanted: Wanted
    unnamed: tuple[int, ...]
    named: tuple[str, ...] | None
    only: frozenset[str]
    is_named: bool = False
    """Whether calls of other names than `named` are left out."""

    @property
    def is_of_all(self) -> bool:
        """Whether calls are wanted whoever made them, of whatever."""
        return replace(self.wanted, outcome=None) == ALL

    @property
    def measures(self) -> tuple[str, ...]:
        """Columns that are summed; how many calls there were is always known."""
        return tuple(name for name in MEASURES if name in self.only or name == "calls")

    @property
    def endings(self) -> tuple[str, ...]:
        return tuple(name for name in ENDINGS if name in self.only)

    @property
    def labels(self) -> list[str]:
        """What is grouped by: sorting by a constant takes its time too."""
        is_told = (self.per, self.by in IDS, self.by)
        return [label for label, wanted in zip(LABELS, is_told, strict=True) if wanted]

    @property
    def apart(self) -> tuple[Question, ...]:
        """The question as it is; or all calls and those that have a name: the rest is between."""
        if not self.named or "" in self.named or not self.is_of_all:
            return (self,)
        return replace(self, by=None, named=None), replace(self, is_named=True)
