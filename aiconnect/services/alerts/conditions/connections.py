"""Connections of the team: those that do not work, and those whose key is old.

Personal ones are their owner's: nothing of them is told to the team.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from aiconnect import clock
from aiconnect.models import Connection, State
from aiconnect.services.alerts.signs import Seen, Sight, Sign, Thresholds

ILL = (State.NEEDS_ATTENTION, State.UNREACHABLE)
WELL = (State.CONNECTED, State.WARNING)


def of_team(session: Session) -> Sequence[Connection]:
    """The team's connections that are on."""
    rows = select(Connection).where(Connection.owner_id.is_(None), Connection.enabled)
    rows = rows.options(selectinload(Connection.credentials)).order_by(Connection.id)
    return session.scalars(rows, execution_options={"populate_existing": True}).all()


def states(sight: Sight, thresholds: Thresholds) -> Seen:
    """Those that have been ill for long enough; well ones stay so until they are well as long."""
    lasts = timedelta(minutes=thresholds["minutes"])
    every = of_team(sight.session)
    since = {one.id: sight.now - one.state_since for one in every}
    ill = [one for one in every if one.state in ILL]
    unsure = [one for one in every if one.state in WELL and since[one.id] < lasts]
    signs = tuple(_state(one) for one in ill if since[one.id] >= lasts)
    return Seen(signs, frozenset(_subject(one) for one in [*ill, *unsure]))


def keys(sight: Sight, thresholds: Thresholds) -> Seen:
    """Those whose key has been in use for longer than keys should be."""
    oldest = sight.now - timedelta(days=thresholds["days"])
    old = (one for one in of_team(sight.session) if one.key and one.key.made_at < oldest)
    return Seen(tuple(_key(one, sight) for one in old))


def _state(connection: Connection) -> Sign:
    facts = {
        "case": connection.state, "connection": connection.name,
        "since": clock.iso(connection.state_since), "path": f"/connections/{connection.id}",
    }  # fmt: skip
    return Sign(_subject(connection), facts)


def _key(connection: Connection, sight: Sight) -> Sign:
    made_at = connection.key.made_at if connection.key else sight.now
    facts = {
        "case": "old", "connection": connection.name, "days": str((sight.now - made_at).days),
        "path": f"/connections/{connection.id}/key",
    }  # fmt: skip
    return Sign(f"key:{connection.id}:{made_at:%Y-%m-%d}", facts)


def _subject(connection: Connection) -> str:
    return f"connection:{connection.id}"
