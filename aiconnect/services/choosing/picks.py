"""The models that the team recommends for a use; they go before what is computed."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import Role, TeamPick
from aiconnect.services import audit, connections, named
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

PURPOSES: Mapping[str, str] = {
    "chat": N_("Everyday writing"),
    "long": N_("Long texts"),
    "fast": N_("Quick answers"),
    "cheap": N_("Low cost"),
    "local": N_("On your machines"),
}
"""What a model may be recommended for."""

MOST = 10
"""Picks for one purpose: who recommends everything recommends nothing."""
LONGEST_NOTE = 300


def picks(session: Session) -> list[TeamPick]:
    """Every pick, in the order they were made."""
    rows = select(TeamPick).options(joinedload(TeamPick.connection))
    return list(session.scalars(rows.order_by(TeamPick.id)))


def pick(session: Session, actor: Actor, use: str, name: str, note: str = "") -> TeamPick:
    """Recommend a model of the team's for a purpose; raises Refused, NotFound and Conflict."""
    _check_right(actor)
    if use not in PURPOSES:
        raise Refused(N_("Choose what the model is recommended for."), field="use")
    with writing(session):
        found = named.find(session, name)
        _check_new(session, use, found)
        made = TeamPick(
            use=use,
            connection_id=found.connection.id,
            model_id=found.model_id,
            note=" ".join(note.split())[:LONGEST_NOTE],
            made_at=clock.now(),
            made_by=actor.name,
        )
        session.add(made)
        audit.record(session, actor, "add.pick", found.name, use=use)
    return made


def drop(session: Session, actor: Actor, pick_id: int) -> None:
    """Recommend it no longer; raises NotFound."""
    _check_right(actor)
    with writing(session):
        found = session.get(TeamPick, connections.storable_id(pick_id))
        if found is None:
            raise NotFound(N_("This model is not among the picks any more."))
        name = f"{found.connection.name}/{found.model_id}"
        audit.record(session, actor, "remove.pick", name, use=found.use)
        session.delete(found)


def _check_right(actor: Actor) -> None:
    if not actor.role.covers(Role.ADMIN):
        raise Refused(N_("Only an admin may say what the team recommends. Ask one of them."))


def _check_new(session: Session, use: str, found: named.Named) -> None:
    here = [one for one in picks(session) if one.use == use]
    if any(
        (one.connection_id, one.model_id) == (found.connection.id, found.model_id) for one in here
    ):
        sentence = N_("%(model)s is recommended for this already.")
        raise Conflict(sentence, field="model", model=found.name)
    if len(here) >= MOST:
        raise Refused(N_("%(most)s models at most. Take one out first."), field="model", most=MOST)
