"""What a listing says otherwise of models that it had before: a new price, a day of retirement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import CollectionModel, Connection, ModelChange

RETIRING, REPRICED = "retiring", "repriced"
PARTS = ("input", "output")

Pair = tuple[Row[Any], Mapping[str, Any]]
"""A model as it was kept, and what the list says now."""


def note(session: Session, connection: Connection, both: Mapping[str, Pair], now: datetime) -> None:
    """Write down models that are to retire, and new prices of those that are in a collection."""
    repriced = {one: pair for one, pair in both.items() if _is_repriced(*pair)}
    kept = _in_collections(session, connection) if repriced else set()
    rows = [
        *_rows(RETIRING, {one: _retiring(*pair) for one, pair in both.items()}),
        *_rows(REPRICED, {one: _prices(*repriced[one]) for one in sorted(repriced.keys() & kept)}),
    ]
    common = {"connection_id": connection.id, "at": now}
    if rows:
        session.execute(insert(ModelChange), [{**row, **common} for row in rows])


def _rows(what: str, found: Mapping[str, dict[str, str]]) -> Iterator[dict[str, Any]]:
    for model_id, facts in found.items():
        if facts:
            yield {"model_id": model_id, "what": what, "facts": facts}


def _retiring(row: Row[Any], values: Mapping[str, Any]) -> dict[str, str]:
    day = values["retires_at"]
    return {"retires_at": clock.iso(day)} if day is not None and day != row.retires_at else {}


def _is_repriced(row: Row[Any], values: Mapping[str, Any]) -> bool:
    """A price that was not known before is no change of it."""
    return row.price is not None and values["price"] is not None and row.price != values["price"]


def _prices(row: Row[Any], values: Mapping[str, Any]) -> dict[str, str]:
    pairs = (("before", row.price), ("after", values["price"]))
    return {
        f"{part}_{name}": _dollars(price[part])
        for name, price in pairs
        for part in PARTS
        if part in price
    }


def _dollars(nano: int) -> str:
    return f"{(Decimal(nano) / 10**9).normalize():f}"


def _in_collections(session: Session, connection: Connection) -> set[str]:
    rows = select(CollectionModel.model_id).where(CollectionModel.connection_id == connection.id)
    return set(session.scalars(rows))
