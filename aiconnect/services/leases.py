"""Leases: what only one process at a time does, and who does it until when.

A lease is a row that is claimed by one conditional UPDATE, never by looking first. Its times are
those of the database's clock where the database is a server (processes on several machines need
not agree on the time), and of this machine's where it is a file: then there is only one machine.
Whoever holds a lease renews it three times a term, so an owner that died is followed within a term.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, func, literal, or_, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Lease
from aiconnect.services.writing import insert, writing

TERM = timedelta(seconds=6)
RENEW_SECONDS = 2.0
HONEST = timedelta(hours=1)
"""A lease that ends later than this was written by a clock that has been set back since."""

NOBODY = ""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def now(session: Session) -> datetime:
    """The time that leases and plans are measured by; see above."""
    if dialect(session) != "postgresql":
        return clock.now()
    found: datetime = session.scalars(select(func.clock_timestamp())).one()
    return found.astimezone(UTC)


def dialect(session: Session) -> str:
    """The name of the database's dialect."""
    return session.get_bind().dialect.name


def take(session: Session, name: str, owner: str, term: timedelta = TERM) -> bool:
    """Whether the lease is this owner's from now on, for a term: taken when it is free, or kept."""
    if not _may_take(session, name, owner):
        return False  # asked without the write lock: those who only wait disturb nobody
    with writing(session):
        return take_within(session, name, owner, term)


def take_within(session: Session, name: str, owner: str, term: timedelta = TERM) -> bool:
    """Like `take`, within the running unit of work."""
    moment = now(session)
    known = insert(dialect(session), Lease).values(name=name, owner=NOBODY, until=LONG_AGO)
    session.execute(known.on_conflict_do_nothing())
    return _claim(session, name, owner, moment + term, or_(Lease.owner == owner, _is_over(moment)))


def renew(session: Session, name: str, owner: str, term: timedelta = TERM) -> bool:
    """Whether the lease is still this owner's, and so for another term."""
    with writing(session):
        return _claim(session, name, owner, now(session) + term, Lease.owner == owner)


def release(session: Session, name: str, owner: str) -> None:
    """Give a lease back before it ends; one that somebody else has taken stays theirs."""
    with writing(session):
        release_within(session, name, owner)


def release_within(session: Session, name: str, owner: str) -> None:
    """Like `release`, within the running unit of work."""
    session.execute(
        update(Lease)
        .where(Lease.name == name, Lease.owner == owner)
        .values(owner=NOBODY, until=LONG_AGO),
        execution_options={"synchronize_session": False},
    )


def is_free(session: Session, name: str) -> bool:
    """Whether nobody holds the lease now."""
    held = select(literal(1)).where(Lease.name == name, ~_is_over(now(session)))
    return session.scalar(held) is None


def _may_take(session: Session, name: str, owner: str) -> bool:
    mine = select(literal(1)).where(Lease.name == name, Lease.owner == owner)
    return session.scalar(mine) is not None or is_free(session, name)


def _is_over(moment: datetime) -> ColumnElement[bool]:
    return or_(Lease.until <= moment, Lease.until > moment + HONEST)


def _claim(
    session: Session, name: str, owner: str, until: datetime, condition: ColumnElement[bool]
) -> bool:
    claimed = session.execute(
        update(Lease)
        .where(Lease.name == name, condition)
        .values(owner=owner, until=until)
        .returning(Lease.name),
        execution_options={"synchronize_session": False},
    )
    return claimed.first() is not None
