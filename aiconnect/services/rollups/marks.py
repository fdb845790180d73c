"""How far the ledger is rolled up, and in which time zone: rows of settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import Setting

ROLLED = "ledger.rolled"
"""The number of the last record that is in the rollups."""
ZONE = "ledger.zone"
"""The time zone of days and months."""
BUILT = "ledger.built"
"""Days and months have everything before this moment; no row: they have everything."""
KEPT = "ledger.kept"
"""Records before this moment may have been removed."""

UTC = ZoneInfo("UTC")
EARLIEST = datetime.fromisoformat("1900-01-01T00:00:00+00:00")
LATEST = datetime.fromisoformat("2400-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Marks:
    """`zone` None: nothing was rolled up yet."""

    rolled: int = 0
    zone: ZoneInfo | None = None
    built: datetime = LATEST
    kept: datetime = EARLIEST

    @property
    def is_whole(self) -> bool:
        """Whether days and months can be relied on."""
        return self.built == LATEST


def read(session: Session) -> Marks:
    """As they are in the database now."""
    rows = select(Setting.name, Setting.value).where(Setting.name.in_((ROLLED, ZONE, BUILT, KEPT)))
    found = {row.name: row.value for row in session.execute(rows)}
    return Marks(
        int(found.get(ROLLED, 0)),
        _zone(found.get(ZONE)),
        _moment(found.get(BUILT), LATEST),
        _moment(found.get(KEPT), EARLIEST),
    )


def put(session: Session, name: str, value: str | int | datetime) -> None:
    """Move a mark, within the running unit of work."""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    session.merge(Setting(name=name, value=text))
    session.flush()


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):  # this system does not know it any more
        return None


def _moment(text: str | None, usual: datetime) -> datetime:
    return datetime.fromisoformat(text) if text else usual
