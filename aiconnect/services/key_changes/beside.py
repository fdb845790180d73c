"""A key that waits beside the one in use, and what is noted about keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Finding, Refused
from aiconnect.models import Connection, Credential
from aiconnect.models.connection import NEXT_KEY
from aiconnect.services import audit, connections
from aiconnect.services.audit import Actor
from aiconnect.services.connections import keys, left_keys
from aiconnect.services.connections.replacing import drop_next
from aiconnect.services.writing import writing


@dataclass(frozen=True, slots=True)
class NextKey:
    """A key that waits: how it ends, who entered it when, and what its test found, if it ended."""

    last4: str
    made_at: datetime
    made_by: str
    finding: Finding | None
    tested_at: datetime | None


@contextmanager
def changing(session: Session, actor: Actor, connection_id: int) -> Iterator[Connection]:
    """The connection within one unit of work, as it is now: what was read before may be old."""
    with writing(session):
        yield connections.own(session, actor, connection_id)


def waiting(connection: Connection) -> NextKey | None:
    """The key that waits for its test or for a decision."""
    row = _next(connection)
    if row is None:
        return None
    noted: Mapping[str, Any] = (connection.key_notes or {}).get("next") or {}
    finding = Finding(noted["code"], noted["facts"]) if noted else None
    at = datetime.fromisoformat(noted["at"]) if noted else None
    return NextKey(row.last4, row.made_at, row.made_by, finding, at)


def drop(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Forget the key that waits; the one in use stays."""
    with changing(session, actor, connection_id) as connection:
        drop_next(session, connection)
        audit.record(session, actor, "drop.credential", connection.name)
    return connection


def dismiss(session: Session, actor: Actor, connection_id: int, left_id: int) -> None:
    """Stop reminding of a key that was left."""
    with changing(session, actor, connection_id) as connection:
        left_keys.dismiss(connection, left_id)
        audit.record(session, actor, "dismiss.left_key", connection.name)


def _next(connection: Connection) -> Credential | None:
    return next((one for one in connection.credentials if one.field == NEXT_KEY), None)


def awaited(connection: Connection) -> Credential:
    """The row of the key that waits; raises Refused where none does."""
    row = _next(connection)
    if row is None:
        raise Refused(N_("No new key waits here. Enter one first."), field=keys.FIELD)
    return row


def note(connection: Connection, finding: Finding | None) -> None:
    """Write down what the test of the key that waits has found, or that there is nothing."""
    noted = {name: said for name, said in (connection.key_notes or {}).items() if name != "next"}
    if finding is not None:
        at = clock.iso(clock.now())
        noted["next"] = {"code": finding.code, "facts": dict(finding.facts), "at": at}
    connection.key_notes = noted
