"""What a person prefers: the models that they see first, and what they chose last."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import Connection, LastChoice, Pin, ServedModel
from aiconnect.services import connections, named
from aiconnect.services.audit import Actor
from aiconnect.services.choosing.lines import Key
from aiconnect.services.writing import writing

MOST = 50
"""Pins of one person: a page of them."""
USES = ("try", "route", "collection", "token")
"""What a model is chosen for; each person's last choice is remembered for each."""


def pinned(session: Session, person_id: int | None) -> frozenset[Key]:
    """The models that this person has pinned; nobody has none."""
    rows = select(Pin.connection_id, Pin.model_id).where(Pin.person_id == person_id)
    return frozenset((one.connection_id, one.model_id) for one in session.execute(rows))


def pin(session: Session, actor: Actor, name: str) -> Key:
    """See a model (`connection/id`) first; pinning twice changes nothing.

    Raises NotFound for one that they do not see, Refused where they have pinned too many.
    """
    with writing(session):
        key = _key(session, actor, name)
        if key not in pinned(session, actor.person_id):
            _check_room(session, actor)
            made = Pin(
                person_id=actor.person_id,
                connection_id=key[0],
                model_id=key[1],
                made_at=clock.now(),
            )
            session.add(made)
    return key


def unpin(session: Session, actor: Actor, name: str) -> None:
    """See it in its place again; nothing happens where it was not pinned."""
    before, _, model_id = name.partition("/")
    with writing(session):
        rows = select(Pin).join(Pin.connection).where(Pin.person_id == actor.person_id)
        for one in session.scalars(rows.where(Connection.name == before)):
            if one.model_id == model_id:
                session.delete(one)


def remember(session: Session, person_id: int, use: str, name: str) -> None:
    """What this person has just chosen for a use: `connection/model`, a route, a collection."""
    if use not in USES or not name:
        return
    with writing(session):
        session.merge(LastChoice(person_id=person_id, use=use, model=name, at=clock.now()))


def last(session: Session, person_id: int | None, use: str) -> str:
    """What they chose last for it; "" where they never did."""
    return lasts(session, person_id).get(use, "")


def last_shared(session: Session, person_id: int, use: str) -> str:
    """The same where it is a model that the whole team can still call; else ""."""
    name = last(session, person_id, use)
    try:
        return named.find(session, name).name if name else ""
    except Refused:
        return ""


def lasts(session: Session, person_id: int | None) -> Mapping[str, str]:
    """What they chose last for each use, the latest first."""
    rows = select(LastChoice.use, LastChoice.model).where(LastChoice.person_id == person_id)
    return {one.use: one.model for one in session.execute(rows.order_by(LastChoice.at.desc()))}


def _key(session: Session, actor: Actor, name: str) -> Key:
    """The model behind the first slash, of a connection that they see whole."""
    before, _, model_id = name.replace("\0", "").partition("/")
    rows = select(ServedModel.connection_id, ServedModel.model_id).join(ServedModel.connection)
    rows = rows.where(connections.whole(actor), Connection.name == before)
    found = session.execute(rows.where(ServedModel.model_id == model_id)).first()
    if found is None:
        raise NotFound(N_("There is no such model."), field="pin")
    return found.connection_id, found.model_id


def _check_room(session: Session, actor: Actor) -> None:
    rows = select(func.count()).select_from(Pin).where(Pin.person_id == actor.person_id)
    if (session.scalar(rows) or 0) >= MOST:
        sentence = N_("You have pinned %(most)s models. Unpin one first.")
        raise Refused(sentence, field="pin", most=MOST)
