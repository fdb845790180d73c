"""Collections by id and by name, as far as somebody sees them; and what rests on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from aiconnect.errors import N_, NotFound
from aiconnect.models import AccessToken, Collection, CollectionModel
from aiconnect.services import connections
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.collections import rights

IN_ORDER = (Collection.position, Collection.id)


def all(session: Session) -> list[Collection]:  # noqa: A001 (read as `collections.all`)
    """Every collection with its models, personal ones too, in their order: for the operator."""
    return visible(session, COMMAND_LINE)


def visible(session: Session, actor: Actor) -> list[Collection]:
    """The team's collections and their own, with their models, in order."""
    return list(session.scalars(_rows(actor).order_by(*IN_ORDER)))


def outlines(session: Session, actor: Actor) -> list[Collection]:
    """The same for lists of collections: their models, which may be thousands, are not read."""
    return list(session.scalars(select(Collection).where(rights.seen(actor)).order_by(*IN_ORDER)))


def get(session: Session, actor: Actor, collection_id: int) -> Collection:
    """The collection with this id as it is now; raises NotFound, for other people's too."""
    number = connections.storable_id(collection_id)
    return _found(session, _rows(actor).where(Collection.id == number), "")


def by_name(session: Session, name: str, actor: Actor = COMMAND_LINE) -> Collection:
    """The collection with this name as it is now; raises NotFound, for other people's too."""
    asked = name.strip()
    rows = _rows(actor).where(Collection.name == asked.replace("\0", ""))
    return _found(session, rows, asked)


def seen(session: Session, actor: Actor, which: str | int) -> Collection:
    """The collection by its name or id; raises NotFound."""
    if isinstance(which, int):
        return get(session, actor, which)
    return by_name(session, which, actor)


def own(session: Session, actor: Actor, which: str | int) -> Collection:
    """The same, to change it; raises NotFound, Refused."""
    found = seen(session, actor, which)
    rights.check_change(actor, found)
    return found


def names(session: Session, actor: Actor = COMMAND_LINE) -> dict[int, str]:
    """The name of each collection that they see by its id, in order."""
    rows = select(Collection.id, Collection.name).where(rights.seen(actor)).order_by(*IN_ORDER)
    return dict(session.execute(rows).all())


def ids(
    session: Session,
    names: Iterable[str],
    *,
    actor: Actor = COMMAND_LINE,
    person_id: int | None = None,
) -> list[int]:
    """The ids of collections by their names, for an access token of this person.

    Raises NotFound; a personal one is there for its owner's tokens alone.
    """
    found = [by_name(session, name, actor) for name in dict.fromkeys(names)]
    for one in found:
        if one.owner_id not in {None, person_id}:
            raise _missing(one.name)
    return [one.id for one in found]


def memberships(session: Session, actor: Actor) -> dict[tuple[int, str], list[str]]:
    """The names of the collections that a model is in, by (connection id, model id)."""
    rows = (
        select(CollectionModel.connection_id, CollectionModel.model_id, Collection.name)
        .join(Collection, Collection.id == CollectionModel.collection_id)
        .where(rights.seen(actor))
        .order_by(*IN_ORDER)
    )
    found: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for connection_id, model_id, name in session.execute(rows):
        found[connection_id, model_id].append(name)
    return dict(found)


def resting_on(session: Session, connection_id: int, actor: Actor = COMMAND_LINE) -> list[str]:
    """The names of the collections that they see with a model of this connection."""
    entries = select(CollectionModel.collection_id)
    entries = entries.where(CollectionModel.connection_id == connection_id)
    rows = select(Collection.name).where(Collection.id.in_(entries), rights.seen(actor))
    return list(session.scalars(rows.order_by(*IN_ORDER)))


def limited(session: Session, collection: Collection) -> list[AccessToken]:
    """Access tokens that are limited to it: what a JSON column holds is not for queries."""
    tokens = session.scalars(select(AccessToken).options(joinedload(AccessToken.person)))
    return [one for one in tokens if collection.id in (one.collections or ())]


def _rows(actor: Actor) -> Select[Collection]:
    entries = selectinload(Collection.models).selectinload(CollectionModel.connection)
    return select(Collection).options(entries).where(rights.seen(actor))


def _found(session: Session, rows: Select[Collection], name: str) -> Collection:
    found = session.scalar(rows.execution_options(populate_existing=True))
    if found is None:
        raise _missing(name)
    return found


def _missing(name: str) -> NotFound:
    if not name:
        return NotFound(N_("There is no such collection."), field="collection")
    sentence = N_("There is no collection named %(name)s.")
    return NotFound(sentence, field="collection", name=name)
