"""What is larger than hours anew, from hours, after the team's time zone has changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from aiconnect.models import Setting, UsageRollup
from aiconnect.services import team_zone
from aiconnect.services.rollups import counting, marks, spans, storing
from aiconnect.services.rollups.figures import MEASURES
from aiconnect.services.rollups.marks import BUILT, EARLIEST, LATEST, UTC, ZONE
from aiconnect.services.rollups.storing import Amounts, Place
from aiconnect.services.writing import writing

AT_ONCE = 5000


def is_due(session: Session) -> bool:
    """Whether days and months are those of another zone, or are not all built."""
    state = marks.read(session)
    if state.zone is None:
        return False
    return not state.is_whole or str(state.zone) != str(team_zone.read(session, UTC))


def rebuild_spans(session: Session) -> bool:
    """One step of it, a short transaction; whether there is more to do.

    Until the last one sums are read from hours. Hours stay as they are: one that was added up in a
    zone whose hours begin at other minutes counts to the day in which it begins.
    """
    if not is_due(session):
        return False
    with writing(session):
        state, zone = marks.read(session), team_zone.read(session, UTC)
        if str(state.zone) != str(zone):
            marks.put(session, ZONE, str(zone))
            marks.put(session, BUILT, EARLIEST)
        elif state.built == EARLIEST:
            _remove(session)
        else:
            _build(session, zone, state.built)
    return True


def _remove(session: Session) -> None:
    """Some rows of the zone before; where none is left, building begins."""
    key = UsageRollup.key
    ranges = (storing.key_range(unit, EARLIEST, LATEST) for unit in ("day", "total", "month"))
    old = select(key).where(or_(*(key.between(*one) for one in ranges))).limit(AT_ONCE)
    gone: Any = session.execute(
        delete(UsageRollup).where(key.in_(old)),
        execution_options={"synchronize_session": False},
    )
    if not gone.rowcount:
        marks.put(session, BUILT, _first_hour(session, EARLIEST) or LATEST)


def _build(session: Session, zone: Any, since: datetime) -> None:
    """One day, and its part of its month."""
    first = _first_hour(session, since)
    if first is None:
        session.delete(session.get_one(Setting, BUILT))
        return
    start, end = spans.start_of("day", zone, first), spans.next_of("day", zone, first)
    storing.add(session, storing.together(_day(session, zone, start, end)))
    marks.put(session, BUILT, end)


def _first_hour(session: Session, since: datetime) -> datetime | None:
    key = UsageRollup.key
    first, last = storing.key_range("hour", since, LATEST)
    rows = select(UsageRollup.start).where(key >= first, key < last).order_by(key).limit(1)
    return session.scalar(rows)


def _day(
    session: Session, zone: ZoneInfo, start: datetime, end: datetime
) -> Iterator[tuple[Place, Amounts]]:
    dimensions = [counting.rolled(name) for name in counting.DIMENSIONS]
    dialect = session.get_bind().dialect.name
    sums = [storing.total(name, counting.rolled(name), dialect) for name in MEASURES]
    first, last = storing.key_range("hour", start, end)
    hours = select(*dimensions, *sums).where(UsageRollup.key >= first, UsageRollup.key < last)
    for row in session.execute(hours.group_by(*dimensions)).all():
        values, amounts = tuple(row[: len(dimensions)]), tuple(map(int, row[len(dimensions) :]))
        for place in storing.larger(start, values, zone):
            yield place, amounts
