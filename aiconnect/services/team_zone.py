"""The team's time zone as the ledger knows it: what counts days must count the same ones."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from aiconnect.models import Setting

NAME = "timezone"


def read(session: Session, usual: tzinfo = UTC) -> tzinfo:
    """The one that was noted last; `usual` where none was, or its name means nothing here."""
    row = session.get(Setting, NAME, populate_existing=True)
    if row is None:
        return usual
    try:
        return ZoneInfo(row.value)
    except (ZoneInfoNotFoundError, ValueError):
        return usual


def is_noted(session: Session, zone: ZoneInfo) -> bool:
    """Whether it is this one already."""
    row = session.get(Setting, NAME, populate_existing=True)
    return row is not None and row.value == zone.key


def note(session: Session, zone: ZoneInfo) -> bool:
    """Keep it, within the running unit of work; whether it is another than before."""
    if is_noted(session, zone):
        return False
    session.merge(Setting(name=NAME, value=zone.key))
    session.flush()
    return True
