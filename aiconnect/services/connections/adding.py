"""Adding a connection: saved first, tested when someone asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection
from aiconnect.providers.spec import Provider, Reach
from aiconnect.secret import Secret
from aiconnect.services import audit, installation
from aiconnect.services.audit import Actor
from aiconnect.services.connections import base_urls, entered, keys, names
from aiconnect.services.connections.finding import row_of
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing


@dataclass(frozen=True, slots=True)
class Draft:
    """What someone filled in to add a connection."""

    provider: str
    name: str = ""
    base_url: str = ""
    secret: Secret | None = None
    private: bool = False
    models: tuple[str, ...] = ()


def add(
    session: Session, actor: Actor, draft: Draft, *, rows: Mapping[str, Provider], vault: Vault
) -> Connection:
    """Save a new connection, untested; calls nobody."""
    row = row_of(rows, draft.provider)
    url = base_urls.normalise(row, draft.base_url)
    base_urls.allow(row, url, private=draft.private)
    secret, models = keys.clean(row, draft.secret), entered.clean(draft.models)
    with writing(session):
        name = names.choose(session, draft.name, row.slug)
        connection = _drafted(session, actor, row, name, url)
        connection.private = draft.private and row.reach is Reach.SWITCH
        names.flush(session, connection)
        if secret is not None:
            keys.seal(session, actor, connection, secret, vault)
        entered.enter(session, connection, models)
        audit.record(session, actor, "add.connection", name, provider=row.slug, url=url)
        installation.bump_revision(session)
    return connection


def _drafted(session: Session, actor: Actor, row: Provider, name: str, url: str) -> Connection:
    now = clock.now()
    last = session.scalar(select(func.max(Connection.position))) or 0
    return Connection(
        name=name,
        provider=row.slug,
        base_url=url,
        position=last + 1,
        state_since=now,
        made_at=now,
        made_by=actor.name,
        credentials=[],
    )
