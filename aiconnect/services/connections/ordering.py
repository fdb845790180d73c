"""The order of connections: a bare model name goes to the first that serves it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect.models import Connection
from aiconnect.services import audit, installation
from aiconnect.services.audit import Actor
from aiconnect.services.connections.finding import all as every
from aiconnect.services.connections.rights import own
from aiconnect.services.writing import writing


def move(session: Session, actor: Actor, connection_id: int, *, up: bool) -> Connection:
    """Put it before (or behind) its neighbour, the team's among the team's; at the end it stays."""
    with writing(session):
        connection = own(session, actor, connection_id)
        order = every(session)
        neighbour = _neighbour(order, connection, up=up)
        if neighbour is not None:
            _place(order, connection, neighbour, up=up)
            facts = {"before" if up else "behind": neighbour.name}
            audit.record(session, actor, "move.connection", connection.name, **facts)
            installation.bump_revision(session)
    return connection


def _neighbour(order: list[Connection], connection: Connection, *, up: bool) -> Connection | None:
    peers = [one for one in order if one.owner_id == connection.owner_id]
    place = peers.index(connection) + (-1 if up else 1)
    return peers[place] if 0 <= place < len(peers) else None


def _place(
    order: list[Connection], connection: Connection, neighbour: Connection, *, up: bool
) -> None:
    order.remove(connection)
    order.insert(order.index(neighbour) + (0 if up else 1), connection)
    for position, one in enumerate(order, 1):
        one.position = position
