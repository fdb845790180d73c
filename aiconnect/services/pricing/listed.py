"""What providers' own lists say that their models cost."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import Connection, ServedModel
from aiconnect.services.amounts import MOST
from aiconnect.services.pricing.reckoning import PART_OF, Price, Rates

BESIDE = ("images", "searches")
"""What lists price that is no token."""

Lists: TypeAlias = Mapping[tuple[int, str], Price]
"""By connection and model."""


def read(session: Session, model_ids: Collection[str] | None = None) -> Lists:
    """The prices of every list, or of these models."""
    one = ServedModel
    rows = select(one.connection_id, one.model_id, one.price, Connection.name)
    rows = rows.join(Connection, Connection.id == one.connection_id).where(one.price.is_not(None))
    if model_ids is not None:
        rows = rows.where(one.model_id.in_(model_ids))
    found = session.execute(rows).all()
    return {
        (number, model): price
        for number, model, stated, name in found
        if (price := price_of(name, stated)) is not None
    }


def price_of(connection: str, stated: Any) -> Price | None:
    """A row's `price` as a price; None where it says nothing that can be read."""
    if not isinstance(stated, dict) or not isinstance(stated.get("input"), int):
        return None
    rates = Rates.of(
        _rate(stated["input"]),
        _rate(stated.get("output")),
        cache_read=_rate(stated.get("cache_read")),
        cache_write=_rate(stated.get("cache_write")),
        reasoning=_rate(stated.get("reasoning")),
        details=tuple(_details(stated)),
    )
    return Price(f"list:{connection}", rates, per_call=_rate(stated.get("per_call")) or 0)


def _details(stated: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for name in (*PART_OF, *BESIDE):
        rate = _rate(stated.get(name))
        if rate is not None:
            yield name, rate


def _rate(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return min(max(value, 0), MOST)
