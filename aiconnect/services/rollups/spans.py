"""Hours, days and months of a time zone, and a span of time made of them: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from aiconnect.calls.budgets import periods

Unit = Literal["hour", "day", "month"]
UNITS: tuple[Unit, ...] = ("month", "day", "hour")
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole units from `since` on, before `until`; single records where `unit` is None."""

    unit: Unit | None
    since: datetime
    until: datetime


def start_of(unit: Unit, zone: tzinfo, moment: datetime) -> datetime:
    """When the hour, day or month that a moment is in began, in UTC."""
    return _start(unit, zone, quarter(moment))


def quarter(moment: datetime) -> datetime:
    """When its quarter of an hour began: no zone's hours begin within one."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


@lru_cache(maxsize=20_000)
def _start(unit: Unit, zone: tzinfo, moment: datetime) -> datetime:
    if unit == "hour":
        minutes = moment.astimezone(zone).minute
        return moment.astimezone(UTC) - timedelta(minutes=minutes)
    return periods.start_of(unit, zone, moment)


def next_of(unit: Unit, zone: tzinfo, moment: datetime) -> datetime:
    """When the unit after the one that a moment is in begins, in UTC."""
    if unit == "hour":
        return start_of("hour", zone, start_of("hour", zone, moment) + HOUR)
    found = periods.end_of(unit, zone, moment)
    assert found is not None  # noqa: S101 (a total alone has no end)
    return found


def pieces(
    since: datetime, until: datetime, zone: tzinfo, units: Sequence[Unit] = UNITS
) -> Iterator[Piece]:
    """A span as the fewest pieces: whole months, days and hours, and records at its edges."""
    if since >= until:
        return
    if not units:
        yield Piece(None, since, until)
        return
    unit, *smaller = units
    first, last = _up(unit, zone, since), start_of(unit, zone, until)
    if first >= last:
        yield from pieces(since, until, zone, smaller)
        return
    yield from pieces(since, first, zone, smaller)
    yield Piece(unit, first, last)
    yield from pieces(last, until, zone, smaller)


def _up(unit: Unit, zone: tzinfo, moment: datetime) -> datetime:
    """The moment itself where a unit begins then, else when the next one does."""
    return moment if start_of(unit, zone, moment) == moment else next_of(unit, zone, moment)
