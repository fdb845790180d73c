"""When the periods of budgets begin and end: whole days and months of the team's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Where a total's only period begins."""

DAY, MONTH, TOTAL = "day", "month", "total"
_DAY = timedelta(days=1)
_MORE_THAN_A_MONTH = timedelta(days=31)


def start_of(period: str, zone: tzinfo, moment: datetime) -> datetime:
    """When the period that this moment is in began, in UTC."""
    if period == TOTAL:
        return EVER
    day = moment.astimezone(zone).date()
    return _midnight(day if period == DAY else day.replace(day=1), zone)


def end_of(period: str, zone: tzinfo, moment: datetime) -> datetime | None:
    """When it ends and the next one begins, in UTC; None where there is no next one."""
    if period == TOTAL:
        return None
    day = moment.astimezone(zone).date()
    if period == DAY:
        return _midnight(day + _DAY, zone)
    return _midnight((day.replace(day=1) + _MORE_THAN_A_MONTH).replace(day=1), zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Where clocks skip it, the moment at which they do; where it comes twice, the first."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
