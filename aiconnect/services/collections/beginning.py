"""The first collection, made once out of what is connected, so that there is one to change.

It is made where a test of a connection has stored a list of models: then it is known what can be
called, somebody writes to the database anyway, and no page has to write when it is only read. It
is never made again, also not after somebody has removed it. What is connected next joins it as
long as it is not full and nobody has touched it or limited an access token to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, groupby, islice, zip_longest

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from aiconnect import clock
from aiconnect.models import AuditEntry, Collection, Connection, ServedModel, Setting
from aiconnect.services import catalog, pricing, tagging
from aiconnect.services.audit import SYSTEM
from aiconnect.services.collections.changing import make
from aiconnect.services.collections.filling import append
from aiconnect.services.collections.finding import limited
from aiconnect.services.collections.rights import record
from aiconnect.services.named import Named

COMMON = "common"
BEGUN = "collections.begun"
MOST = 5


def begin(session: Session) -> Collection | None:
    """Make it within the running unit of work, if it is time for that and never was before."""
    session.flush()
    if session.get(Setting, BEGUN) is not None:
        return _grow(session)
    chosen = choose(session)
    if not chosen:
        return None
    session.add(Setting(name=BEGUN, value=clock.now().isoformat()))
    if _was_one_made(session):
        return None
    made = make(session, SYSTEM, COMMON, description="", owner_id=None)
    for one in chosen:
        append(made, Named(one.connection, one.model_id))
    record(session, SYSTEM, "add", made)
    return made


def _grow(session: Session) -> Collection | None:
    """It with more models, None where nothing was to be done."""
    rows = select(Collection).where(Collection.name == COMMON, Collection.made_by == SYSTEM.name)
    found = session.scalar(rows.where(Collection.changed_at.is_(None)))
    if found is None or len(found.models) >= MOST or limited(session, found):
        return None
    here = {(one.connection_id, one.model_id) for one in found.models}
    new = [one for one in choose(session) if (one.connection_id, one.model_id) not in here]
    for one in new[: MOST - len(here)]:
        append(found, Named(one.connection, one.model_id))
    if new:
        record(session, SYSTEM, "change", found)
    return found if new else None


def choose(session: Session) -> list[ServedModel]:
    """Up to five models: of each of the team's connections its best, then of each its second.

    The better one of a connection is loaded already, then reads more, then costs less. None that
    waits for mature mode: everybody calls this collection.
    """
    usable = [one for one in _chats(session) if catalog.available(one)[0] and not one.retires_at]
    usable = _for_everybody(session, usable)
    book = pricing.Book.open(session, [(one.connection.name, one.model_id) for one in usable])
    by_connection = [
        sorted(models, key=lambda one: _rank(one, book))
        for _, models in groupby(usable, key=lambda one: one.connection_id)
    ]
    return list(islice(_in_turn(by_connection), MOST))


def _for_everybody(session: Session, models: Iterable[ServedModel]) -> list[ServedModel]:
    tags = tagging.Tags.of(session)
    return [
        one
        for one in models
        if tags.tag(one.connection.name, one.model_id, one.moderated) not in tagging.MATURE
    ]


def _in_turn(lists: Iterable[list[ServedModel]]) -> Iterator[ServedModel]:
    rounds = zip_longest(*lists)
    return (one for one in chain.from_iterable(rounds) if one is not None)


def _rank(one: ServedModel, book: pricing.Book) -> tuple[bool, int, float, str]:
    price = book.price(one.connection_id, one.connection.name, one.model_id, clock.now())
    cost = price.rates.output if price else float("inf")
    return not one.loaded, -(one.context or 0), cost, one.model_id


def _chats(session: Session) -> list[ServedModel]:
    rows = select(ServedModel).join(ServedModel.connection)
    rows = rows.options(contains_eager(ServedModel.connection))
    rows = rows.where(ServedModel.type == "chat", Connection.owner_id.is_(None))
    return list(session.scalars(rows.order_by(Connection.position, Connection.id)))


def _was_one_made(session: Session) -> bool:
    entry = select(AuditEntry.id).where(AuditEntry.action == "add.collection").limit(1)
    is_one = session.scalar(select(Collection.id).limit(1)) is not None
    return is_one or session.scalar(entry) is not None
