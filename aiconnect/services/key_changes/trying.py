"""The test of a key that waits, while calls go on with the one in use."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.client import Client
from aiconnect.errors import N_, Conflict, Finding, ProviderError
from aiconnect.models import Connection, Credential, State
from aiconnect.providers.spec import Provider
from aiconnect.services import catalog, connections, findings, states
from aiconnect.services.audit import Actor
from aiconnect.services.connections import keys
from aiconnect.services.key_changes.beside import awaited, changing, note
from aiconnect.services.key_changes.placing import place
from aiconnect.services.vault import CannotOpen, Vault

SECONDS = 15.0
WORKS = {State.CONNECTED, State.WARNING}


@dataclass(frozen=True, slots=True)
class Tried:
    """What the test of the new key found, and whether it is in place now."""

    finding: Finding
    is_in_place: bool


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
    credential = awaited(connection)
    asked = credential.id, credential.made_at, connection.base_url
    target = _target(connection, credential, row, client=client, vault=vault)
    session.commit()  # no transaction stays open while the provider is waited for
    said, cards = _ask(client, target, seconds)
    finding = states.with_common(connection, row, said.code, said.facts)
    with changing(session, actor, connection_id) as connection:
        found = awaited(connection)
        if (found.id, found.made_at, connection.base_url) != asked:
            raise Conflict(N_("The connection was changed meanwhile. Test the key again."))
        if findings.state_of(finding.code, finding.facts) not in WORKS:
            note(connection, finding)
            return Tried(finding, is_in_place=False)
        place(session, actor, connection, row, vault)
        states.flip(connection, finding, clock.now())
        if cards is not None:
            catalog.store_models(session, connection, cards, clock.now())
    return Tried(finding, is_in_place=True)


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
