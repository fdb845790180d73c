"""The time: aware, UTC, from one place."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, aware, UTC."""
    return datetime.now(UTC)


def from_ms(ms: int) -> datetime:
    """Milliseconds since the epoch as an aware UTC time."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds and Z, as the command line and programs see it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
