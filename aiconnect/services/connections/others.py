"""What the ledger must not tell of connections that are somebody else's alone, or were.

A personal connection that is removed stays its owner's in the records of what it was called for,
so a row among the settings remembers whose it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import Connection, Setting
from aiconnect.services.audit import Actor

REMEMBERED = "personal.gone."
"""What the names of the rows begin with; a connection's id follows."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """Connections by ids and by names; a name that another connection has by now is not there."""

    ids: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Personal:
    id: int
    name: str
    owner_id: int


def theirs(session: Session, actor: Actor) -> Theirs:
    """Those that are not the actor's to read about; of operators, none."""
    if actor.via in {"command", "system"}:
        return Theirs()
    return _without(session, actor.person_id)


def personal(session: Session) -> Theirs:
    """Those of anybody, for what the whole team reads."""
    return _without(session, None)


def remember(session: Session, connection: Connection) -> None:
    """Keep whose a connection was that is being removed, within the running unit of work."""
    if connection.owner_id is not None:
        value = json.dumps({"name": connection.name, "owner": connection.owner_id})
        session.merge(Setting(name=f"{REMEMBERED}{connection.id}", value=value))


def _without(session: Session, person_id: int | None) -> Theirs:
    rows = select(Connection.id, Connection.name, Connection.owner_id)
    present = session.execute(rows).all()
    found = [_Personal(*row[:2], row.owner_id) for row in present if row.owner_id is not None]
    hidden = [one for one in (*found, *_gone(session)) if one.owner_id != person_id]
    shown = {row.name for row in present if row.owner_id in {None, person_id}}
    return Theirs(
        frozenset(one.id for one in hidden), frozenset(one.name for one in hidden) - shown
    )


def _gone(session: Session) -> Iterator[_Personal]:
    rows = select(Setting.name, Setting.value).where(Setting.name.startswith(REMEMBERED))
    for name, value in session.execute(rows):
        kept = json.loads(value)
        yield _Personal(int(name.removeprefix(REMEMBERED)), str(kept["name"]), int(kept["owner"]))
