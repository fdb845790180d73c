"""The days that a page of usage is about, and the days before them to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from aiconnect.errors import N_
from aiconnect.services.rollups import Per

DAY = timedelta(days=1)
LATEST = 30
"""Days of the span `latest`, today among them."""
EARLIEST = date(2000, 1, 1)
MOST_DAYS = 62
"""A longer span has a bar to each month."""
MOST_YEARS = timedelta(days=366 * 10)

SPANS: Mapping[str, str] = {
    "today": N_("Today"),
    "month": N_("This month"),
    "latest": N_("Last 30 days"),
}
"""The spans that have a name, in their order; `free` is any other."""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days in the team's time zone, both ends among them; `now` is when the page is made."""

    name: str
    first: date
    last: date
    now: datetime
    zone: tzinfo

    @property
    def since(self) -> datetime:
        """When it begins, as UTC."""
        return midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """When it is over, as UTC."""
        return midnight(self.last + DAY, self.zone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def runs(self) -> bool:
        """Whether it is not over yet."""
        return self.first <= self.today <= self.last

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def step(self) -> Per:
        """What one bar of its charts is."""
        if self.days == 1:
            return "hour"
        return "day" if self.days <= MOST_DAYS else "month"

    @property
    def before(self) -> tuple[datetime, datetime]:
        """As long a time before it, as far as this one has run; to the full hour."""
        first = _month_before(self.first) if self.name == "month" else self.first - DAY * self.days
        start, end = midnight(first, self.zone), self.since
        if not self.runs:
            return start, end
        passed = (self.now - self.since) // timedelta(hours=1) + 1
        return start, min(start + timedelta(hours=passed), end)


def chosen(name: str, since: str, until: str, *, now: datetime, zone: tzinfo) -> Span:
    """The span that was asked for: by dates, else by name; what makes no sense is this month."""
    today = now.astimezone(zone).date()
    read = _read(since, until, today)
    if read is not None:
        return Span("free", *read, now, zone)
    match name:
        case "today":
            return Span(name, today, today, now, zone)
        case "latest":
            return Span(name, today - DAY * (LATEST - 1), today, now, zone)
    return month(today, now=now, zone=zone)


def month(day: date, *, now: datetime, zone: tzinfo) -> Span:
    """The month of this day."""
    first = day.replace(day=1)
    return Span("month", first, _month_after(first) - DAY, now, zone)


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins, as UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def parsed(text: str) -> date | None:
    """A date as a browser writes it, within reason; None for anything else."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST <= found <= date(2200, 1, 1) else None


def _read(since: str, until: str, today: date) -> tuple[date, date] | None:
    first, last = parsed(since), parsed(until)
    if first is None and last is None:
        return None
    last = last or max(today, first or today)
    first = first or last.replace(day=1)
    first, last = min(first, last), max(first, last)
    return max(first, last - MOST_YEARS), last


def _month_before(first: date) -> date:
    return (first - DAY).replace(day=1)


def _month_after(first: date) -> date:
    return (first + 31 * DAY).replace(day=1)
