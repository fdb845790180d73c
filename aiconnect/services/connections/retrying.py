"""Somebody wants a connection tried now that the gateway leaves alone."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection
from aiconnect.services import audit, installation
from aiconnect.services.audit import Actor
from aiconnect.services.connections.rights import own
from aiconnect.services.writing import writing


def retry(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Write down who wants it and when; every process of the gateway forgets its failures.

    Raises NotFound to strangers, Refused to those who may only look.
    """
    with writing(session):
        connection = own(session, actor, connection_id)
        _forgive(session, connection)
        audit.record(session, actor, "retry.connection", connection.name)
    return connection


def forgive(session: Session, connection_id: int) -> None:
    """The same without anybody's wish: a test has shown that it works."""
    with writing(session):
        connection = session.get(Connection, connection_id)
        if connection is not None:
            _forgive(session, connection)


def _forgive(session: Session, connection: Connection) -> None:
    connection.retried_at = clock.now()
    installation.bump_revision(session)
