"""A connection's secrets: brought into form, sealed, dropped, opened."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import Connection, Credential
from aiconnect.models.connection import HEADER, NEXT_KEY
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services.audit import Actor
from aiconnect.services.connections.headers import Headers
from aiconnect.services.vault import Vault

FIELD = "api_key"
SHAPE = re.compile(r"[!-~]{1,4000}")
ASSIGNED = re.compile(r"(?:export\s+)?[A-Z0-9_]*(?:KEY|TOKEN|SECRET)[A-Z0-9_]*\s*[=:]\s*(\S.*)")
HEADER_BEGINS = re.compile(r"(?i)^(?:authorization:\s*)?bearer\s+")


def clean(row: Provider, typed: Secret | None) -> Secret | None:
    """The key without what was pasted around it, None for none; raises Refused(field="api_key")."""
    text = bare(typed.reveal()) if typed else ""
    if text.startswith(("https://", "http://")):
        raise Refused(N_("This is an address, not a key. Copy the key itself."), field=FIELD)
    if text and not row.has(FIELD):
        raise Refused(N_("%(provider)s takes no key."), field=FIELD, provider=row.name)
    if not text and FIELD in row.needs:
        raise missing()
    if text and not SHAPE.fullmatch(text):
        sentence = N_("The key has spaces or characters in it that no key has. Copy it again.")
        raise Refused(sentence, field=FIELD)
    return Secret(text) if text else None


def bare(text: str) -> str:
    """A key without what is copied along with it: `NAME=`, quotes, `Authorization: Bearer`."""
    text = text.strip()
    if assigned := ASSIGNED.fullmatch(text):
        text = assigned[1]
    return HEADER_BEGINS.sub("", text.strip().strip("\"'`")).strip()


def missing() -> Refused:
    """What is said where a key must be given."""
    return Refused(N_("Enter the API key."), field=FIELD)


def seal(
    session: Session,
    actor: Actor,
    connection: Connection,
    secret: Secret,
    vault: Vault,
    *,
    field: str = FIELD,
    source: str = "typed",
) -> None:
    """Put the sealed secret in the place of the one before, within the running unit of work."""
    drop(session, connection, field)
    row = Credential(
        field=field,
        sealed="",
        last4=secret.last4 if field in {FIELD, NEXT_KEY} else "",
        made_at=clock.now(),
        made_by=actor.name,
        source=source,
    )
    connection.credentials.append(row)
    session.flush()  # sealing needs the row's id
    row.sealed = vault.seal("credential", row.id, _bound(connection, field), secret)


def seal_headers(
    session: Session, actor: Actor, connection: Connection, headers: Headers, vault: Vault
) -> None:
    """Seal the values of headers, each in the place of one with the same name in any letters."""
    for name, value in headers:
        drop_header(session, connection, name)
        seal(session, actor, connection, value, vault, field=f"{HEADER}:{name}")


def drop_header(session: Session, connection: Connection, name: str) -> bool:
    """Remove a header, whatever the case of its letters; says whether it was there."""
    fields = [f"{HEADER}:{one}" for one in connection.header_names if one.lower() == name.lower()]
    drop(session, connection, *fields)
    return bool(fields)


def drop(session: Session, connection: Connection, *fields: str) -> None:
    """Remove secrets of a connection."""
    for row in [one for one in connection.credentials if one.field in fields]:
        connection.credentials.remove(row)
    session.flush()  # a new row with the same field comes after


def open_key(connection: Connection, vault: Vault) -> Secret | None:
    """The key, or None where there is none; raises CannotOpen."""
    row = connection.key
    return open_field(connection, row, vault) if row else None


def open_field(connection: Connection, row: Credential, vault: Vault) -> Secret:
    """One secret of a connection; raises CannotOpen."""
    return vault.open("credential", row.id, _bound(connection, row.field), row.sealed)


def open_headers(connection: Connection, vault: Vault) -> dict[str, Secret]:
    """The headers that the connection adds to its calls; raises CannotOpen."""
    found = {}
    for row in connection.credentials:
        kind, _, name = row.field.partition(":")
        if kind == HEADER:
            found[name] = open_field(connection, row, vault)
    return found


def _bound(connection: Connection, field: str) -> str:
    """Sealed for its connection too: a credential pointed at another one does not open."""
    return f"{field}@{connection.id}"
