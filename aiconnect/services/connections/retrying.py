"""Somebody wants a connection tried now that the gateway leaves alone."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect.models import Connection
from aiconnect.services import audit
from aiconnect.services.audit import Actor
from aiconnect.services.connections.rights import own
from aiconnect.services.writing import writing


def retry(session: Session, actor: Actor, connection_id: int) -> Connection:
    """Write down who wants it; whoever holds the breakers forgets its failures.

    Raises NotFound to strangers, Refused to those who may only look.
    """
    with writing(session):
        connection = own(session, actor, connection_id)
        audit.record(session, actor, "retry.connection", connection.name)
    return connection
