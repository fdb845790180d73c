"""Recommended unfiltered models: shipped names and the team's own, and who serves them here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import Connection, ServedModel, UnfilteredModel
from aiconnect.services import audit, connections
from aiconnect.services.audit import Actor
from aiconnect.services.catalog.reading import SERVED
from aiconnect.services.connections import storable_id
from aiconnect.services.guidance.shipped import UNFILTERED
from aiconnect.services.guidance.writing import check_right, one_line
from aiconnect.services.writing import writing

PLACES: Mapping[str, str] = {
    "both": N_("on your own machine, or at OpenRouter"),
    "local": N_("on your own machine"),
    "openrouter": N_("at OpenRouter"),
}
MOST = 200
LONGEST_NAME, LONGEST_PLACE, LONGEST_NOTE = 200, 100, 300
SHOWN = 5  # of the models here that fit a name


@dataclass(frozen=True, slots=True)
class Recommended:
    """A line of the list; `here` are models of the reader's connections, `connection/id`.

    `id` is of the team's row, None for a shipped line; `is_out`: the team took it off the list.
    """

    name: str
    place: str
    note: str = ""
    author: str = ""
    id: int | None = None
    is_out: bool = False
    here: Sequence[str] = ()


def every(session: Session, actor: Actor | None) -> list[Recommended]:
    """The shipped lines and then the team's; for strangers (no actor) the shipped ones alone."""
    rows = session.scalars(select(UnfilteredModel).order_by(UnfilteredModel.name)) if actor else ()
    own = {row.name.lower(): row for row in rows}
    served = _served(session, actor) if actor else []
    lines = [_shipped(name, place, own.pop(name.lower(), None)) for name, place in UNFILTERED]
    lines += [_own(row) for row in own.values()]
    return [_found(one, served) for one in lines]


def get(session: Session, model_id: int) -> UnfilteredModel:
    """The team's row; raises NotFound."""
    found = session.get(UnfilteredModel, storable_id(model_id), populate_existing=True)
    if found is None or found.is_out:
        raise NotFound(N_("There is no such model in the list any more."))
    return found


def add(
    session: Session, actor: Actor, name: str, place: str = "", note: str = ""
) -> UnfilteredModel:
    """Put a model on the list."""
    check_right(actor)
    values = _checked(name, place, note)
    with writing(session):
        if (session.scalar(select(func.count(UnfilteredModel.id))) or 0) >= MOST:
            raise Refused(N_("%(most)s models at most."), field="name", most=MOST)
        _check_new(session, values["name"])
        made = UnfilteredModel(**values, made_at=clock.now(), made_by=actor.name)
        session.add(made)
        audit.record(session, actor, "add.unfiltered", made.name)
    return made


def change(
    session: Session, actor: Actor, model_id: int, name: str, place: str = "", note: str = ""
) -> UnfilteredModel:
    """Say something else of one of the team's own."""
    check_right(actor)
    values = _checked(name, place, note)
    with writing(session):
        found = get(session, model_id)
        if values["name"].lower() != found.name.lower():
            _check_new(session, values["name"])
        found.name, found.place, found.note = values["name"], values["place"], values["note"]
        found.made_at, found.made_by = clock.now(), actor.name
        audit.record(session, actor, "change.unfiltered", found.name)
    return found


def take_off(session: Session, actor: Actor, name: str) -> None:
    """Off the list: a row of the team's goes, a shipped line is crossed out."""
    check_right(actor)
    with writing(session):
        row, shipped = _row(session, name), _is_shipped(name)
        if row is None and not shipped:
            raise NotFound(N_("There is no such model in the list any more."))
        if row is not None:
            session.delete(row)
            session.flush()
        if shipped:
            session.add(
                UnfilteredModel(name=name, is_out=True, made_at=clock.now(), made_by=actor.name)
            )
        audit.record(session, actor, "remove.unfiltered", name)


def put_back(session: Session, actor: Actor, name: str) -> None:
    """A shipped line that the team had taken off."""
    check_right(actor)
    with writing(session):
        row = _row(session, name)
        if row is None or not row.is_out:
            raise NotFound(N_("There is no such model in the list any more."))
        session.delete(row)
        audit.record(session, actor, "add.unfiltered", name)


def _shipped(name: str, place: str, row: UnfilteredModel | None) -> Recommended:
    if row is None:
        return Recommended(name, place)
    return Recommended(name, row.place or place, row.note, row.made_by, row.id, row.is_out)


def _own(row: UnfilteredModel) -> Recommended:
    return Recommended(row.name, row.place, row.note, row.made_by, row.id)


def _served(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """What is served, as `connection/id` and the id in small letters."""
    rows = select(Connection.name, ServedModel.model_id).join(
        Connection, Connection.id == ServedModel.connection_id
    )
    rows = rows.where(connections.whole(actor), SERVED, ServedModel.hidden.is_(False))
    rows = rows.order_by(Connection.position, Connection.id, ServedModel.model_id)
    return [(f"{name}/{model_id}", model_id.lower()) for name, model_id in session.execute(rows)]


def _found(line: Recommended, served: Sequence[tuple[str, str]]) -> Recommended:
    if line.is_out:
        return line
    fits = fitting(line.name)
    here = [name for name, model_id in served if all(one.search(model_id) for one in fits)]
    return Recommended(line.name, line.place, line.note, line.author, line.id, here=here[:SHOWN])


def fitting(name: str) -> list[re.Pattern[str]]:
    """Each word of the name stands by itself in the id: 8B is not in 18b."""
    words = re.findall(r"[a-z0-9.]+", name.lower())
    return [re.compile(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])") for word in words] or [
        re.compile(re.escape(name.lower()))
    ]


def _row(session: Session, name: str) -> UnfilteredModel | None:
    wanted = func.lower(UnfilteredModel.name) == name.lower().replace("\0", "")
    return session.scalar(select(UnfilteredModel).where(wanted))


def _is_shipped(name: str) -> bool:
    return any(name == shipped for shipped, _ in UNFILTERED)


def _check_new(session: Session, name: str) -> None:
    if _row(session, name) is not None or any(name.lower() == one.lower() for one, _ in UNFILTERED):
        raise Conflict(N_("%(name)s is in the list already."), field="name", name=name)


def _checked(name: str, place: str, note: str) -> dict[str, str]:
    named = one_line(name, LONGEST_NAME, "name")
    if not re.search("[A-Za-z0-9]", named):
        raise Refused(N_("Enter the model's name."), field="name")
    return {
        "name": named,
        "place": one_line(place, LONGEST_PLACE, "place"),
        "note": one_line(note, LONGEST_NOTE, "note"),
    }
