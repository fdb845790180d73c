"""Records into hours, days and months: each once, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from aiconnect.models import UsageRecord
from aiconnect.services import team_zone
from aiconnect.services.rollups import counting, marks, spans, storing
from aiconnect.services.rollups.figures import MEASURES
from aiconnect.services.rollups.marks import ROLLED, UTC, ZONE, Marks
from aiconnect.services.rollups.storing import Amounts, Place
from aiconnect.services.writing import writing

MOST = 2000


def behind(session: Session, more_than: int = 0) -> bool:
    """Whether more records than this wait to be rolled up."""
    last = marks.read(session).rolled
    later = select(UsageRecord.id).where(UsageRecord.seq > last)
    return session.execute(later.offset(more_than).limit(1)).first() is not None


def roll(session: Session, most: int = MOST) -> int:
    """Add the next records to their rollups; gives how many, 0 where all are in.

    One transaction: rows and mark move together, or not at all.
    """
    if not behind(session):
        return 0
    with writing(session):
        state = _begun(session)
        later = UsageRecord.seq > state.rolled
        rows = session.execute(_lines(later).order_by(UsageRecord.seq).limit(most)).all()
        if rows:
            storing.add(session, _spread(_by_hour(rows, state), state))
            marks.put(session, ROLLED, rows[-1].seq)
    return len(rows)


@dataclass(frozen=True, slots=True)
class Measured:
    """What some records have added to the rollups."""

    hours: dict[Place, Amounts]


def measured(session: Session, ids: Sequence[str]) -> Measured:
    """What these records have added to the rollups, as they are now; what is not rolled, nothing.

    For `apply_change`, in the same unit of work, which must hold the write lock.
    """
    state = marks.read(session)
    is_in = (UsageRecord.id.in_(ids), UsageRecord.seq <= state.rolled)
    return Measured(_by_hour(session.execute(_lines(*is_in)), state))


def apply_change(session: Session, before: Measured, after: Measured) -> None:
    """Put into the rollups that records have changed: what `measured` said before and says after.

    Nothing else may have happened to them in between: hold the write lock.
    """
    taken = ((place, tuple(-one for one in less)) for place, less in before.hours.items())
    change = storing.together((*taken, *after.hours.items()))
    changed = {place: amounts for place, amounts in change.items() if any(amounts)}
    storing.add(session, _spread(changed, marks.read(session)))


def _begun(session: Session) -> Marks:
    """The marks; the first run notes which time zone is added up in."""
    state = marks.read(session)
    if state.zone is not None:
        return state
    zone = team_zone.read(session, UTC)
    marks.put(session, ZONE, str(zone))
    marks.put(session, ROLLED, state.rolled)
    return marks.read(session)


def _lines(*which: ColumnElement[bool]) -> Any:
    """Number, time, dimensions, measures."""
    dimensions, measures = counting.dimensions(), counting.measures()
    return select(
        UsageRecord.seq,
        UsageRecord.at,
        *(dimensions[name].label(f"d_{name}") for name in counting.DIMENSIONS),
        *(measures[name].label(f"m_{name}") for name in MEASURES),
    ).where(UsageRecord.outcome.is_not(None), *which)


WIDTH = 2 + len(counting.DIMENSIONS)


def _by_hour(rows: Iterable[Any], state: Marks) -> dict[Place, Amounts]:
    zone = state.zone or UTC
    return storing.together(
        (("hour", spans.start_of("hour", zone, row[1]), tuple(row[2:WIDTH])), tuple(row[WIDTH:]))
        for row in rows
    )


def _spread(hours: dict[Place, Amounts], state: Marks) -> dict[Place, Amounts]:
    """Hours with what is larger and has them in it, as far as that is built."""
    return hours | storing.together(_larger(hours, state.zone or UTC, state.built))


def _larger(
    hours: dict[Place, Amounts], zone: ZoneInfo, built: datetime
) -> Iterator[tuple[Place, Amounts]]:
    for (_, start, values), amounts in hours.items():
        if start < built:
            for place in storing.larger(start, values, zone):
                yield place, amounts
