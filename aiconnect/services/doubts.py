"""What settled calls show about connections: their state may not be true any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, Outcome, State

# Codes of failed calls that speak against the connection, not against the one call.
AGAINST_IT = {"provider_auth", "provider_no_credit", "provider_unreachable", "provider_silent"}
ILL = (State.NEEDS_ATTENTION, State.UNREACHABLE)
EVERY = timedelta(minutes=1)


def notice(session: Session, records: Iterable[Mapping[str, Any]]) -> None:
    """Doubt a connection that is called well and failed, and one that is called ill and worked.

    A quiet check settles it (`jobs`). Within the running unit of work.
    """
    settled = [one for one in records if one["connection_id"] is not None]
    failed = {one["connection_id"] for one in settled if one["code"] in AGAINST_IT}
    worked = {one["connection_id"] for one in settled if one["outcome"] == Outcome.OK}
    if failed:
        _doubt(session, Connection.id.in_(failed), Connection.state.not_in(ILL))
    if worked:
        _doubt(session, Connection.id.in_(worked), Connection.state.in_(ILL))


def _doubt(session: Session, *which: ColumnElement[bool]) -> None:
    now = clock.now()
    is_old = or_(Connection.doubted_at.is_(None), Connection.doubted_at < now - EVERY)
    session.execute(
        update(Connection).where(*which, is_old).values(doubted_at=now),
        execution_options={"synchronize_session": False},
    )
