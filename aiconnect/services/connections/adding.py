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
from aiconnect.services.connections import base_urls, entered, headers, keys, names, rights
from aiconnect.services.connections.certificates import read_ca
from aiconnect.services.connections.finding import row_of
from aiconnect.services.connections.headers import Headers
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing


@dataclass(frozen=True, slots=True)
class Draft:
    """What someone filled in to add a connection.

    `owner_id` makes it the personal connection of that person; `source` is where the key comes
    from (typed or oauth).
    """

    provider: str
    name: str = ""
    base_url: str = ""
    secret: Secret | None = None
    private: bool = False
    models: tuple[str, ...] = ()
    headers: Headers = ()
    ca_pem: str | None = None
    first_byte_seconds: int | None = None
    owner_id: int | None = None
    source: str = "typed"


def add(
    session: Session, actor: Actor, draft: Draft, *, rows: Mapping[str, Provider], vault: Vault
) -> Connection:
    """Save a new connection, untested; calls nobody."""
    row = row_of(rows, draft.provider)
    url = base_urls.normalise(row, draft.base_url)
    base_urls.refuse_gone(rows, url)
    base_urls.allow(row, url, private=draft.private)
    added = headers.check(draft.headers, row)
    secret, models = keys.clean(row, draft.secret), entered.clean(draft.models)
    with writing(session):
        rights.check_add(session, actor, draft.owner_id)
        connection = _drafted(session, actor, row, draft, url)
        names.flush(session, connection)
        if secret is not None:
            keys.seal(session, actor, connection, secret, vault, source=draft.source)
        keys.seal_headers(session, actor, connection, added, vault)
        entered.enter(session, connection, models)
        facts = rights.told(connection, provider=row.slug, url=url)
        audit.record(session, actor, "add.connection", connection.name, **facts)
        installation.bump_revision(session)
    return connection


def _drafted(session: Session, actor: Actor, row: Provider, draft: Draft, url: str) -> Connection:
    now = clock.now()
    last = session.scalar(select(func.max(Connection.position))) or 0
    return Connection(
        name=names.choose(session, draft.name, row.slug),
        provider=row.slug,
        owner_id=draft.owner_id,
        base_url=url,
        private=draft.private and row.reach is Reach.SWITCH,
        ca_pem=read_ca(draft.ca_pem or "") or None,
        first_byte_seconds=entered.seconds(draft.first_byte_seconds),
        position=last + 1,
        state_since=now,
        made_at=now,
        made_by=actor.name,
        credentials=[],
    )
