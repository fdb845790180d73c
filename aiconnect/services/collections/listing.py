"""The models of collections as the catalog knows them now: served, gone, or never listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session, joinedload

from aiconnect.models import Collection, CollectionModel, ServedModel
from aiconnect.services import catalog, named
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.collections import finding
from aiconnect.services.named import TAG

Known = Mapping[tuple[int, str], ServedModel]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry and its model; one that was never listed is a row of no table."""

    entry: CollectionModel
    model: ServedModel

    @property
    def is_usable(self) -> bool:
        return catalog.available(self.model)[0]


def models(session: Session, name: str, actor: Actor = COMMAND_LINE) -> list[ServedModel]:
    """The models of a collection in its order; raises NotFound."""
    found = finding.by_name(session, name, actor)
    return [one.model for one in lines(session, found)]


def lines(session: Session, collection: Collection) -> list[Line]:
    """The entries of a collection in its order, each with its model."""
    known = _known(session, [collection])
    return [Line(one, _model(known, one)) for one in collection.models]


def usable(session: Session, collections: Sequence[Collection]) -> dict[int, int]:
    """How many models of each collection can be called now, by its id."""
    known = _known(session, collections)
    return {
        one.id: sum(Line(entry, _model(known, entry)).is_usable for entry in one.models)
        for one in collections
    }


def _known(session: Session, collections: Iterable[Collection]) -> Known:
    ids = [one.id for one in collections]
    entered = type_coerce(CollectionModel.model_id, String)
    here = (
        select(ServedModel.id)
        .join(CollectionModel, CollectionModel.connection_id == ServedModel.connection_id)
        .where(CollectionModel.collection_id.in_(ids))
        .where(ServedModel.model_id.in_([entered, entered + TAG]))
    )
    rows = select(ServedModel).where(ServedModel.id.in_(here))
    found = session.scalars(rows.options(joinedload(ServedModel.connection)))
    return {(one.connection_id, one.model_id): one for one in found}


def _model(known: Known, one: CollectionModel) -> ServedModel:
    """Its row; Ollama lists with a tag what was put in without one before it was listed."""
    place = one.connection_id
    row = known.get((place, one.model_id)) or known.get((place, one.model_id + TAG))
    return row or _unknown(one)


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
