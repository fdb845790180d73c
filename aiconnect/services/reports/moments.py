"""Dates and times as people and commands write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from aiconnect.errors import N_, Refused

DAY = timedelta(days=1)


def moment(
    text: str, timezone: tzinfo, *, is_until: bool = False, field: str = "since"
) -> datetime:
    """A date in the team's time zone (as `until`: its end), or a time with its offset."""
    try:
        return _moment(text, timezone, is_until=is_until).astimezone(UTC)
    except (ValueError, OverflowError):
        sentence = N_("%(text)s is neither like 2026-11-30 nor like 2026-11-30T09:00+07:00.")
        raise Refused(sentence, field=field, text=text) from None


def _moment(text: str, timezone: tzinfo, *, is_until: bool) -> datetime:
    if "T" not in text:
        day = date.fromisoformat(text) + is_until * DAY
        return datetime.combine(day, time(), timezone)
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("without an offset")
    return found
