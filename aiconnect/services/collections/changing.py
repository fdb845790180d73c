"""Collections made, named, described, copied, removed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Collection
from aiconnect.services import named
from aiconnect.services.audit import Actor
from aiconnect.services.collections import finding, naming, rights
from aiconnect.services.collections.filling import append
from aiconnect.services.collections.finding import own
from aiconnect.services.collections.rights import record
from aiconnect.services.named import Named
from aiconnect.services.writing import writing


def add(
    session: Session,
    actor: Actor,
    name: str,
    *,
    description: str = "",
    owner_id: int | None = None,
    models: Sequence[str] = (),
) -> Collection:
    """A new collection behind the others, of this person or (None) of the team."""
    with writing(session):
        made = make(session, actor, name, description=description, owner_id=owner_id)
        for typed in dict.fromkeys(models):
            append(made, named.find(session, typed, owner_id=owner_id))
        record(session, actor, "add", made)
    return made


def make(
    session: Session, actor: Actor, name: str, *, description: str, owner_id: int | None
) -> Collection:
    """An empty one within the running unit of work, which is not written down yet."""
    rights.check_add(actor, owner_id)
    last = session.scalar(select(func.max(Collection.position))) or 0
    made = Collection(
        name=naming.check(session, name),
        description=naming.description(description),
        owner_id=owner_id,
        version=1,
        position=last + 1,
        made_at=clock.now(),
        made_by=actor.name,
        models=[],
    )
    session.add(made)
    return made


def rename(session: Session, actor: Actor, which: str | int, new: str) -> Collection:
    """Call it by another name; access tokens that are limited to it stay so."""
    with writing(session):
        found = own(session, actor, which)
        _rename(session, actor, found, new)
    return found


def describe(
    session: Session, actor: Actor, which: str | int, *, name: str, description: str
) -> Collection:
    """Give it a name and say what it is for."""
    with writing(session):
        found = own(session, actor, which)
        _rename(session, actor, found, name)
        said = naming.description(description)
        if said != found.description:
            found.description = said
            record(session, actor, "change", found, description=said)
    return found


def duplicate(
    session: Session, actor: Actor, which: str | int, name: str, *, owner_id: int | None = None
) -> tuple[Collection, list[str]]:
    """A copy with settings and notes; and the models that could not come along.

    Of a personal collection for the team, those are the ones of personal connections.
    """
    with writing(session):
        found = finding.seen(session, actor, which)
        made = make(session, actor, name, description=found.description, owner_id=owner_id)
        left = [one for one in found.models if one.connection.owner_id not in {None, owner_id}]
        for one in (one for one in found.models if one not in left):
            model = Named(one.connection, one.model_id)
            append(made, model, settings=one.parameters, note=one.note)
        record(session, actor, "add", made)
    return made, [f"{one.connection.name}/{one.model_id}" for one in left]


def remove(session: Session, actor: Actor, which: str | int) -> list[str]:
    """Remove it; access tokens that are limited to it lose its models.

    Gives their names. Its id goes out of them, for a later collection may get it.
    """
    with writing(session):
        found = own(session, actor, which)
        limited = finding.limited(session, found)
        for one in limited:
            one.collections = [other for other in one.collections or () if other != found.id]
        names = [one.name for one in limited if one.revoked_at is None]
        session.delete(found)
        record(session, actor, "remove", found)
    return names


def _rename(session: Session, actor: Actor, found: Collection, new: str) -> None:
    if new.strip() == found.name:
        return
    before, found.name = found.name, naming.check(session, new)
    record(session, actor, "change", found, was=before)
