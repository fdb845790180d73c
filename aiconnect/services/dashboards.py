"""Sums of the ledger as one reader may see them, for pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import ColumnElement, not_, or_, select
from sqlalchemy.orm import Session

from aiconnect.calls.plan import COLLECTION
from aiconnect.models import Connection, Ending, Outcome, UsageRecord
from aiconnect.services import connections, paces, rollups
from aiconnect.services.audit import Actor
from aiconnect.services.rollups import By, Figures, Per, Sum, Wanted

NAMED_BY_CONNECTION = frozenset({"model", "connection"})
"""What the connections of others must not tell."""

OUTCOMES: Mapping[str, tuple[Outcome, ...]] = {
    Ending.OK: (Outcome.OK,),
    Ending.REFUSED: (Outcome.REFUSED,),
    Ending.LEFT: (Outcome.CALLER_LEFT,),
    Ending.FAILED: (Outcome.FAILED, Outcome.CUT, Outcome.INTERRUPTED),
}
"""How single records of an ending ended."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The calls that are wanted.

    `theirs` are the ids of connections that are others' alone: what was called through them has
    no name, and nobody else can ask for it by one.
    """

    session: Session
    zone: tzinfo
    wanted: Wanted
    theirs: frozenset[int] = frozenset()

    def total(self, since: datetime, until: datetime) -> Figures:
        """All of a span."""
        found = self._sums(None, since, until)
        return found[0].figures if found else Figures()

    def by(self, by: By, since: datetime, until: datetime) -> dict[str, Figures]:
        """A span by names."""
        merged: dict[str, Figures] = defaultdict(Figures)
        for one in self._sums(by, since, until):
            merged[one.key] = merged[one.key] + one.figures
        return merged

    def per(self, per: Per, by: By | None, since: datetime, until: datetime) -> list[Sum]:
        """A span by hours, days or months, and by names; the oldest first."""
        return self._sums(by, since, until, per=per)

    def costs(self, since: datetime, until: datetime) -> dict[datetime, int]:
        """Nano-dollars of each day that cost anything, by when it began."""
        days = self._sums(None, since, until, per="day")
        return {one.start: one.figures.cost for one in days if one.start is not None}

    def paces(self, since: datetime, until: datetime) -> paces.Paces:
        """How fast the latest calls of a span were answered."""
        return paces.latest(self.session, self.conditions(since, until))

    def _sums(
        self, by: By | None, since: datetime, until: datetime, *, per: Per | None = None
    ) -> list[Sum]:
        unnamed = self.theirs if by in NAMED_BY_CONNECTION else frozenset[int]()
        return rollups.sums(
            self.session, by, since, until, self.wanted, self.zone, per=per, unnamed=unnamed
        )

    def conditions(self, since: datetime, until: datetime) -> list[ColumnElement[bool]]:
        """The same calls one by one, for queries."""
        one, wanted = UsageRecord, self.wanted
        columns = {
            one.person_id: wanted.person_id,
            one.access_token_id: wanted.access_token_id,
            one.connection_id: wanted.connection_id,
            one.model: wanted.model,
            one.asked: wanted.collection and f"{COLLECTION}{wanted.collection}",
        }
        found = [column == value for column, value in columns.items() if value is not None]
        if wanted.outcome is not None:
            found.append(one.outcome.in_(OUTCOMES[wanted.outcome]))
        if wanted.model is not None and self.theirs:
            found.append(or_(one.connection_id.is_(None), one.connection_id.not_in(self.theirs)))
        return [one.outcome.is_not(None), one.at >= since, one.at < until, *found]


def theirs(session: Session, actor: Actor) -> dict[str, int]:
    """The connections that are others' alone, by their names."""
    rows = select(Connection.name, Connection.id).where(not_(connections.whole(actor)))
    return dict(session.execute(rows).all())
