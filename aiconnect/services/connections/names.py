"""Names of connections: slugs, unique in the installation."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from aiconnect.errors import N_, Conflict, Refused
from aiconnect.models import Connection

SHAPE = re.compile(r"[a-z0-9][a-z0-9-]{0,58}")
RESERVED = {"collection", "route"}


def choose(session: Session, typed: str, usual: str) -> str:
    """The typed name if it may be used, or a free one made from the provider's usual one."""
    if typed.strip():
        return check(session, typed)
    name, number = usual, 1
    while _is_taken(session, name):
        number += 1
        name = f"{usual}-{number}"
    return name


def slug(typed: str) -> str:
    """What was typed as a name of ours, of connections and collections alike; raises Refused."""
    name = typed.strip()
    if not SHAPE.fullmatch(name):
        sentence = N_(
            "A name is made of small letters, digits and hyphens (59 at most) and does not begin "
            "with a hyphen."
        )
        raise Refused(sentence, field="name")
    if name in RESERVED:
        sentence = N_("The name %(name)s has a meaning of its own. Choose another.")
        raise Refused(sentence, field="name", name=name)
    return name


def check(session: Session, typed: str) -> str:
    """The name in its form; raises Refused or Conflict."""
    name = slug(typed)
    if _is_taken(session, name):
        raise _taken(name)
    return name


def flush(session: Session, connection: Connection) -> None:
    """Write the row; whether its name is unique is the database's to judge in the end."""
    name = connection.name
    session.add(connection)
    try:
        session.flush()
    except IntegrityError:
        raise _taken(name) from None


def _is_taken(session: Session, name: str) -> bool:
    with session.no_autoflush:
        return session.scalar(select(Connection.id).where(Connection.name == name)) is not None


def _taken(name: str) -> Conflict:
    sentence = N_("There is a connection named %(name)s already. Choose another name.")
    return Conflict(sentence, field="name", name=name)
