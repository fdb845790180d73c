"""A key in the place of another, whoever brings it: one way, within the running unit of work."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, State
from aiconnect.models.connection import NEXT_KEY
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import audit, installation
from aiconnect.services.audit import Actor
from aiconnect.services.connections import keys, left_keys
from aiconnect.services.vault import Vault


def replace(
    session: Session,
    actor: Actor,
    connection: Connection,
    row: Provider,
    secret: Secret,
    vault: Vault,
    *,
    source: str = "typed",
) -> None:
    """Seal the key; the one before is left to be ended at the provider, one that waited is gone."""
    left_keys.part(actor, connection, row, vault, following=secret)
    drop_next(session, connection)
    keys.seal(session, actor, connection, secret, vault, source=source)


def take(
    session: Session,
    actor: Actor,
    connection: Connection,
    row: Provider,
    secret: Secret,
    vault: Vault,
    *,
    source: str = "typed",
) -> None:
    """Replace the key, write it down, and begin anew: nothing is known of the connection yet."""
    replace(session, actor, connection, row, secret, vault, source=source)
    restate(connection, State.UNTESTED, None)
    audit.record(session, actor, "rotate.credential", connection.name, source=source)
    installation.bump_revision(session)


def restate(connection: Connection, state: State, finding: str | None) -> None:
    """Put it into a state that no test has found; what the last one found is forgotten."""
    if connection.state != state:
        connection.state, connection.state_since = state, clock.now()
    connection.finding, connection.facts, connection.checked_at = finding, {}, None
    connection.failures = 0


def drop_next(session: Session, connection: Connection) -> None:
    """Forget a key that waits, and what its test has found."""
    keys.drop(session, connection, NEXT_KEY)
    noted = connection.key_notes or {}
    connection.key_notes = {name: said for name, said in noted.items() if name != "next"}
