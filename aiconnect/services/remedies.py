"""Carries out what mends a finding: the fix is worked out anew here, whatever a page says."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import Connection, State
from aiconnect.providers.spec import Provider, Reach
from aiconnect.services import audit, connections, findings, installation
from aiconnect.services.audit import Actor
from aiconnect.services.connections import Changes, base_urls
from aiconnect.services.findings.mending import LONGER
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing


def apply(
    session: Session,
    actor: Actor,
    connection_id: int,
    kind: str,
    *,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> Connection:
    """Mend what was found at a connection in this way; raises Refused where it does not fit."""
    connection = connections.own(session, actor, connection_id)
    row = connections.row_of(rows, connection.provider)
    code = connection.finding or "ok"
    offered = findings.fixes(code, connection.facts, connection.base_url, row)
    fix = next((one for one in offered if one.kind == kind and one.is_change), None)
    if fix is None:
        sentence = N_("The connection has changed meanwhile. Test it again to see what it needs.")
        raise Refused(sentence)
    if kind == "switch_type":
        return _switch_type(session, actor, connection_id, rows=rows)
    is_patience = kind == "patience"
    changes = Changes(first_byte_seconds=int(LONGER)) if is_patience else Changes(base_url=fix.url)
    return connections.edit(session, actor, connection_id, changes, rows=rows, vault=vault)


def _switch_type(
    session: Session, actor: Actor, connection_id: int, *, rows: Mapping[str, Provider]
) -> Connection:
    """Let it be a connection to the provider that the server was recognised as."""
    with writing(session):
        connection = connections.own(session, actor, connection_id)
        row = connections.row_of(
            rows, findings.type_of(connection.facts.get("looks_like", "")) or ""
        )
        url = connections.normalise(row, connection.base_url)
        private = row.reach is Reach.SWITCH and connections.is_private(url)
        base_urls.allow(row, url, private=private)
        was, connection.provider = connection.provider, row.slug
        connection.base_url, connection.private, connection.learned = url, private, {}
        connection.state, connection.state_since = State.UNTESTED, clock.now()
        connection.finding, connection.facts, connection.checked_at = None, {}, None
        facts = {"provider": row.slug, "was": was}
        audit.record(session, actor, "change.connection", connection.name, **facts)
        installation.bump_revision(session)
    return connection
