"""Long lists in pages of 50."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

SIZE = 50


@dataclass(frozen=True, slots=True)
class Paged:
    """One page of a list; `number` counts from 1."""

    items: Sequence[Any]
    number: int
    pages: int
    total: int
    size: int = SIZE

    @classmethod
    def of(cls, items: Sequence[Any], wanted: str | None, size: int = SIZE) -> Self:
        """The wanted page, or the nearest that there is."""
        pages = max(1, -(-len(items) // size))
        number = int(wanted) if wanted and wanted.isdecimal() and len(wanted) < 7 else 1
        number = min(max(number, 1), pages)
        return cls(items[(number - 1) * size : number * size], number, pages, len(items), size)

    @property
    def first_shown(self) -> int:
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last_shown(self) -> int:
        return (self.number - 1) * self.size + len(self.items)
