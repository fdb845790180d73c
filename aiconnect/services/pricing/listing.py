"""Prices as they are now, and what has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import CostState, ServedModel, UsageRecord
from aiconnect.providers import PROVIDERS
from aiconnect.services import catalog
from aiconnect.services.pricing.book import Book
from aiconnect.services.pricing.own import OwnRow
from aiconnect.services.pricing.reckoning import PROVIDER, Price

FREE = "free"


@dataclass(frozen=True, slots=True)
class Line:
    """What a name costs now. `source` is own:<id>, the table's name, provider, free, or None."""

    model: str
    source: str | None
    price: Price | None = None
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """A served model without a price, or calls of a model whose cost nobody knows."""

    model: str
    source: str | None
    served: bool
    unknown_calls: int


def prices(session: Session) -> list[Line]:
    """The price in force of each served model, then own prices of other names."""
    book, now = Book.open(session), clock.now()
    served = [_line(book, model, now) for model in catalog.served(session)]
    return served + list(_others(book, {line.model for line in served}, now))


def doubts(session: Session) -> list[Doubt]:
    """Served models without a price, and models with calls of unknown cost: most calls first."""
    unknown = _unknown(session)
    lines = {line.model: line for line in prices(session)}
    served = {f"{one.connection.name}/{one.model_id}" for one in catalog.served(session)}
    unpriced = {name for name in served if lines[name].source is None}
    found = [
        Doubt(name, lines[name].source if name in lines else None, name in served, calls)
        for name in unpriced | unknown.keys()
        for calls in [unknown.get(name, 0)]
    ]
    return sorted(found, key=lambda one: (-one.unknown_calls, one.model))


def _line(book: Book, model: ServedModel, now: datetime) -> Line:
    connection, name = model.connection, f"{model.connection.name}/{model.model_id}"
    row = book.own_row(connection.name, model.model_id, now)
    if row is not None:
        return _own(name, row)
    price = book.price(connection.id, connection.name, model.model_id, now)
    provider = PROVIDERS.get(connection.provider)
    if provider is None or not (provider.free or provider.states_cost):
        return Line(name, price.source if price else None, price)
    return Line(name, FREE if provider.free else PROVIDER, price)


def _others(book: Book, listed: set[str], now: datetime) -> Iterator[Line]:
    for name, rows in sorted(book.own.items()):
        row = rows.at(now)
        if row is not None and name not in listed:
            yield _own(name, row)


def _own(name: str, row: OwnRow) -> Line:
    return Line(name, row.price.source if row.price else None, row.price, row.valid_from)


def _unknown(session: Session) -> dict[str, int]:
    """How many settled calls of each model have no known cost; those of no connection have none."""
    columns = (UsageRecord.connection, UsageRecord.model)
    rows = (
        select(*columns, func.count())
        .where(UsageRecord.outcome.is_not(None), UsageRecord.cost_state == CostState.UNKNOWN)
        .group_by(*columns)
    )
    return {f"{connection}/{model}": calls for connection, model, calls in session.execute(rows)}
