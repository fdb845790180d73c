"""Changing a connection: name, address, secrets, models, how long it is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from aiconnect.errors import N_, Refused
from aiconnect.models import Connection, State
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider, Reach
from aiconnect.secret import Secret
from aiconnect.services import audit, installation, limits
from aiconnect.services.audit import Actor
from aiconnect.services.connections import (
    allowing,
    base_urls,
    entered,
    headers,
    keys,
    left_keys,
    names,
    rights,
)
from aiconnect.services.connections.certificates import read_ca
from aiconnect.services.connections.finding import row_of
from aiconnect.services.connections.headers import Headers
from aiconnect.services.connections.replacing import replace, restate, take
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing

Facts = dict[str, str]


CHANGES_ALL = {"url", "key", "headers", "certificates"}
"""Where one of these is another, what the last test found says nothing any more."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What someone changed; None is unchanged.

    `models` and `allowed` replace those before; `headers` are added or replaced, `drop_headers`
    removed; an empty `ca_pem` removes it; `first_byte_seconds` 0 is the usual time. `limits` are by
    their names (`requests_per_minute` …), 0 removes one.
    """

    name: str | None = None
    base_url: str | None = None
    secret: Secret | None = None
    private: bool | None = None
    models: tuple[str, ...] | None = None
    headers: Headers = ()
    drop_headers: tuple[str, ...] = ()
    ca_pem: str | None = None
    first_byte_seconds: int | None = None
    allowed: tuple[str, ...] | None = None
    hides_new: bool | None = None
    limits: Mapping[str, int] = field(default_factory=dict)


def edit(
    session: Session,
    actor: Actor,
    connection_id: int,
    changes: Changes,
    *,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Connection:
    """Change a connection. Where its address leads to another server, its secrets do not follow."""
    with writing(session):
        connection = rights.own(session, actor, connection_id)
        row = row_of(rows, connection.provider)
        facts = _rename(session, connection, changes)
        facts |= _move(session, actor, connection, row, rows, changes, vault)
        facts |= _seal(session, actor, connection, row, changes, vault)
        facts |= _wait(connection, changes) | _trust(connection, changes)
        facts |= _enter(session, connection, changes) | _allow(connection, changes)
        facts |= limits.put(connection, changes.limits)
        if facts:
            if facts.keys() & CHANGES_ALL:
                restate(connection, State.UNTESTED, None)
            names.flush(session, connection)
            facts = rights.told(connection, **facts)
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
    source: str = "typed",
) -> Connection:
    """Put a new key in the place of the old one at once, untested."""
    with writing(session):
        connection = rights.own(session, actor, connection_id)
        row = row_of(rows, connection.provider)
        key = keys.clean(row, secret)
        if key is None:
            raise keys.missing()
        take(session, actor, connection, row, key, vault, source=source)
    return connection


def _rename(session: Session, connection: Connection, changes: Changes) -> Facts:
    if changes.name is None or changes.name.strip() == connection.name:
        return {}
    before, connection.name = connection.name, names.check(session, changes.name)
    return {"was": before}


def _move(
    session: Session,
    actor: Actor,
    connection: Connection,
    row: Provider,
    rows: Mapping[str, Provider],
    changes: Changes,
    vault: Vault,
) -> Facts:
    private = connection.private if changes.private is None else changes.private
    private = private and row.reach is Reach.SWITCH
    url = connection.base_url
    if changes.base_url is not None:
        url = base_urls.normalise(row, changes.base_url)
    if (url, private) == (connection.base_url, connection.private):
        return {}
    base_urls.refuse_gone(rows, url)
    base_urls.allow(row, url, private=private)
    facts = _leave_secrets(session, actor, connection, row, url, changes, vault)
    connection.base_url, connection.private = url, private
    connection.learned = {}  # what calls have shown was about the server before
    return facts | {"url": url, "private": str(private).lower()}


def _leave_secrets(
    session: Session,
    actor: Actor,
    connection: Connection,
    row: Provider,
    url: str,
    changes: Changes,
    vault: Vault,
) -> Facts:
    """Secrets were given for the host before: for another one they are asked for again."""
    if not connection.credentials or base_urls.keeps_secrets(connection.base_url, url):
        return {}
    if keys.FIELD in row.needs and not changes.secret:
        raise keys.missing()
    given = {name.lower() for name, _ in changes.headers} | {
        name.lower() for name in changes.drop_headers
    }
    left = [name for name in connection.header_names if name.lower() not in given]
    if left:
        sentence = N_(
            "The address leads to another server. Enter the value of %(names)s again, or remove it."
        )
        raise Refused(sentence, field=headers.FIELD, names=", ".join(left))
    facts = {"key": "dropped"} if connection.key else {}
    left_keys.part(actor, connection, row, vault)
    keys.drop(session, connection, *(one.field for one in connection.credentials))
    return facts


def _seal(
    session: Session,
    actor: Actor,
    connection: Connection,
    row: Provider,
    changes: Changes,
    vault: Vault,
) -> Facts:
    facts: Facts = {}
    secret = keys.clean(row, changes.secret) if changes.secret else None
    if secret is not None:
        replace(session, actor, connection, row, secret, vault)
        facts["key"] = "replaced"
    dropped = [name for name in changes.drop_headers if keys.drop_header(session, connection, name)]
    added = headers.check(changes.headers, row)
    keys.seal_headers(session, actor, connection, added, vault)
    headers.check_count(connection.header_names)
    if dropped or added:
        facts["headers"] = ", ".join(connection.header_names)
    return facts


def _wait(connection: Connection, changes: Changes) -> Facts:
    if changes.first_byte_seconds is None:
        return {}
    seconds = entered.seconds(changes.first_byte_seconds)
    if seconds == connection.first_byte_seconds:
        return {}
    connection.first_byte_seconds = seconds
    return {"first_byte_seconds": str(seconds or "usual")}


def _trust(connection: Connection, changes: Changes) -> Facts:
    if changes.ca_pem is None:
        return {}
    certificates = read_ca(changes.ca_pem) or None
    if certificates == connection.ca_pem:
        return {}
    connection.ca_pem = certificates
    return {"certificates": "replaced" if certificates else "removed"}


def _enter(session: Session, connection: Connection, changes: Changes) -> Facts:
    if changes.models is None:
        return {}
    model_ids = entered.clean(changes.models)
    if list(model_ids) == entered.ids(session, connection):
        return {}
    entered.enter(session, connection, model_ids)
    return {"models": str(len(model_ids))}


def _allow(connection: Connection, changes: Changes) -> Facts:
    facts: Facts = {}
    if changes.allowed is not None:
        allowed = allowing.clean(changes.allowed)
        if allowed != connection.allowed:
            connection.allowed = allowed
            facts["allowed"] = ", ".join(allowed) or "all"
    if changes.hides_new is not None and changes.hides_new != connection.hides_new:
        connection.hides_new = changes.hides_new
        facts["hides_new"] = str(changes.hides_new).lower()
    return facts
