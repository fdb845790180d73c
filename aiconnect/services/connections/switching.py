"""Switching a connection on and off, and removing it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection
from aiconnect.services import audit, installation
from aiconnect.services.audit import Actor
from aiconnect.services.connections import others, rights
from aiconnect.services.connections.rights import ending, own
from aiconnect.services.writing import writing


def enable(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Switch it on: calls reach it again."""
    with writing(session):
        connection = own(session, actor, connection_id)
        _switch(session, actor, connection, on=True)
    return connection


def disable(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Switch it off: nothing calls it, its settings stay."""
    with writing(session):
        connection = ending(session, actor, connection_id)
        _switch(session, actor, connection, on=False)
    return connection


def remove(session: Session, actor: Actor, connection_id: int) -> None:
    """Remove it with its key, models and checks; the ledger keeps its name."""
    with writing(session):
        connection = ending(session, actor, connection_id)
        others.remember(session, connection)
        session.delete(connection)
        facts = rights.told(connection, provider=connection.provider, url=connection.base_url)
        audit.record(session, actor, "remove.connection", connection.name, **facts)
        installation.bump_revision(session)


def _switch(session: Session, actor: Actor, connection: Connection, *, on: bool) -> None:
    if connection.enabled == on:
        return
    connection.enabled, connection.switched_at = on, clock.now()
    verb = "enable" if on else "disable"
    audit.record(session, actor, f"{verb}.connection", connection.name)
    installation.bump_revision(session)
