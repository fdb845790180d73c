"""A connection's key: brought into form, sealed, opened, remarked upon."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import Connection, Credential
from aiconnect.models.connection import HEADER
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services.audit import Actor
from aiconnect.services.vault import Vault

FIELD = "api_key"
SHAPE = re.compile(r"[!-~]{1,4000}")


def clean(row: Provider, typed: Secret | None) -> Secret | None:
    """The key without what was pasted around it, None for none; raises Refused(field="api_key")."""
    text = typed.reveal().strip() if typed else ""
    text = text.removeprefix("Bearer ").strip()
    if text and not row.has(FIELD):
        raise Refused(N_("%(provider)s takes no key."), field=FIELD, provider=row.name)
    if not text and FIELD in row.needs:
        raise missing()
    if text and not SHAPE.fullmatch(text):
        sentence = N_("The key has spaces or characters in it that no key has. Copy it again.")
        raise Refused(sentence, field=FIELD)
    return Secret(text) if text else None


def missing() -> Refused:
    """What is said where a key must be given."""
    return Refused(N_("Enter the API key."), field=FIELD)


def seal(
    session: Session, actor: Actor, connection: Connection, secret: Secret, vault: Vault
) -> None:
    """Put the sealed key in the place of any other, within the running unit of work."""
    connection.credentials.clear()
    session.flush()
    row = Credential(
        field=FIELD, sealed="", last4=secret.last4, made_at=clock.now(), made_by=actor.name
    )
    connection.credentials.append(row)
    session.flush()  # sealing needs the row's id
    row.sealed = vault.seal("credential", row.id, _bound(connection, FIELD), secret)


def open_key(connection: Connection, vault: Vault) -> Secret | None:
    """The key, or None where there is none; raises CannotOpen."""
    row = connection.key
    if row is None:
        return None
    return vault.open("credential", row.id, _bound(connection, row.field), row.sealed)


def open_headers(connection: Connection, vault: Vault) -> dict[str, Secret]:
    """The headers that the connection adds to its calls; raises CannotOpen."""
    found = {}
    for row in connection.credentials:
        kind, _, name = row.field.partition(":")
        if kind == HEADER:
            found[name] = vault.open(
                "credential", row.id, _bound(connection, row.field), row.sealed
            )
    return found


def remark(
    row: Provider,
    rows: Mapping[str, Provider],
    secret: Secret,
    *,
    translate: Callable[[str], str] = str,
) -> str | None:
    """A sentence where the key looks like another provider's, or unlike this one's: no refusal."""
    key = secret.reveal().strip()
    if _fits(row, key):
        return None
    other = next((other for other in rows.values() if _fits(other, key)), None)
    if other is not None:
        sentence = translate(N_("This looks like a key of %(other)s, not of %(provider)s."))
        return sentence % {"other": other.name, "provider": row.name}
    if row.key_form:
        sentence = translate(N_("Keys of %(provider)s usually look different."))
        return sentence % {"provider": row.name}
    return None


def _fits(row: Provider, key: str) -> bool:
    return bool(row.key_form) and re.fullmatch(row.key_form, key) is not None


def _bound(connection: Connection, field: str) -> str:
    """Sealed for its connection too: a credential pointed at another one does not open."""
    return f"{field}@{connection.id}"
