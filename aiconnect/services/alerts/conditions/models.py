"""Models: those whose price has changed, and what becomes of those in collections.

Both tell each change once; many of one connection at once are told together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, joinedload

from aiconnect import clock
from aiconnect.models import (
    Collection,
    CollectionModel,
    Connection,
    ModelChange,
    PriceTable,
    UsageRecord,
)
from aiconnect.services.alerts.signs import Seen, Sight, Sign, Thresholds

USED = timedelta(days=30)
REPRICED = "repriced"
TOLD = ("added", "gone", "retiring", REPRICED)
ALONE = 3
"""So many changes of a kind are told one by one; more of them together."""

NAMED = 10


def prices(sight: Sight, _thresholds: Thresholds) -> Seen:
    """A table that waits for a decision, and models in use whose price has changed."""
    changes = _changes(
        sight.session, *_unseen(sight), ModelChange.what == REPRICED, _is_used(sight)
    )
    news = _grouped("price", changes, {}, "repriced", "many")
    return Seen((*_waiting(sight.session), *news))


def of_collections(sight: Sight, _thresholds: Thresholds) -> Seen:
    """What has happened to the models in the team's collections; prices of used ones apart."""
    told = (ModelChange.what != REPRICED) | ~_is_used(sight)
    by_what: dict[str, list[ModelChange]] = defaultdict(list)
    for one in changes_of_collections(sight.session, *_unseen(sight), told):
        by_what[one.what].append(one)
    names = {
        place: ", ".join(sorted(found)) for place, found in _collections(sight.session).items()
    }
    groups = (
        _grouped("models", found, names, what, f"{what}_many")
        for what, found in by_what.items()
        if what in TOLD
    )
    return Seen(tuple(sign for group in groups for sign in group))


def changes_of_collections(session: Session, *which: ColumnElement[bool]) -> list[ModelChange]:
    """Changes of models that are in a collection of the team."""
    held = _collections(session)
    return [one for one in _changes(session, *which) if (one.connection_id, one.model_id) in held]


def _unseen(sight: Sight) -> tuple[ColumnElement[bool], ...]:
    """That nobody was told of yet."""
    return (ModelChange.id > sight.after, ModelChange.id <= sight.upto)


def _changes(session: Session, *which: ColumnElement[bool]) -> Sequence[ModelChange]:
    """Changes at the team's connections."""
    rows = (
        select(ModelChange)
        .join(ModelChange.connection)
        .where(Connection.owner_id.is_(None), *which)
        .options(joinedload(ModelChange.connection))
        .order_by(ModelChange.id)
    )
    return session.scalars(rows).all()


def _is_used(sight: Sight) -> ColumnElement[bool]:
    return exists().where(
        UsageRecord.connection_id == ModelChange.connection_id,
        UsageRecord.model == ModelChange.model_id,
        UsageRecord.at > sight.now - USED,
    )


def _collections(session: Session) -> dict[tuple[int, str], set[str]]:
    """The team's collections of each model in one."""
    rows = (
        select(CollectionModel.connection_id, CollectionModel.model_id, Collection.name)
        .join(CollectionModel.collection)
        .where(Collection.owner_id.is_(None))
    )
    found: dict[tuple[int, str], set[str]] = defaultdict(set)
    for connection_id, model_id, name in session.execute(rows):
        found[connection_id, model_id].add(name)
    return found


def _waiting(session: Session) -> Iterator[Sign]:
    rows = select(PriceTable.id, PriceTable.fetched_at).where(PriceTable.state == "fetched")
    latest = session.execute(rows.order_by(PriceTable.id.desc()).limit(1)).first()
    if latest is not None:
        facts = {"case": "waiting", "at": clock.iso(latest.fetched_at), "path": "/prices/updates"}
        yield Sign(f"table:{latest.id}", facts)


def _grouped(
    kind: str,
    changes: Iterable[ModelChange],
    collections: dict[tuple[int, str], str],
    single: str,
    many: str,
) -> Iterator[Sign]:
    by_connection: dict[int, list[ModelChange]] = defaultdict(list)
    for one in changes:
        by_connection[one.connection_id].append(one)
    for group in by_connection.values():
        if len(group) > ALONE:
            yield _together(kind, group, many)
        else:
            yield from (_alone(kind, one, collections, single) for one in group)


def _alone(kind: str, one: ModelChange, collections: dict[tuple[int, str], str], case: str) -> Sign:
    facts = {
        "case": case, "model": f"{one.connection.name}/{one.model_id}",
        "collections": collections.get((one.connection_id, one.model_id), ""),
        "path": f"/connections/{one.connection_id}",
    }  # fmt: skip
    return Sign(f"{kind}:{one.id}", facts, lasts=False)


def _together(kind: str, group: Sequence[ModelChange], case: str) -> Sign:
    names = ", ".join(one.model_id for one in group[:NAMED])
    facts = {
        "case": case, "connection": group[0].connection.name, "count": str(len(group)),
        "models": f"{names} …" if len(group) > NAMED else names,
        "path": f"/connections/{group[0].connection_id}",
    }  # fmt: skip
    return Sign(f"{kind}:{group[0].id}", facts, lasts=False)
