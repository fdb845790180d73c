"""Quiet hours of a channel: nothing is sent between two times of day in the team's zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

from aiconnect.models import AlertChannel

DAY = 24 * 60


def until(channel: AlertChannel, moment: datetime, zone: tzinfo) -> datetime:
    """When something may be sent: this moment, or the end of the quiet hours that it is in."""
    begins, ends = channel.quiet_from, channel.quiet_until
    if begins is None or ends is None or begins == ends:
        return moment
    here = moment.astimezone(zone)
    minute = here.hour * 60 + here.minute
    is_quiet = begins <= minute < ends if begins < ends else not ends <= minute < begins
    if not is_quiet:
        return moment
    day = here.date() if minute < ends else here.date() + timedelta(days=1)
    found = datetime.combine(day, time(ends // 60, ends % 60), zone).astimezone(UTC)
    return max(found, moment)
