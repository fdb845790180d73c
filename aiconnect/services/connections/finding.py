"""Connections by id, by name, in the team's order; and a connection's provider."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from aiconnect.errors import N_, NotFound
from aiconnect.models import Connection
from aiconnect.providers.spec import Provider

LARGEST = 2**31  # what a database takes as an id


def get(session: Session, connection_id: int) -> Connection:
    """The connection with this id as it is now; raises NotFound."""
    found = session.get(
        Connection,
        storable_id(connection_id),
        options=[selectinload(Connection.credentials)],
        populate_existing=True,  # another process may have changed it since it was read here
    )
    if found is None:
        raise missing()
    return found


def storable_id(number: int) -> int:
    """The number, if a database takes it as an id, or one that no record has."""
    return number if 0 < number < LARGEST else 0


def missing() -> NotFound:
    """What is said of a connection that is not there, or not for who asks."""
    return NotFound(N_("There is no such connection."))


def by_name(session: Session, name: str) -> Connection:
    """The connection with this name; raises NotFound."""
    rows = select(Connection).options(selectinload(Connection.credentials))
    found = session.scalar(rows.where(Connection.name == name.strip()))
    if found is None:
        sentence = N_("There is no connection named %(name)s.")
        raise NotFound(sentence, field="connection", name=name.strip())
    return found


def all(session: Session) -> list[Connection]:  # noqa: A001 (read as `connections.all`)
    """Every connection in the team's order."""
    rows = select(Connection).options(selectinload(Connection.credentials))
    return list(session.scalars(rows.order_by(Connection.position, Connection.id)))


def row_of(rows: Mapping[str, Provider], slug: str) -> Provider:
    """The provider with this slug; raises NotFound."""
    row = rows.get(slug)
    if row is None:
        raise NotFound(N_("There is no provider %(slug)s."), field="provider", slug=slug)
    return row
