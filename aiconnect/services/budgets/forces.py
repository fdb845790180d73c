"""Budgets as the gateway counts by them."""

from __future__ import annotations

from datetime import tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls import budgets as values
from aiconnect.models import Budget, CollectionModel, Connection, Scope
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.budgets import keeping, tallies, targets
from aiconnect.services.named import TAG


def in_force(session: Session, zone: tzinfo) -> tuple[values.Budget, ...]:
    """Every budget of something that is there, with what was spent in its present period."""
    every = list(session.scalars(select(Budget).order_by(Budget.id)))
    if not every:
        return ()
    kept = tallies.current(session, zone, clock.now())
    named, models = targets.names(session, COMMAND_LINE, every), _models(session, every)
    return tuple(
        _value(one, zone, kept[one.id], models.get(one.target_id or 0, frozenset()))
        for one in every
        if not named[one.id].is_gone and one.id in kept
    )


def _value(
    row: Budget, zone: tzinfo, tally: keeping.Tally, models: frozenset[str]
) -> values.Budget:
    return values.Budget(
        id=row.id,
        name=row.name,
        scope=row.scope,
        target_id=row.target_id,
        limit=row.limit,
        period=row.period,
        zone=zone,
        is_soft=row.is_soft,
        allows_unpriced=row.allows_unpriced,
        cap_tokens=row.cap_tokens,
        warn_percent=row.warn_percent,
        models=models if row.scope == Scope.COLLECTION else frozenset(),
        start=tally.start,
        spent=tally.spent,
        version=tally.version,
    )


def _models(session: Session, every: list[Budget]) -> dict[int, frozenset[str]]:
    """What is in the collections that budgets are of, as `connection/id`, by the collection."""
    wanted = {one.target_id for one in every if one.scope == Scope.COLLECTION}
    if not wanted:
        return {}
    rows = (
        select(CollectionModel.collection_id, Connection.name, CollectionModel.model_id)
        .join(Connection, Connection.id == CollectionModel.connection_id)
        .where(CollectionModel.collection_id.in_(wanted))
    )
    found: dict[int, set[str]] = {}
    for collection_id, connection, model_id in session.execute(rows):
        name = f"{connection}/{model_id}"
        found.setdefault(collection_id, set()).update({name, name + TAG})
    return {key: frozenset(names) for key, names in found.items()}
