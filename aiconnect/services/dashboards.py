"""Sums of the ledger as one reader may see them, for pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Ending, UsageRecord
from aiconnect.services import paces, rollups
from aiconnect.services.rollups import NAMES, By, Figures, Per, Sum, Wanted

TOKENS = (
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
)  # fmt: skip
DRAWN = ("cost", *TOKENS)
COMPARED = ("unpriced", *DRAWN)
"""What a span before is compared by, beside its calls."""
NAMED_BY_CONNECTION = frozenset({"model", "connection"})
"""What the connections of others must not tell."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The calls that are wanted.

    `theirs` are the ids of connections that are others' alone: what was called through them has
    no name, and nobody else can ask for it by one.
    """

    session: Session
    zone: tzinfo
    asked: Wanted
    theirs: frozenset[int] = frozenset()

    @property
    def wanted(self) -> Wanted:
        """The calls that may be counted."""
        if self.asked.model is None:
            return self.asked
        return replace(self.asked, without=tuple(self.theirs))

    def compared(self, since: datetime, until: datetime) -> Figures:
        """All of a span that another one is compared with: of it, COMPARED."""
        found = self._sums(None, since, until, only=COMPARED)
        return found[0].figures if found else Figures()

    def by(
        self, by: By, since: datetime, until: datetime, only: Collection[str] = NAMES
    ) -> dict[str, Figures]:
        """A span by names; of the figures, `only` are summed."""
        merged: dict[str, Figures] = defaultdict(Figures)
        ends = until if until <= clock.now() else None  # so that a month counts as one that runs
        for one in self._sums(by, since, ends, only=only):
            merged[one.key] = merged[one.key] + one.figures
        return merged

    def per(
        self,
        per: Per,
        by: By | None,
        since: datetime,
        until: datetime,
        named: Collection[str] | None = None,
        only: Collection[str] = NAMES,
    ) -> list[Sum]:
        """A span by hours, days or months, and by names; the oldest first.

        Where `named` are given, all others share the name ""; of the figures, `only` are summed.
        """
        return self._sums(by, since, until, per=per, named=named, only=only)

    def costs(self, since: datetime, until: datetime) -> dict[datetime, int]:
        """Nano-dollars of each day that cost anything, by when it began."""
        days = self._sums(None, since, until, per="day", only=("cost",))
        return {one.start: one.figures.cost for one in days if one.start is not None}

    def paces(self, since: datetime, until: datetime) -> paces.Paces:
        """How fast the latest calls of a span were answered: nobody times what did not go well."""
        if self.asked.outcome not in {None, Ending.OK.value}:
            return paces.of(())
        return paces.latest(self.session, self.conditions(since, until))

    def conditions(self, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
        """The same calls one by one, for queries."""
        at = UsageRecord.at
        return [*rollups.conditions(self.wanted), at >= since, at < until]

    def _sums(
        self,
        by: By | None,
        since: datetime,
        until: datetime | None,
        *,
        per: Per | None = None,
        named: Collection[str] | None = None,
        only: Collection[str] = NAMES,
    ) -> list[Sum]:
        unnamed = self.theirs if by in NAMED_BY_CONNECTION else frozenset[int]()
        return rollups.sums(
            self.session,
            by,
            since,
            until,
            self.wanted,
            self.zone,
            per=per,
            unnamed=unnamed,
            named=named,
            only=only,
        )
