"""The end of an attempt: the key is fetched and sealed, then its models and account are read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

from sqlalchemy.orm import Session

from aiconnect.client import Client
from aiconnect.errors import N_, Conflict, Refused
from aiconnect.models import Connection, OAuthAttempt
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import catalog, connections, provider_accounts
from aiconnect.services.audit import Actor
from aiconnect.services.connections import Draft
from aiconnect.services.oauth.attempts import claim, close, oauth_of
from aiconnect.services.oauth.exchange import NoKey, exchange
from aiconnect.services.vault import Vault

CONNECTED = "connected"
LONGEST_CODE = 2000
LOOK_SECONDS = 10.0
"""How long the list and the account may take in all: the connection is saved before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider gave to the browser: a code, or a word for why there is none."""

    code: Secret | None = None
    error: str = ""


def pasted(text: str) -> Answer:
    """The code that somebody pasted, alone or as the address that it stood in."""
    found = text.strip()
    if "code=" in found:
        found = parse_qs(urlsplit(found).query or found).get("code", [""])[0].strip()
    if not found:
        raise Refused(N_("Paste the code that the provider showed."), field="code")
    if len(found) > LONGEST_CODE or not found.isascii() or not found.isprintable() or " " in found:
        sentence = N_("This is not a code: it has spaces or other characters. Copy it again.")
        raise Refused(sentence, field="code")
    return Answer(Secret(found))


def finish(
    session: Session,
    actor: Actor,
    attempt: OAuthAttempt,
    answer: Answer,
    *,
    client: Client,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> bool:
    """Bring an attempt to its end; False where it was used or over before.

    However it ends, the attempt knows its outcome. Once there is a key the connection is saved,
    whatever reading its models and its account says.
    """
    verifier = claim(session, attempt, vault)
    if verifier is None:
        return False
    try:
        key = _key(attempt, answer, verifier, client=client, rows=rows)
        connection = _save(session, actor, attempt, key, rows=rows, vault=vault)
    except NoKey as error:
        close(session, attempt, error.outcome, None)
        return True
    close(session, attempt, CONNECTED, connection.id)
    _look(session, actor, connection.id, client=client, rows=rows, vault=vault)
    return True


def _key(
    attempt: OAuthAttempt,
    answer: Answer,
    verifier: Secret,
    *,
    client: Client,
    rows: Mapping[str, Provider],
) -> Secret:
    if answer.error:
        raise NoKey("denied" if answer.error == "access_denied" else "failed_there")
    if answer.code is None or len(answer.code.reveal()) > LONGEST_CODE:
        raise NoKey("no_code")
    oauth, row = oauth_of(rows, attempt.provider)
    return exchange(client, oauth, row, answer.code, verifier)


def _save(
    session: Session,
    actor: Actor,
    attempt: OAuthAttempt,
    key: Secret,
    *,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Connection:
    """The connection with the key in it; raises NoKey where it may not be saved any more."""
    replaced = attempt.connection_id
    try:
        if replaced is not None:
            return connections.rotate(
                session, actor, replaced, key, source="oauth", rows=rows, vault=vault
            )
        draft = Draft(
            attempt.provider,
            attempt.name,
            secret=key,
            owner_id=actor.person_id if attempt.is_personal else None,
            source="oauth",
        )
        return _added(session, actor, draft, rows=rows, vault=vault)
    except Refused:
        raise NoKey("not_saved") from None


def _added(
    session: Session, actor: Actor, draft: Draft, *, rows: Mapping[str, Provider], vault: Vault
) -> Connection:
    try:
        return connections.add(session, actor, draft, rows=rows, vault=vault)
    except Conflict:  # somebody took the name meanwhile; the key must not be lost for that
        unnamed = replace(draft, name="")
        return connections.add(session, actor, unnamed, rows=rows, vault=vault)


def _look(
    session: Session,
    actor: Actor,
    connection_id: int,
    *,
    client: Client,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> None:
    """Read its models and its account; what fails stays for the person to ask for again."""
    ends = time.monotonic() + LOOK_SECONDS
    catalog.refresh(
        session,
        actor,
        connection_id,
        client=client,
        rows=rows,
        vault=vault,
        seconds=LOOK_SECONDS,
    )
    left = ends - time.monotonic()
    provider_accounts.fetch(
        session, actor, connection_id, client=client, rows=rows, vault=vault, seconds=left
    )
