"""An order, piece by piece: each is one transaction, and whoever comes next goes on after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from aiconnect.models import UsageRecord
from aiconnect.services import rollups
from aiconnect.services.audit import Actor
from aiconnect.services.pricing import Book, Cost
from aiconnect.services.repricing import anew, ordering
from aiconnect.services.repricing.ordering import BROKEN_OFF, DONE, Order
from aiconnect.services.repricing.previewing import Line
from aiconnect.services.writing import writing

PIECE = 500

Found = list[tuple[Any, Cost]]


def work(session: Session, most: int = PIECE) -> Order | None:
    """Do the next piece; gives how far it has come, None where nothing was ordered.

    It is broken off where prices have changed since it was seen: nobody has agreed to what it would
    do now.
    """
    with writing(session):
        found = ordering.read(session)
        if found is None:
            return None
        actor = Actor(found.by, found.via)
        if anew.prices_of(session) != found.prices:
            ordering.close(session, found, actor, "break_off.reprice")
            return replace(found, ended=BROKEN_OFF)
        page = session.execute(found.selection.after(found.place, most)).all()
        done = _done(session, found, page)
        if len(page) < most:
            done = replace(done, ended=DONE)
            ordering.close(session, done, actor, "reprice.calls")
        else:
            ordering.keep(session, done)
    return done


def _done(session: Session, before: Order, page: Sequence[Any]) -> Order:
    """The order after these records."""
    book = Book.open(session, {(row.connection, row.model) for row in page})
    found = [(row, anew.cost(row, book)) for row in page]
    changing = [one for one in found if anew.differs(*one)]
    _charge(session, changing)
    line = Line("", "")
    for row, cost in found:
        line.add(row, cost)
    return replace(
        before,
        place=(page[-1].at, page[-1].id) if page else before.place,
        calls=before.calls + line.calls,
        changed=before.changed + line.changed,
        before=before.before + line.before,
        after=before.after + line.after,
    )


def _charge(session: Session, changing: Found) -> None:
    """Write new costs, and what they change in the rollups."""
    if not changing:
        return
    ids = [row.id for row, _ in changing]
    before = rollups.measured(session, ids)
    statement = (
        update(UsageRecord)
        .where(UsageRecord.id == bindparam("call"))
        .values(cost=bindparam("nano"), cost_state=bindparam("state"), price=bindparam("source"))
    )
    values = [
        {"call": row.id, "nano": cost.nano, "state": cost.state.value, "source": cost.price}
        for row, cost in changing
    ]
    session.connection().execute(statement, values)
    rollups.apply_change(session, before, rollups.measured(session, ids))
