"""Names and descriptions of collections."""

from __future__ import annotations

from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.errors import N_, Conflict, Refused
from aiconnect.models import Collection
from aiconnect.services.connections.names import slug

LONGEST, LONGEST_DESCRIPTION, LONGEST_NOTE = 59, 500, 300


def check(session: Session, typed: str) -> str:
    """The name in its form; raises Refused or Conflict. Whose a taken one is, is not told."""
    name = slug(typed)
    if is_taken(session, name):
        sentence = N_("The name %(name)s is taken. Choose another.")
        raise Conflict(sentence, field="name", name=name)
    return name


def is_taken(session: Session, name: str) -> bool:
    """Whether any collection has this name, a personal one too: programs call it by it."""
    with session.no_autoflush:
        return session.scalar(select(Collection.id).where(Collection.name == name)) is not None


def of_copy(session: Session, name: str) -> str:
    """A free name for a copy: `name-2`, or the next number that nobody has."""
    tries = (f"{name[: LONGEST - len(str(n)) - 1]}-{n}" for n in count(2))
    return next(one for one in tries if not is_taken(session, one))


def description(typed: str) -> str:
    """A description on one line; raises Refused."""
    return _line(typed, LONGEST_DESCRIPTION, "description")


def note(typed: str) -> str:
    """A note beside a model, on one line; raises Refused."""
    return _line(typed, LONGEST_NOTE, "note")


def _line(typed: str, most: int, field: str) -> str:
    text = " ".join(typed.split())
    if len(text) > most or not text.isprintable():
        raise Refused(N_("Write %(most)s characters at most."), field=field, most=most)
    return text
