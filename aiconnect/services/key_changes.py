"""A new key in the place of the old one, with overlap.

The new key is sealed beside the old one and tested, while calls go on with the old one. One that
works takes its place in a single step; one that does not waits until somebody decides. The old
key stays valid at the provider, and a note reminds of that until somebody dismisses it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.client import Client
from aiconnect.errors import N_, Conflict, Finding, ProviderError, Refused
from aiconnect.models import Connection, Credential, State
from aiconnect.models.connection import NEXT_KEY
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import audit, catalog, connections, findings, installation, states
from aiconnect.services.audit import Actor
from aiconnect.services.connections import keys, left_keys
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.services.writing import writing

SECONDS = 15.0
WORKS = {State.CONNECTED, State.WARNING}


@dataclass(frozen=True, slots=True)
class NextKey:
    """A key that waits: how it ends, who entered it when, and what its test found, if it ended."""

    last4: str
    made_at: datetime
    made_by: str
    finding: Finding | None
    tested_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What the test of the new key found, and whether it is in place now."""

    finding: Finding
    is_in_place: bool


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


def offer(
    session: Session,
    actor: Actor,
    connection_id: int,
    secret: Secret,
    *,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Connection:
    """Seal a new key beside the one in use; calls nobody. Where none is in use, it is at once."""
    with changing(session, actor, connection_id) as connection:
        row = connections.row_of(rows, connection.provider)
        key = keys.clean(row, secret)
        if key is None:
            raise keys.missing()
        _refuse_same(connection, key, vault)
        if connection.key is None:
            _put(session, actor, connection, row, key, "typed", vault)
        else:
            keys.seal(session, actor, connection, key, vault, field=NEXT_KEY)
            _note_next(connection, None)
            audit.record(session, actor, "offer.credential", connection.name)
    return connection


def try_out(
    session: Session,
    actor: Actor,
    connection_id: int,
    *,
    client: Client,
    rows: Mapping[str, Provider],
    vault: Vault,
    seconds: float = SECONDS,
) -> Tried:
    """Test the key that waits; one that works takes the place of the key in use."""
    connection = connections.own(session, actor, connection_id)
    row = connections.row_of(rows, connection.provider)
    credential = _awaited(connection)
    asked = credential.sealed, connection.base_url
    target = _target(connection, credential, row, client=client, vault=vault)
    session.commit()  # no transaction stays open while the provider is waited for
    found, cards = _ask(client, target, seconds)
    finding = states.with_common(connection, row, found.code, found.facts)
    with changing(session, actor, connection_id) as connection:
        if (_awaited(connection).sealed, connection.base_url) != asked:
            raise Conflict(N_("The connection was changed meanwhile. Test the key again."))
        if findings.state_of(finding.code, finding.facts) not in WORKS:
            _note_next(connection, finding)
            return Tried(finding, is_in_place=False)
        _switch(session, actor, connection, row, vault)
        states.flip(connection, finding, clock.now())
        if cards is not None:
            catalog.store_models(session, connection, cards, clock.now())
    return Tried(finding, is_in_place=True)


def switch(
    session: Session,
    actor: Actor,
    connection_id: int,
    *,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Connection:
    """Put the key that waits in place, whatever its test found: the person has decided so."""
    with changing(session, actor, connection_id) as connection:
        row = connections.row_of(rows, connection.provider)
        _switch(session, actor, connection, row, vault)
    return connection


def drop(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Forget the key that waits; the one in use stays."""
    with changing(session, actor, connection_id) as connection:
        keys.drop(session, connection, NEXT_KEY)
        _note_next(connection, None)
        audit.record(session, actor, "drop.credential", connection.name)
    return connection


def put(
    session: Session,
    actor: Actor,
    connection_id: int,
    secret: Secret,
    *,
    source: str,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Connection:
    """Put a key in place at once: the provider itself has just made it."""
    with changing(session, actor, connection_id) as connection:
        row = connections.row_of(rows, connection.provider)
        _put(session, actor, connection, row, secret, source, vault)
    return connection


def disconnect(
    session: Session,
    actor: Actor,
    connection_id: int,
    *,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Connection:
    """Forget the key and keep the connection; where the provider needs one, that is said."""
    with changing(session, actor, connection_id) as connection:
        row = rows.get(connection.provider)
        left_keys.part(actor, connection, row, vault)
        keys.drop(session, connection, keys.FIELD, NEXT_KEY)
        _note_next(connection, None)
        state, finding = State.UNTESTED, None
        if row is not None and keys.FIELD in row.needs:
            state, finding = State.NEEDS_ATTENTION, "key_missing"
        _restate(connection, state, finding)
        audit.record(session, actor, "remove.credential", connection.name)
        installation.bump_revision(session)
    return connection


def dismiss(session: Session, actor: Actor, connection_id: int, left_id: int) -> None:
    """Stop reminding of a key that was left."""
    with changing(session, actor, connection_id) as connection:
        left_keys.dismiss(connection, left_id)
        audit.record(session, actor, "dismiss.left_key", connection.name)


def _next(connection: Connection) -> Credential | None:
    return next((one for one in connection.credentials if one.field == NEXT_KEY), None)


def _awaited(connection: Connection) -> Credential:
    row = _next(connection)
    if row is None:
        raise Refused(N_("No new key waits here. Enter one first."), field=keys.FIELD)
    return row


def _refuse_same(connection: Connection, key: Secret, vault: Vault) -> None:
    try:
        present = keys.open_key(connection, vault)
    except CannotOpen:
        return
    if present == key:
        sentence = N_("This is the key that is in use already. Enter the new one.")
        raise Refused(sentence, field=keys.FIELD)


def _target(
    connection: Connection, credential: Credential, row: Provider, *, client: Client, vault: Vault
) -> Target | None:
    """The connection opened with the key that waits; None where a secret does not open."""
    try:
        secret = keys.open_field(connection, credential, vault)
        headers = keys.open_headers(connection, vault)
    except CannotOpen:
        return None
    bare = connections.closed(connection, row, ways=client.ways)
    return replace(bare, secret=secret, headers=headers)


def _ask(
    client: Client, target: Target | None, seconds: float
) -> tuple[Finding, Sequence[ModelCard] | None]:
    """What a real test of the key says: proved first, for some lists are public; then the list."""
    if target is None:
        return Finding("key_unreadable"), None
    ends = time.monotonic() + seconds
    try:
        client.prove(target, seconds=seconds)
        cards = client.models(target, seconds=ends - time.monotonic()).cards
    except ProviderError as error:
        return error.finding, None
    return Finding("ok" if cards else "no_models", {"models": str(len(cards))}), cards


def _switch(
    session: Session, actor: Actor, connection: Connection, row: Provider, vault: Vault
) -> None:
    """The whole switch, within the running unit of work: a call finds the one key or the other."""
    credential = _awaited(connection)
    try:
        secret = keys.open_field(connection, credential, vault)
    except CannotOpen:
        sentence = N_("The new key does not open with the master key. Enter it again.")
        raise Refused(sentence, field=keys.FIELD) from None
    _put(session, actor, connection, row, secret, credential.source, vault)


def _put(
    session: Session,
    actor: Actor,
    connection: Connection,
    row: Provider,
    secret: Secret,
    source: str,
    vault: Vault,
) -> None:
    left_keys.part(actor, connection, row, vault, following=secret)
    keys.drop(session, connection, NEXT_KEY)
    keys.seal(session, actor, connection, secret, vault, source=source)
    _note_next(connection, None)
    _restate(connection, State.UNTESTED, None)
    audit.record(session, actor, "rotate.credential", connection.name, source=source)
    installation.bump_revision(session)


def _note_next(connection: Connection, finding: Finding | None) -> None:
    noted = {name: note for name, note in (connection.key_notes or {}).items() if name != "next"}
    if finding is not None:
        at = clock.iso(clock.now())
        noted["next"] = {"code": finding.code, "facts": dict(finding.facts), "at": at}
    connection.key_notes = noted


def _restate(connection: Connection, state: State, finding: str | None) -> None:
    if connection.state != state:
        connection.state, connection.state_since = state, clock.now()
    connection.finding, connection.facts, connection.checked_at = finding, {}, None
    connection.failures = 0
