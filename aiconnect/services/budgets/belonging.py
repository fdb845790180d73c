"""Which calls a budget counts: whose they are, or where they went."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from aiconnect.models import Budget, CollectionModel, Scope, UsageRecord
from aiconnect.services import rollups, team_zone
from aiconnect.services.named import TAG
from aiconnect.services.rollups import ALL, By, Sum, Wanted

Members = Mapping[int, frozenset[tuple[int, str]]]
"""The models in a collection, as (connection id, model id), by the collection's id."""

IDS = {
    Scope.PERSON: "person_id", Scope.TOKEN: "access_token_id", Scope.CONNECTION: "connection_id",
}  # fmt: skip
"""Where a record says whose it is."""


def members(session: Session, budgets: Iterable[Budget]) -> Members:
    """What is now in the collections that these budgets are of."""
    wanted = {one.target_id for one in budgets if one.scope == Scope.COLLECTION}
    if not wanted:
        return {}
    entry = CollectionModel
    rows = select(entry.collection_id, entry.connection_id, entry.model_id)
    found: dict[int, set[tuple[int, str]]] = {}
    for collection_id, connection_id, model_id in session.execute(
        rows.where(entry.collection_id.in_(wanted))
    ):
        models = found.setdefault(collection_id, set())
        models |= {(connection_id, model_id), (connection_id, model_id + TAG)}
    return {key: frozenset(models) for key, models in found.items()}


def sums(
    session: Session,
    budget: Budget,
    span: tuple[datetime, datetime | None],
    *,
    by: By | None = None,
    unnamed: Collection[int] = (),
) -> list[Sum]:
    """What the ledger says of the calls that belong to a budget, from a moment on, before another.

    A collection's are by model always.
    """
    zone, (since, until) = team_zone.read(session), span
    found: list[Sum] = []
    for wanted, models in _questions(budget, members(session, [budget])):
        every = rollups.sums(
            session, "model" if models else by, since, until, wanted, zone, unnamed=unnamed
        )
        found += [one for one in every if models is None or one.key in models]
    return found


def _questions(budget: Budget, members: Members) -> list[tuple[Wanted, frozenset[str] | None]]:
    """What to ask of the ledger: which calls, and which models alone of these (None: all)."""
    target = budget.target_id or 0
    match budget.scope:
        case Scope.TEAM:
            return [(ALL, None)]
        case Scope.PERSON:
            return [(Wanted(person_id=target), None)]
        case Scope.TOKEN:
            return [(Wanted(access_token_id=target), None)]
        case Scope.CONNECTION:
            return [(Wanted(connection_id=target), None)]
        case _:
            found = _by_connection(members, target)
            return [(Wanted(connection_id=one), names) for one, names in found]


def _by_connection(members: Members, collection_id: int) -> list[tuple[int, frozenset[str]]]:
    found: dict[int, set[str]] = {}
    for connection_id, model in members.get(collection_id, frozenset()):
        found.setdefault(connection_id, set()).add(model)
    return [(one, frozenset(names)) for one, names in sorted(found.items())]


def belongs_to(budget: Budget, members: Members) -> Callable[[Any], bool]:
    """Says of a record, or of a row with its ids and its model, whether it is a budget's."""
    target = budget.target_id
    match budget.scope:
        case Scope.TEAM:
            return lambda _record: True
        case Scope.COLLECTION:
            models = members.get(target or 0, frozenset())
            return lambda record: (record.connection_id, record.model) in models
        case scope:
            id_of = attrgetter(IDS[Scope(scope)])
            return lambda record: id_of(record) == target


def clause(budget: Budget, members: Members) -> ColumnElement[bool]:
    """The same for queries of records."""
    if budget.scope == Scope.TEAM:
        return true()
    if budget.scope == Scope.COLLECTION:
        return _in_collection(members, budget.target_id or 0)
    column: ColumnElement[bool] = getattr(UsageRecord, IDS[Scope(budget.scope)]) == budget.target_id
    return column


def _in_collection(members: Members, collection_id: int) -> ColumnElement[bool]:
    """Connection by connection: each is one range of an index."""
    ranges = (
        (UsageRecord.connection_id == connection_id) & UsageRecord.model.in_(sorted(names))
        for connection_id, names in _by_connection(members, collection_id)
    )
    return or_(false(), *ranges)
