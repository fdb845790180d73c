"""Keys put in place, and taken out of it: each within one unit of work."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from aiconnect.errors import N_, Refused
from aiconnect.models import Connection, State
from aiconnect.models.connection import NEXT_KEY
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import audit, connections, installation
from aiconnect.services.audit import Actor
from aiconnect.services.connections import keys, left_keys
from aiconnect.services.connections.replacing import drop_next, restate, take
from aiconnect.services.key_changes.beside import awaited, changing, note
from aiconnect.services.vault import CannotOpen, Vault


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
            take(session, actor, connection, row, key, vault)
        else:
            keys.seal(session, actor, connection, key, vault, field=NEXT_KEY)
            note(connection, None)
            audit.record(session, actor, "offer.credential", connection.name)
    return connection


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
        place(session, actor, connection, row, vault)
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
        keys.drop(session, connection, keys.FIELD)
        drop_next(session, connection)
        state, finding = State.UNTESTED, None
        if row is not None and keys.FIELD in row.needs:
            state, finding = State.NEEDS_ATTENTION, "key_missing"
        restate(connection, state, finding)
        audit.record(session, actor, "remove.credential", connection.name)
        installation.bump_revision(session)
    return connection


def _refuse_same(connection: Connection, key: Secret, vault: Vault) -> None:
    try:
        present = keys.open_key(connection, vault)
    except CannotOpen:
        return
    if present == key:
        sentence = N_("This is the key that is in use already. Enter the new one.")
        raise Refused(sentence, field=keys.FIELD)


def place(
    session: Session, actor: Actor, connection: Connection, row: Provider, vault: Vault
) -> None:
    """The whole switch, within the running unit of work: a call finds the one key or the other."""
    credential = awaited(connection)
    try:
        secret = keys.open_field(connection, credential, vault)
    except CannotOpen:
        sentence = N_("The new key does not open with the master key. Enter it again.")
        raise Refused(sentence, field=keys.FIELD) from None
    take(session, actor, connection, row, secret, vault, source=credential.source)
