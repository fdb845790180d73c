"""The time zone that a page's times are in: the reader's own, else the team's."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aiconnect.blueprints import access
from aiconnect.extensions import parts

SUGGESTED = (
    "Africa/Cairo", "Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/Bogota",
    "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Mexico_City",
    "America/New_York", "America/Sao_Paulo", "America/Toronto", "Asia/Bangkok", "Asia/Dhaka",
    "Asia/Dubai", "Asia/Ho_Chi_Minh", "Asia/Hong_Kong", "Asia/Jakarta", "Asia/Jayapura",
    "Asia/Karachi", "Asia/Kolkata", "Asia/Kuala_Lumpur", "Asia/Makassar", "Asia/Manila",
    "Asia/Pontianak", "Asia/Riyadh", "Asia/Seoul", "Asia/Shanghai", "Asia/Singapore",
    "Asia/Taipei", "Asia/Tehran", "Asia/Tokyo", "Australia/Perth", "Australia/Sydney",
    "Europe/Amsterdam", "Europe/Berlin", "Europe/Istanbul", "Europe/Lisbon", "Europe/London",
    "Europe/Madrid", "Europe/Paris", "Europe/Warsaw", "Pacific/Auckland", "UTC",
)  # fmt: skip
"""A browser offers them while one types; every other zone can be written too."""


def zone() -> ZoneInfo:
    """The zone of this page. An error page does not ask the database for it."""
    reader, team = access.known(), parts().settings.timezone
    if reader is None or not reader.time_zone:
        return team
    try:
        return ZoneInfo(reader.time_zone)
    except (KeyError, ValueError, OSError):  # this system does not know it any more
        return team


def name() -> str:
    """Its name, as in Asia/Jakarta."""
    return zone().key
