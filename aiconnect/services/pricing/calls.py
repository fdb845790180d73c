"""What recorded calls cost: settled ones from the journal, interrupted ones in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.values import amount
from aiconnect.models import UsageRecord
from aiconnect.services.pricing import own
from aiconnect.services.pricing.book import Book
from aiconnect.services.pricing.reckoning import FREE, Cost, cost


def settled(line: Mapping[str, Any], book: Book) -> Cost:
    """What a call costs, from the journal's line of its end.

    One that owes nothing (a server of the team's own, or refused before a provider saw it) costs
    something only where the team says so: a price of its own, and tokens that were used.
    """
    at, tokens, is_estimated = clock.from_ms(line["at"]), line["u"], line["es"]
    if line["f"]:
        row = book.own_row(line["cn"], line["m"], at) if tokens and line["c"] else None
        return cost(tokens, own.price(row), is_estimated=is_estimated) if row else FREE
    stated = amount(line.get("sc"))  # lines of the version before state none
    if stated is not None and stated >= 0:
        return cost(tokens, None, stated=stated, is_estimated=is_estimated)
    price = book.price(line["c"], line["cn"], line["m"], at) if tokens else None
    return cost(tokens, price, is_estimated=is_estimated)


def interrupted(session: Session, which: Sequence[ColumnElement[bool]]) -> list[tuple[str, Cost]]:
    """What is owed for records whose input alone is known, where there is a price; by their ids."""
    one = UsageRecord
    columns = (one.id, one.at, one.connection_id, one.connection, one.model, one.input_tokens)
    calls = session.execute(select(*columns).where(*which)).all()
    book = Book.open(session, {(call.connection, call.model) for call in calls})
    found = []
    for call in calls:
        price = book.price(call.connection_id, call.connection, call.model, call.at)
        owed = cost((call.input_tokens, 0, 0, 0, 0), price, is_estimated=True)
        if owed.price:
            found.append((call.id, owed))
    return found


def charge(session: Session, costs: Sequence[tuple[str, Cost]]) -> None:
    """Write costs to records that have not ended, within the running unit of work."""
    if not costs:
        return
    statement = (
        update(UsageRecord)
        .where(UsageRecord.id == bindparam("call"), UsageRecord.outcome.is_(None))
        .values(cost=bindparam("nano"), cost_state=bindparam("state"), price=bindparam("source"))
    )
    values = [
        {"call": call, "nano": one.nano, "state": one.state.value, "source": one.price}
        for call, one in costs
    ]
    session.connection().execute(statement, values)
