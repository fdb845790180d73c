"""Changing, switching and removing a connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, State
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider, Reach
from aiconnect.secret import Secret
from aiconnect.services import audit, installation
from aiconnect.services.audit import Actor
from aiconnect.services.connections import base_urls, entered, keys, names
from aiconnect.services.connections.finding import get, row_of
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing


@dataclass(frozen=True, slots=True)
class Changes:
    """What someone changed; None is unchanged. `models` replaces those entered by hand."""

    name: str | None = None
    base_url: str | None = None
    secret: Secret | None = None
    private: bool | None = None
    models: tuple[str, ...] | None = None


def edit(
    session: Session,
    actor: Actor,
    connection_id: int,
    changes: Changes,
    *,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Connection:
    """Change a connection. Where its address leads to another host, its key does not follow."""
    with writing(session):
        connection = get(session, connection_id)
        row = row_of(rows, connection.provider)
        facts = _rename(session, connection, changes) | _move(connection, row, changes)
        secret = keys.clean(row, changes.secret) if changes.secret else None
        if secret is not None:
            keys.seal(session, actor, connection, secret, vault)
            facts["key"] = "replaced"
        facts |= _enter(session, connection, changes)
        if facts:
            _untested(connection, facts)
            names.flush(session, connection)
            audit.record(session, actor, "change.connection", connection.name, **facts)
            installation.bump_revision(session)
    return connection


def rotate(
    session: Session,
    actor: Actor,
    connection_id: int,
    secret: Secret,
    *,
    vault: Vault,
    rows: Mapping[str, Provider] = PROVIDERS,
) -> Connection:
    """Put a new key in the place of the old one."""
    with writing(session):
        connection = get(session, connection_id)
        key = keys.clean(row_of(rows, connection.provider), secret)
        if key is None:
            raise keys.missing()
        keys.seal(session, actor, connection, key, vault)
        _untested(connection, {"key": "replaced"})
        audit.record(session, actor, "rotate.credential", connection.name)
        installation.bump_revision(session)
    return connection


def forget_key(
    session: Session,
    actor: Actor,
    connection_id: int,
    *,
    rows: Mapping[str, Provider] = PROVIDERS,
) -> Connection:
    """Remove the key; where the provider needs one, that is said at once."""
    with writing(session):
        connection = get(session, connection_id)
        row = rows.get(connection.provider)
        connection.credentials.clear()
        _untested(connection, {"key": "removed"})
        if row is not None and keys.FIELD in row.needs:
            connection.state, connection.finding = State.NEEDS_ATTENTION, "key_missing"
        audit.record(session, actor, "remove.credential", connection.name)
        installation.bump_revision(session)
    return connection


def enable(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Switch it on: calls reach it again."""
    return _switch(session, actor, connection_id, on=True)


def disable(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Switch it off: nothing calls it, its settings stay."""
    return _switch(session, actor, connection_id, on=False)


def remove(session: Session, actor: Actor, connection_id: int) -> None:
    """Remove it with its key, models and checks; the ledger keeps its name."""
    with writing(session):
        connection = get(session, connection_id)
        session.delete(connection)
        facts = {"provider": connection.provider, "url": connection.base_url}
        audit.record(session, actor, "remove.connection", connection.name, **facts)
        installation.bump_revision(session)


def _switch(session: Session, actor: Actor, connection_id: int, *, on: bool) -> Connection:
    with writing(session):
        connection = get(session, connection_id)
        if connection.enabled != on:
            connection.enabled, connection.switched_at = on, clock.now()
            verb = "enable" if on else "disable"
            audit.record(session, actor, f"{verb}.connection", connection.name)
            installation.bump_revision(session)
    return connection


def _rename(session: Session, connection: Connection, changes: Changes) -> dict[str, str]:
    if changes.name is None or changes.name.strip() == connection.name:
        return {}
    before, connection.name = connection.name, names.check(session, changes.name)
    return {"was": before}


def _move(connection: Connection, row: Provider, changes: Changes) -> dict[str, str]:
    private = connection.private if changes.private is None else changes.private
    private = private and row.reach is Reach.SWITCH
    url = connection.base_url
    if changes.base_url is not None:
        url = base_urls.normalise(row, changes.base_url)
    if (url, private) == (connection.base_url, connection.private):
        return {}
    base_urls.allow(row, url, private=private)
    facts = _leave_key(connection, row, url, changes)
    connection.base_url, connection.private = url, private
    connection.learned = {}  # what calls have shown was about the server before
    return facts | {"url": url, "private": str(private).lower()}


def _leave_key(connection: Connection, row: Provider, url: str, changes: Changes) -> dict[str, str]:
    if base_urls.origin(url) == base_urls.origin(connection.base_url):
        return {}
    if not connection.credentials:
        return {}
    if keys.FIELD in row.needs and not changes.secret:
        raise keys.missing()
    connection.credentials.clear()
    return {"key": "dropped"}


def _enter(session: Session, connection: Connection, changes: Changes) -> dict[str, str]:
    if changes.models is None:
        return {}
    model_ids = entered.clean(changes.models)
    if list(model_ids) == entered.ids(session, connection):
        return {}
    entered.enter(session, connection, model_ids)
    return {"models": str(len(model_ids))}


def _untested(connection: Connection, facts: dict[str, str]) -> None:
    """What the last test found says nothing about another address or key."""
    if not facts.keys() & {"url", "key"}:
        return
    if connection.state != State.UNTESTED:
        connection.state, connection.state_since = State.UNTESTED, clock.now()
    connection.finding, connection.facts, connection.checked_at = None, {}, None
