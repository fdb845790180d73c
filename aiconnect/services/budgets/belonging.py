"""Which calls a budget counts: whose they are, or where they went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from aiconnect.models import Budget, CollectionModel, Scope, UsageRecord
from aiconnect.services.named import TAG

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


def is_of(record: Any, budget: Budget, members: Members) -> bool:
    """Whether a record, or a row with its ids and its model, belongs to a budget."""
    if budget.scope == Scope.TEAM:
        return True
    if budget.scope == Scope.COLLECTION:
        return (record.connection_id, record.model) in members.get(budget.target_id or 0, ())
    return bool(getattr(record, IDS[Scope(budget.scope)]) == budget.target_id)


def clause(budget: Budget, members: Members, table: Any = UsageRecord) -> ColumnElement[bool]:
    """The same for queries; `table` has the ids and the model as UsageRecord has them."""
    if budget.scope == Scope.TEAM:
        return true()
    if budget.scope == Scope.COLLECTION:
        return _in_collection(members.get(budget.target_id or 0, frozenset()), table)
    column: ColumnElement[bool] = getattr(table, IDS[Scope(budget.scope)]) == budget.target_id
    return column


def _in_collection(models: frozenset[tuple[int, str]], table: Any) -> ColumnElement[bool]:
    """Connection by connection: each is one range of an index."""
    by_connection: dict[int, list[str]] = {}
    for connection_id, model in sorted(models):
        by_connection.setdefault(connection_id, []).append(model)
    ranges = (
        (table.connection_id == connection_id) & table.model.in_(names)
        for connection_id, names in by_connection.items()
    )
    return or_(false(), *ranges)
