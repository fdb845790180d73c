"""The models of collections as the catalog knows them now: served, gone, or never listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, String, select, type_coerce
from sqlalchemy.orm import Session, selectinload

from aiconnect.models import Collection, CollectionModel, Connection, ServedModel
from aiconnect.services import catalog, named
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.collections import finding
from aiconnect.services.named import TAG

Known = Mapping[tuple[int, str], ServedModel]
MODEL_ID = CollectionModel.model_id
FIRST = 3
"""Models that a list of collections names."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A collection in a list: its models, how many of them can be called now, the first by name."""

    total: int = 0
    usable: int = 0
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """An entry and its model; one that was never listed is a row of no table."""

    entry: CollectionModel
    model: ServedModel


def models(session: Session, name: str, actor: Actor = COMMAND_LINE) -> list[ServedModel]:
    """The models of a collection in its order; raises NotFound."""
    found = finding.by_name(session, name, actor)
    return [one.model for one in lines(session, found)]


def lines(session: Session, collection: Collection) -> list[Line]:
    """The entries of a collection in its order, each with its model."""
    known = _known(session, collection)
    return [Line(one, _model(known, one)) for one in collection.models]


def summaries(session: Session, collections: Iterable[Collection]) -> dict[int, Summary]:
    """What a list says of each collection, by its id; models are counted, not read."""
    found: dict[int, Summary] = {}
    ids = [one.id for one in collections]
    reasons, every = _reasons(session, ids), {one.id: one for one in _connections(session, ids)}
    entries = select(CollectionModel.collection_id, CollectionModel.connection_id, MODEL_ID)
    rows = entries.where(CollectionModel.collection_id.in_(ids))
    in_order = rows.order_by(CollectionModel.position, CollectionModel.id)
    for id_, place, model_id in session.execute(in_order):
        known = found.get(id_, Summary())
        reason = reasons.get((place, model_id), reasons.get((place, model_id + TAG)))
        if reason is None:
            reason = catalog.available(_unknown(every[place], model_id))[1]
        first = known.first
        if len(first) < FIRST:
            first = (*first, f"{every[place].name}/{model_id}")
        found[id_] = Summary(known.total + 1, known.usable + (not reason), first)
    return {one: found.get(one, Summary()) for one in ids}


def _reasons(session: Session, ids: Sequence[int]) -> dict[tuple[int, str], str]:
    return catalog.reasons(session, ServedModel.id.in_(_here(ids)))


def _connections(session: Session, ids: Sequence[int]) -> Iterable[Connection]:
    used = select(CollectionModel.connection_id).where(CollectionModel.collection_id.in_(ids))
    return session.scalars(select(Connection).where(Connection.id.in_(used)))


def _here(ids: Sequence[int]) -> Select[int]:
    """The ids of the models in these collections that somebody has listed."""
    entered = type_coerce(MODEL_ID, String)
    return (
        select(ServedModel.id)
        .join(CollectionModel, CollectionModel.connection_id == ServedModel.connection_id)
        .where(CollectionModel.collection_id.in_(ids))
        .where(ServedModel.model_id.in_([entered, entered + TAG]))
    )


def _known(session: Session, collection: Collection) -> Known:
    rows = select(ServedModel).where(ServedModel.id.in_(_here([collection.id])))
    found = session.scalars(rows.options(selectinload(ServedModel.connection)))
    return {(one.connection_id, one.model_id): one for one in found}


def _model(known: Known, one: CollectionModel) -> ServedModel:
    """Its row; Ollama lists with a tag what was put in without one before it was listed."""
    place = one.connection_id
    row = known.get((place, one.model_id)) or known.get((place, one.model_id + TAG))
    return row or _unknown(one.connection, one.model_id)


def _unknown(connection: Connection, model_id: str) -> ServedModel:
    """What is known of a model that nobody has listed: it is served where any goes through."""
    return ServedModel(
        connection=connection,
        model_id=model_id,
        type="chat",
        by_hand=named.is_unlisted(connection),
        listed=False,
        hidden=False,
    )
