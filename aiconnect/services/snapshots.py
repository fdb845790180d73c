"""Rows into the picture that the gateway works from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls.snapshot import Caller, Opened, Served, Snapshot, is_allowed
from aiconnect.models import AccessToken, Connection, Person, ServedModel, State
from aiconnect.providers.spec import Provider
from aiconnect.services import connections, installation
from aiconnect.services.catalog.storing import UNASKED
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.services.writing import writing
from aiconnect.settings import Settings
from aiconnect.wire.types import Ways

UNREADABLE = "key_unreadable"


def build(
    session: Session, *, rows: Mapping[str, Provider], vault: Vault, settings: Settings
) -> Snapshot:
    """The present picture; a connection whose key does not open is in it as broken."""
    revision = installation.revision(session)
    models = _models(session)
    entered = {row.connection_id for row in models if row.by_hand}
    hidden: dict[int, set[str]] = {}
    for row in models:
        if row.hidden:
            hidden.setdefault(row.connection_id, set()).add(row.model_id)
    opened: dict[int, Opened] = {}
    for connection in connections.all(session):
        if connection.provider not in rows:  # left behind by another version: nothing can call it
            continue
        one = _open(connection, rows[connection.provider], vault, settings)
        any_model = _is_unlisted(connection) and connection.id not in entered
        off = frozenset(hidden.get(connection.id, ()))
        opened[connection.id] = replace(one, any_model=any_model, hidden=off)
    by_name = {one.name: one for one in opened.values()}
    picture = Snapshot.of(revision, _callers(session), by_name, _served(models, opened))
    _mark(session, opened)
    return picture


def _is_unlisted(connection: Connection) -> bool:
    """Whether nobody has asked for its models yet; what a job has found narrows nothing."""
    return connection.listed_at is None or UNASKED in connection.learned


def _open(connection: Connection, row: Provider, vault: Vault, settings: Settings) -> Opened:
    is_broken, ways = False, Ways.of(settings)
    try:
        target = connections.opened(connection, row, vault=vault, ways=ways)
    except CannotOpen:
        target, is_broken = connections.closed(connection, row, ways=ways), True
    return Opened(
        id=connection.id,
        name=connection.name,
        target=target,
        enabled=connection.enabled,
        broken=is_broken,
        no_stream_options=bool(connection.learned.get("no_stream_options")),
        owner_id=connection.owner_id,
        allowed=tuple(connection.allowed),
        first_byte=connection.first_byte_seconds,
    )


def _callers(session: Session) -> dict[bytes, Caller]:
    rows = session.execute(
        select(AccessToken, Person.email)
        .join(Person)
        .where(AccessToken.revoked_at.is_(None), Person.disabled_at.is_(None))
        .where(or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > clock.now()))
    )
    return {bytes.fromhex(row.sha256): _caller(row, email) for row, email in rows}


def _caller(row: AccessToken, email: str) -> Caller:
    ends = row.expires_at.timestamp() if row.expires_at else None
    return Caller(row.id, row.name, row.person_id, email, ends, tuple(row.patterns))


def _models(session: Session) -> list[Row[int, str, str, datetime, bool, bool]]:
    columns = (
        ServedModel.connection_id, ServedModel.model_id, ServedModel.type, ServedModel.first_seen,
        ServedModel.hidden, ServedModel.by_hand,
    )  # fmt: skip
    rows = (
        select(*columns)
        .join(Connection)
        .where(or_(ServedModel.listed, ServedModel.by_hand))
        .order_by(Connection.position, Connection.id, ServedModel.model_id)
    )
    return list(session.execute(rows))


def _served(
    models: Iterable[Row[int, str, str, datetime, bool, bool]], opened: Mapping[int, Opened]
) -> tuple[Served, ...]:
    """What may be called: neither hidden nor outside of a connection's patterns."""
    return tuple(
        Served(connection_id, opened[connection_id].name, model_id, kind, int(seen.timestamp()))
        for connection_id, model_id, kind, seen, hidden, _ in models
        if not hidden and _is_allowed(opened.get(connection_id), model_id)
    )


def _is_allowed(opened: Opened | None, model_id: str) -> bool:
    return opened is not None and is_allowed(opened.allowed, model_id)


def _mark(session: Session, opened: Mapping[int, Opened]) -> None:
    """Write down which keys do not open, and which do again."""
    stale = [
        connection
        for connection in connections.all(session)
        if connection.id in opened
        and opened[connection.id].broken != (connection.finding == UNREADABLE)
    ]
    if not stale:
        return
    with writing(session):
        for connection in stale:
            is_broken = opened[connection.id].broken
            connection.state = State.NEEDS_ATTENTION if is_broken else State.UNTESTED
            connection.finding = UNREADABLE if is_broken else None
            connection.facts, connection.state_since = {}, clock.now()
