"""A model that somebody writes down, mostly for the whole team: `connection/id`, or an id alone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, contains_eager

from aiconnect.calls.snapshot import is_allowed
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import Connection, ServedModel
from aiconnect.services.catalog.storing import UNASKED

LONGEST = 360
TAG = ":latest"
"""Ollama's own way: a name without a tag means this one."""


@dataclass(frozen=True, slots=True)
class Named:
    """A model of one of the team's connections, under its provider's own id."""

    connection: Connection
    model_id: str

    @property
    def name(self) -> str:
        return f"{self.connection.name}/{self.model_id}"


def find(session: Session, typed: str, *, owner_id: int | None = None) -> Named:
    """What a name stands for, the connection preferred in the team's order first.

    It is for the whole team, or for this person alone, who has personal connections too. Raises
    NotFound where nothing of theirs serves it, Refused where the team
    would get a personal connection.
    """
    name = typed.strip()
    if not 1 <= len(name) <= LONGEST or not name.isprintable():
        raise Refused(N_("Write a model as connection/model, or the model alone."), field="model")
    connection = _connection(session, name, owner_id)
    found = _of(session, connection, name) if connection else None
    found = found or _preferred(session, name, owner_id)
    if found is None:
        raise _missing(connection, name)
    return found


def is_unlisted(connection: Connection) -> bool:
    """Whether nobody has asked for its models yet; what a job has found narrows nothing."""
    return connection.listed_at is None or UNASKED in connection.learned


def _connection(session: Session, name: str, owner_id: int | None) -> Connection | None:
    """The connection before the first slash; nobody learns here of another's personal one."""
    before, slash, model_id = name.partition("/")
    if not slash or not model_id:
        return None
    found = session.scalar(select(Connection).where(Connection.name == before))
    if found is None or found.owner_id in {None, owner_id}:
        return found
    if owner_id is None:
        sentence = N_("%(name)s is a personal connection, and this is for the whole team.")
        raise Refused(sentence, field="model", name=found.name)
    return None


def _of(session: Session, connection: Connection, name: str) -> Named | None:
    """The model behind the first slash: one that is on, or any where any goes through."""
    model_id = name.partition("/")[2]
    ids = (model_id, model_id + TAG)
    rows = select(ServedModel).where(ServedModel.connection_id == connection.id)
    known = {
        one.model_id: one for one in session.scalars(rows.where(ServedModel.model_id.in_(ids)))
    }
    for one in ids:
        if one in known and _is_on(known[one], connection):
            return Named(connection, one)
    is_off = any(row.hidden for row in known.values())
    if is_off or not _takes_any(session, connection) or len(model_id) > 300:
        return None
    return Named(connection, model_id) if is_allowed(connection.allowed, model_id) else None


def _takes_any(session: Session, connection: Connection) -> bool:
    entered = select(ServedModel.id).where(
        ServedModel.connection_id == connection.id, ServedModel.by_hand
    )
    return is_unlisted(connection) and session.scalar(entered.limit(1)) is None


def _preferred(session: Session, model_id: str, owner_id: int | None) -> Named | None:
    """The first of their connections that serves a bare id, one with just this id first."""
    for one in (model_id, model_id + TAG):
        for row in session.scalars(_everywhere(owner_id).where(ServedModel.model_id == one)):
            if _is_on(row, row.connection):
                return Named(row.connection, one)
    return None


def _everywhere(owner_id: int | None) -> Select[ServedModel]:
    theirs = or_(Connection.owner_id.is_(None), Connection.owner_id == owner_id)
    rows = select(ServedModel).join(ServedModel.connection)
    rows = rows.options(contains_eager(ServedModel.connection))
    rows = rows.where(theirs, Connection.enabled)
    return rows.order_by(Connection.position, Connection.id)


def _is_on(row: ServedModel, connection: Connection) -> bool:
    is_served = row.listed or row.by_hand
    return is_served and not row.hidden and is_allowed(connection.allowed, row.model_id)


def _missing(connection: Connection | None, name: str) -> NotFound:
    if connection is None:
        sentence = N_("No connection of the team serves %(model)s.")
        return NotFound(sentence, field="model", model=name)
    model_id = name.partition("/")[2]
    sentence = N_(
        "%(connection)s does not serve %(model)s: it is not listed, switched off, or outside of "
        "the allow-list."
    )
    return NotFound(sentence, field="model", connection=connection.name, model=model_id)
