"""A connection's models listed anew, from its provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.errors import ProviderError, Refused
from aiconnect.models import Connection
from aiconnect.providers.spec import Provider
from aiconnect.services import audit, connections, states
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.services.catalog.storing import Refresh, store_models
from aiconnect.services.trials import KEY_IS_FINE
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing

if TYPE_CHECKING:  # commands list models without ever calling anyone
    from aiconnect.client import Client


def refresh(
    session: Session,
    actor: Actor,
    connection_id: int,
    *,
    client: Client,
    rows: Mapping[str, Provider],
    vault: Vault,
    seconds: float | None = None,
) -> Refresh:
    """List a connection's models anew; its state becomes what the list step of a test would say."""
    connection = connections.own(session, actor, connection_id)
    row = connections.row_of(rows, connection.provider)
    asked = connections.identity(connection)
    session.commit()  # no transaction stays open while the provider is waited for
    cards, code, facts = _ask(connection, seconds, client=client, rows=rows, vault=vault)
    finding = states.with_common(connection, row, code, facts)
    with writing(session):
        connection = connections.get(session, connection_id)
        if connections.identity(connection) != asked:
            return Refresh(finding=finding)
        now = clock.now()
        states.flip(connection, finding, now, asked=_is_asked(actor))
        if cards is None:
            found = Refresh(finding=finding)
        else:
            found = store_models(session, connection, cards, now, asked=_is_asked(actor))
        if _is_asked(actor) or found.added or found.gone:
            audit.record(session, actor, "refresh.models", connection.name, found=str(found.found))
    return found


def _is_asked(actor: Actor) -> bool:
    """Whether somebody waits for it, or it runs on the clock."""
    return actor.via != SYSTEM.via


def _ask(
    connection: Connection,
    seconds: float | None,
    *,
    client: Client,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> tuple[Sequence[ModelCard] | None, str, Mapping[str, str]]:
    try:
        target = connections.target(connection, rows=rows, vault=vault, ways=client.ways)
    except Refused:
        return None, "key_unreadable", {}
    try:
        doubt = _doubt(client, target, seconds)
        cards = client.models(target, seconds=seconds).cards
    except ProviderError as error:
        code = error.code
        if code == "key_refused" and target.secret is None:
            code = "key_missing"
        return None, code, error.finding.facts
    found = {"models": str(len(cards))}
    if doubt is not None:
        return cards, doubt.code, {**found, **doubt.finding.facts}
    return cards, "ok" if cards else "no_models", found


def _doubt(client: Client, target: Target, seconds: float | None) -> ProviderError | None:
    """What the call that proves the key says but nothing against the key: some lists are public.

    Raises ProviderError where the key itself is refused.
    """
    if target.secret is None:
        return None
    try:
        client.prove(target, seconds=seconds)
    except ProviderError as error:
        if error.code not in KEY_IS_FINE:
            raise
        return error
    return None
