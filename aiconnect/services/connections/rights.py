"""Who may see a connection, and who may change it.

The team's connections are seen by everyone and changed by admins. A personal one belongs to one
person: only they see it whole, test it, call it and change it. Admins see its outline (name,
provider, state, owner) and may switch it off or remove it.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, selectinload

from aiconnect.errors import N_, Refused
from aiconnect.models import Connection, Person, Role
from aiconnect.services.audit import Actor
from aiconnect.services.connections.finding import get, missing

OUTLINE = {"provider", "was", "key"}
"""What the audit log says of a personal connection's changes."""


class Access(StrEnum):
    """How much of a connection someone sees."""

    FULL = "full"
    OUTLINE = "outline"
    NONE = "none"


def access(actor: Actor, connection: Connection) -> Access:
    """How much of this connection they see."""
    if _is_operator(actor) or connection.owner_id in {None, actor.person_id}:
        return Access.FULL
    return Access.OUTLINE if actor.role.covers(Role.ADMIN) else Access.NONE


def may_change(actor: Actor, connection: Connection) -> bool:
    """Whether they may change and test it: the team's as an admin, a personal one as its owner."""
    needed = Role.ADMIN if connection.owner_id is None else Role.MEMBER
    is_theirs = access(actor, connection) is Access.FULL
    return is_theirs and (_is_operator(actor) or actor.role.covers(needed))


def may_end(actor: Actor, connection: Connection) -> bool:
    """Whether they may switch it off and remove it."""
    return may_change(actor, connection) or _is_admin(actor)


def may_add(actor: Actor, owner_id: int | None) -> bool:
    """Whether they may add a connection of this person, or of the team (None)."""
    if _is_operator(actor):
        return True
    if owner_id is None:
        return actor.role.covers(Role.ADMIN)
    return owner_id == actor.person_id and actor.role.covers(Role.MEMBER)


def seen(session: Session, actor: Actor, connection_id: int) -> Connection:
    """The connection, where they see at least its outline; raises NotFound."""
    connection = get(session, connection_id)
    if access(actor, connection) is Access.NONE:
        raise missing()
    return connection


def own(session: Session, actor: Actor, connection_id: int) -> Connection:
    """The connection, where they may change it.

    Raises NotFound to strangers, Refused to those who may only look.
    """
    connection = seen(session, actor, connection_id)
    if not may_change(actor, connection):
        raise _not_theirs(connection)
    return connection


def ending(session: Session, actor: Actor, connection_id: int) -> Connection:
    """The connection, where they may switch it off and remove it; raises as `own` does."""
    connection = seen(session, actor, connection_id)
    if not may_end(actor, connection):
        raise _not_theirs(connection)
    return connection


def visible(session: Session, actor: Actor) -> list[Connection]:
    """What they see at least the outline of, in the team's order."""
    rows = select(Connection).options(selectinload(Connection.credentials))
    if not (_is_operator(actor) or _is_admin(actor)):
        rows = rows.where(whole(actor))
    return list(session.scalars(rows.order_by(Connection.position, Connection.id)))


def whole(actor: Actor) -> ColumnElement[bool]:
    """For queries: connections that they see whole."""
    if _is_operator(actor):
        return true()
    if actor.person_id is None:
        return Connection.owner_id.is_(None)
    return or_(Connection.owner_id.is_(None), Connection.owner_id == actor.person_id)


def owners(session: Session) -> dict[int, str]:
    """The email of each person who owns a personal connection, by the person's id."""
    rows = select(Person.id, Person.email).join(Connection, Connection.owner_id == Person.id)
    return dict(session.execute(rows.distinct()).all())


def told(connection: Connection, **facts: str) -> dict[str, str]:
    """The facts of a change as the audit log may keep them, which admins read."""
    if connection.owner_id is None:
        return facts
    return {name: fact for name, fact in facts.items() if name in OUTLINE} | {"personal": "true"}


def check_add(session: Session, actor: Actor, owner_id: int | None) -> None:
    """Raise Refused where they may not add a connection of this person, or of the team (None)."""
    if not may_add(actor, owner_id):
        if owner_id is None:
            sentence = N_("Only an admin may add connections for the team.")
        else:
            sentence = N_("You can add personal connections for yourself only.")
        raise Refused(sentence, field="owner")
    if owner_id is None:
        return
    person = session.get(Person, owner_id)
    if person is None or person.disabled_at or not Role(person.role).covers(Role.MEMBER):
        sentence = N_("A personal connection belongs to a member whose account is open.")
        raise Refused(sentence, field="owner")


def _is_operator(actor: Actor) -> bool:
    return actor.via in {"command", "system"}


def _is_admin(actor: Actor) -> bool:
    return actor.role.covers(Role.ADMIN)


def _not_theirs(connection: Connection) -> Refused:
    if connection.owner_id is None:
        sentence = N_("Only an admin may change the team's connections. Ask one of them.")
    else:
        sentence = N_("%(name)s is a personal connection. Only its owner may use and change it.")
    return Refused(sentence, name=connection.name)
