"""What a record costs at the prices that are known now."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect.models import Connection, CostState, OwnPrice, ServedModel
from aiconnect.services.pricing import Book, Cost, settled, tables

COUNTS = (
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
)  # fmt: skip


def cost(row: Any, book: Book) -> Cost:
    """Its cost anew; that of a connection which is gone stays what it was, unless there is a price.

    Nobody knows any more whose model that was: a cost is not taken away for it.
    """
    found = settled(_line(row, book), book)
    is_lost = found.state is CostState.UNKNOWN and row.connection_id not in book.places
    return Cost(row.cost, CostState(row.cost_state), row.price) if is_lost else found


def differs(row: Any, found: Cost) -> bool:
    """Whether something changes for who reads it: a new source of the same price does not."""
    return bool((row.cost, row.cost_state) != (found.nano, found.state))


def prices_of(session: Session) -> str:
    """A digest of everything that prices are looked up in: it stays while none of it changes."""
    one, served = Connection, ServedModel
    own = session.execute(select(func.count(OwnPrice.id), func.max(OwnPrice.id))).one()
    places = select(one.id, one.name, one.provider, one.base_url, one.flat_fee).order_by(one.id)
    lists = select(served.connection_id, served.model_id, served.price)
    lists = lists.where(served.price.is_not(None)).order_by(served.connection_id, served.model_id)
    digest = hashlib.sha256(repr((own, tables.current(session).name)).encode())
    for rows in (places, lists):
        for row in session.execute(rows):
            digest.update(repr(tuple(row)).encode("utf-8", "replace"))
    return digest.hexdigest()[:32]


def _line(row: Any, book: Book) -> dict[str, Any]:
    """The record as the journal's line of its end would say it."""
    counts = [getattr(row, name) for name in COUNTS]
    is_counted = any(one is not None for one in counts)
    return {
        "at": round(row.at.timestamp() * 1000), "c": row.connection_id, "cn": row.connection,
        "m": row.model, "u": counts if is_counted else None, "ud": row.details,
        "es": row.tokens_estimated, "f": _is_free(row, book),
    }  # fmt: skip


def _is_free(row: Any, book: Book) -> bool:
    """Whether it owed nothing: at a server of the team's own, or no provider has seen it."""
    place = book.places.get(row.connection_id)
    return bool(row.cost_state == CostState.FREE or (place is not None and place.row.free))
