"""What becomes of a table that was fetched: it is accepted as it was seen, or dismissed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import select, update
from sqlalchemy.orm import Session, defer

from aiconnect import clock
from aiconnect.errors import N_, Conflict, Refused
from aiconnect.models import PriceTable
from aiconnect.services import audit, installation
from aiconnect.services.audit import Actor
from aiconnect.services.price_updates import noting
from aiconnect.services.price_updates.diffing import diff
from aiconnect.services.price_updates.fetching import FETCHED
from aiconnect.services.pricing import tables
from aiconnect.services.pricing.tables import ACCEPTED
from aiconnect.services.writing import writing

DISMISSED = "dismissed"
Decision: TypeAlias = Callable[[Session, Actor, str], PriceTable]


@dataclass(frozen=True, slots=True)
class InUse:
    """The table that prices come from now; the bundled one has no times."""

    version: str
    fetched_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_by: str = ""

    @property
    def is_bundled(self) -> bool:
        return self.accepted_at is None


def in_use(session: Session) -> InUse:
    """Which table holds now."""
    row = session.scalars(
        select(PriceTable)
        .where(PriceTable.state == ACCEPTED)
        .order_by(PriceTable.decided_at.desc(), PriceTable.id.desc())
        .options(defer(PriceTable.content))
    ).first()
    if row is None:
        return InUse(tables.BUNDLED.name)
    return InUse(row.version, row.fetched_at, row.decided_at, row.decided_by)


def waiting(session: Session) -> PriceTable | None:
    """The table that was fetched and not decided about."""
    rows = select(PriceTable).where(PriceTable.state == FETCHED).order_by(PriceTable.id.desc())
    return session.scalars(rows.options(defer(PriceTable.content))).first()


def accept(session: Session, actor: Actor, digest: str) -> PriceTable:
    """From now on prices come from the table with this digest: the one that was seen.

    Raises Conflict where another one waits by now, or somebody else has decided. Records keep
    their prices; models in collections whose price this changes are noted.
    """
    found = _seen(session, digest)
    changed = diff(session, found).changes  # looked at before the lock is taken: it takes a second
    with writing(session):
        table = _decide(session, actor, digest, ACCEPTED)
        noting.note(session, changed, table.version)
        installation.bump_revision(session)
        audit.record(session, actor, "accept.prices", table.version, digest=digest)
    return table


def dismiss(session: Session, actor: Actor, digest: str) -> PriceTable:
    """Leave prices as they are; the same table is offered again when somebody looks again."""
    with writing(session):
        table = _decide(session, actor, digest, DISMISSED)
        audit.record(session, actor, "dismiss.prices", table.version)
    return table


def back_to_bundled(session: Session, actor: Actor) -> None:
    """Take prices from the table that came with this version; raises Refused where they do."""
    with writing(session):
        accepted = update(PriceTable).where(PriceTable.state == ACCEPTED)
        done = session.execute(
            accepted.values(state=DISMISSED).returning(PriceTable.id),
            execution_options={"synchronize_session": False},
        ).all()
        if not done:
            raise Refused(N_("Prices come from the bundled table already."))
        installation.bump_revision(session)
        audit.record(session, actor, "drop.prices", tables.BUNDLED.name)


def _seen(session: Session, digest: str) -> PriceTable:
    found = waiting(session)
    if found is None:
        raise Conflict(N_("Nothing waits any more: somebody else has decided. Look again."))
    if found.digest != digest:
        raise Conflict(N_("Newer prices were fetched meanwhile. Look at what they change first."))
    return found


def _decide(session: Session, actor: Actor, digest: str, state: str) -> PriceTable:
    table = _seen(session, digest)
    session.refresh(table, ["state"])
    if table.state != FETCHED:
        raise Conflict(N_("Nothing waits any more: somebody else has decided. Look again."))
    table.state, table.decided_at, table.decided_by = state, clock.now(), actor.name
    return table
