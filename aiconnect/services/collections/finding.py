"""Collections: named, ordered sets of models; `collection/<name>` calls one, in its order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import AccessToken, Collection, CollectionModel, ServedModel
from aiconnect.services import audit, installation, named, shared
from aiconnect.services.audit import Actor
from aiconnect.services.connections.names import RESERVED, SHAPE
from aiconnect.services.shared import name_of
from aiconnect.services.writing import writing


def add(session: Session, actor: Actor, name: str) -> Collection:
    """A new collection, empty, behind the others."""
    with writing(session):
        shared.check_right(actor)
        last = session.scalar(select(func.max(Collection.position))) or 0
        made = Collection(
            name=_check(session, name),
            position=last + 1,
            made_at=clock.now(),
            made_by=actor.name,
            models=[],
        )
        session.add(made)
        _record(session, actor, "add", made)
    return made


def all(session: Session) -> list[Collection]:  # noqa: A001 (read as `collections.all`)
    """Every collection with its models, in their order."""
    return list(session.scalars(_rows().order_by(Collection.position, Collection.id)))


def by_name(session: Session, name: str) -> Collection:
    """The collection with this name as it is now; raises NotFound."""
    asked = name.strip()
    rows = _rows().where(Collection.name == asked.replace("\0", ""))
    found = session.scalar(rows.execution_options(populate_existing=True))
    if found is None:
        sentence = N_("There is no collection named %(name)s.")
        raise NotFound(sentence, field="collection", name=asked)
    return found


def models(session: Session, name: str) -> list[ServedModel]:
    """The models of a collection in its order; one that was never listed is a row of no table."""
    found = by_name(session, name)
    here = {one.connection_id for one in found.models}
    rows = select(ServedModel).options(joinedload(ServedModel.connection))
    rows = rows.where(ServedModel.connection_id.in_(here))
    rows = rows.where(ServedModel.model_id.in_([one.model_id for one in found.models]))
    known = {(row.connection_id, row.model_id): row for row in session.scalars(rows)}
    return [known.get((one.connection_id, one.model_id)) or _unknown(one) for one in found.models]


def put(session: Session, actor: Actor, name: str, models: Sequence[str]) -> list[str]:
    """Put models behind those that are in it; gives those that were not, as `connection/id`."""
    with writing(session):
        shared.check_right(actor)
        found = by_name(session, name)
        added = [put_in for one in models if (put_in := _put(session, found, one))]
        if added:
            _record(session, actor, "change", found, added=", ".join(added))
    return added


def move(session: Session, actor: Actor, name: str, model: str, position: int) -> Collection:
    """Put a model at a position, counted from 1; beyond the last it is the last."""
    with writing(session):
        shared.check_right(actor)
        found = by_name(session, name)
        one = _entry(found, model)
        shared.place(found.models, one, position)
        _record(session, actor, "change", found, moved=name_of(one), to=str(one.position))
    return found


def take(session: Session, actor: Actor, name: str, model: str) -> CollectionModel:
    """Take a model out, whether it is still served or not."""
    with writing(session):
        shared.check_right(actor)
        found = by_name(session, name)
        one = _entry(found, model)
        found.models.remove(one)
        shared.number(found.models)
        _record(session, actor, "change", found, taken=name_of(one))
    return one


def rename(session: Session, actor: Actor, name: str, new: str) -> Collection:
    """Call it by another name; access tokens that are limited to it stay so."""
    with writing(session):
        shared.check_right(actor)
        found = by_name(session, name)
        if new.strip() != found.name:
            before, found.name = found.name, _check(session, new)
            _record(session, actor, "change", found, was=before)
    return found


def remove(session: Session, actor: Actor, name: str) -> list[str]:
    """Remove it; access tokens that are limited to it lose its models.

    Gives their names. Its id goes out of them, for a later collection may get it.
    """
    with writing(session):
        shared.check_right(actor)
        found = by_name(session, name)
        limited = [one for one in _limited(session) if found.id in (one.collections or ())]
        for one in limited:
            one.collections = [other for other in one.collections or () if other != found.id]
        names = [one.name for one in limited if one.revoked_at is None]
        session.delete(found)
        _record(session, actor, "remove", found)
    return names


def ids(session: Session, names: Iterable[str]) -> list[int]:
    """The ids of collections by their names; raises NotFound."""
    return [by_name(session, name).id for name in dict.fromkeys(names)]


def names(session: Session) -> dict[int, str]:
    """The name of each collection by its id, in their order."""
    rows = select(Collection.id, Collection.name).order_by(Collection.position, Collection.id)
    return dict(session.execute(rows).all())


def resting_on(session: Session, connection_id: int) -> list[str]:
    """The names of the collections with a model of this connection."""
    entries = select(CollectionModel.collection_id)
    entries = entries.where(CollectionModel.connection_id == connection_id)
    rows = select(Collection.name).where(Collection.id.in_(entries))
    return list(session.scalars(rows.order_by(Collection.position, Collection.id)))


def _rows() -> Select[Collection]:
    entries = selectinload(Collection.models).joinedload(CollectionModel.connection)
    return select(Collection).options(entries)


def _put(session: Session, collection: Collection, typed: str) -> str:
    """The model's name, "" where it is in it already."""
    found = named.find(session, typed)
    try:
        shared.check_new(collection.models, found)
    except Conflict:
        return ""
    collection.models.append(
        CollectionModel(
            connection=found.connection,
            model_id=found.model_id,
            position=len(collection.models) + 1,
        )
    )
    return found.name


def _unknown(one: CollectionModel) -> ServedModel:
    """What is known of a model that nobody has listed: it is served where any goes through."""
    return ServedModel(
        connection=one.connection,
        model_id=one.model_id,
        type="chat",
        by_hand=named.is_unlisted(one.connection),
        listed=False,
        hidden=False,
    )


def _entry(collection: Collection, typed: str) -> CollectionModel:
    """The model as it is written in full, else the first with this id."""
    name = typed.strip()
    found = [one for one in collection.models if name_of(one) == name]
    found += [one for one in collection.models if one.model_id == name]
    if not found:
        sentence = N_("%(model)s is not in the collection %(name)s.")
        raise NotFound(sentence, model=name, name=collection.name)
    return found[0]


def _check(session: Session, typed: str) -> str:
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
    with session.no_autoflush:
        taken = session.scalar(select(Collection.id).where(Collection.name == name))
    if taken is not None:
        sentence = N_("There is a collection named %(name)s already. Choose another name.")
        raise Conflict(sentence, field="name", name=name)
    return name


def _limited(session: Session) -> list[AccessToken]:
    """Access tokens that may be limited: what a JSON column holds is not for queries."""
    return [one for one in session.scalars(select(AccessToken)) if one.collections]


def _record(
    session: Session, actor: Actor, verb: str, collection: Collection, **facts: str
) -> None:
    audit.record(session, actor, f"{verb}.collection", collection.name, **facts)
    installation.bump_revision(session)
