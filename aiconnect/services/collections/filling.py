"""What is in a collection: models put in, taken out, given settings and a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from aiconnect.errors import N_, Conflict, NotFound
from aiconnect.models import Collection, CollectionModel
from aiconnect.services import marks, named, shared
from aiconnect.services.audit import Actor
from aiconnect.services.collections import naming, parameters
from aiconnect.services.collections.finding import own
from aiconnect.services.collections.rights import record, touch
from aiconnect.services.named import Named
from aiconnect.services.shared import name_of
from aiconnect.services.writing import writing


def put(
    session: Session,
    actor: Actor,
    which: str | int,
    models: Sequence[str],
    *,
    position: int | None = None,
) -> list[str]:
    """Put models in, at a position or behind the others; gives those that were not in it yet.

    `models` are `connection/id` or ids alone; one that nothing serves keeps all of them out.
    """
    with writing(session):
        found = own(session, actor, which)
        names = dict.fromkeys(models)  # each is looked up while nobody else can write
        put_in = [one for one in (_put(session, found, typed) for typed in names) if one]
        if position is not None:
            for place, one in enumerate(put_in, position):
                shared.place(found.models, one, place)
        added = [name_of(one) for one in put_in]
        if added:
            touch(found, actor)
            record(session, actor, "change", found, added=", ".join(added))
    return added


def take(session: Session, actor: Actor, which: str | int, model: str | int) -> CollectionModel:
    """Take a model out, by its name or its entry's id, whether it is still served or not."""
    with writing(session):
        found = own(session, actor, which)
        one = entry(found, model)
        found.models.remove(one)
        shared.number(found.models)
        touch(found, actor)
        record(session, actor, "change", found, taken=name_of(one))
    return one


def settle(
    session: Session,
    actor: Actor,
    which: str | int,
    entry_id: int,
    *,
    wanted: Mapping[str, Any],
    note: str = "",
    seen: str | None = None,
) -> CollectionModel:
    """Give a model its settings here and a note; what is not in `wanted` is not set.

    `seen` is the `mark` of what the writer had before them; raises Conflict where somebody has
    changed that meanwhile.
    """
    settings, said = parameters.check(wanted), naming.note(note)
    with writing(session):
        found = own(session, actor, which)
        one = entry(found, entry_id)
        if seen not in {None, mark(one)}:
            sentence = N_("Somebody has changed these settings meanwhile. Look at them, then save.")
            raise Conflict(sentence)
        if (one.parameters, one.note) != (settings, said):
            one.parameters, one.note = settings, said
            facts = {"settings": ", ".join(f"{key}={value}" for key, value in settings.items())}
            record(session, actor, "change", found, model=name_of(one), **facts)
    return one


def mark(one: CollectionModel) -> str:
    """A short text that is another one as soon as the settings or the note are."""
    return marks.mark(one.parameters, one.note)


def append(
    collection: Collection,
    found: Named,
    *,
    settings: Mapping[str, Any] = parameters.NOTHING,
    note: str = "",
) -> CollectionModel:
    """An entry behind the others, within the running unit of work; raises Conflict, Refused."""
    shared.check_new(collection.models, found)
    one = CollectionModel(
        connection=found.connection,
        connection_id=found.connection.id,
        model_id=found.model_id,
        position=len(collection.models) + 1,
        parameters=dict(settings),
        note=note,
    )
    collection.models.append(one)
    return one


def entry(collection: Collection, which: str | int) -> CollectionModel:
    """The entry by its id; or the model as it is written in full, else the first with this id."""
    if isinstance(which, int):
        found = [one for one in collection.models if one.id == which]
        if not found:
            raise NotFound(N_("This model is not in the collection any more."))
        return found[0]
    name = which.strip()
    found = [one for one in collection.models if name_of(one) == name]
    found += [one for one in collection.models if one.model_id == name]
    if not found:
        sentence = N_("%(model)s is not in the collection %(name)s.")
        raise NotFound(sentence, model=name, name=collection.name)
    return found[0]


def _put(session: Session, collection: Collection, typed: str) -> CollectionModel | None:
    """The new entry, None where the model is in it already."""
    found = named.find(session, typed, owner_id=collection.owner_id)
    try:
        return append(collection, found)
    except Conflict:
        return None
