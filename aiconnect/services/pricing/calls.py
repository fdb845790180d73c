"""What interrupted calls cost, in the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session

from aiconnect.models import UsageRecord
from aiconnect.services.pricing.book import Book
from aiconnect.services.pricing.reckoning import Cost, cost
from aiconnect.services.pricing.settling import with_state


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
            found.append((call.id, with_state(owed, book, call.connection_id)))
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
