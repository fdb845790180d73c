"""The life of a key: how old it is, whose, how much it is used; what rests on its connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, Person, UsageRecord
from aiconnect.services import catalog, collections, routes
from aiconnect.services.audit import Actor

LOOKED_BACK = timedelta(days=30)
MOST_PROGRAMS = 20


@dataclass(frozen=True, slots=True)
class Life:
    """A key in use: who put it there when and how, and the calls made with it since."""

    last4: str
    made_at: datetime
    made_by: str
    source: str
    calls: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Program:
    """An access token that called through a connection."""

    name: str
    person: str
    calls: int
    used_at: datetime


@dataclass(frozen=True, slots=True)
class Impact:
    """What rests on a connection: models, the last 30 days' calls and programs, its one person.

    `routes` and `collections` are the names of those that lead to it.
    """

    models: int
    calls: int
    programs: tuple[Program, ...]
    owner: str
    routes: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


def of_key(session: Session, connection: Connection) -> Life | None:
    """The life of the key in use, None where there is none."""
    key = connection.key
    if key is None:
        return None
    calls, used_at = session.execute(
        select(func.count(), func.max(UsageRecord.at)).where(
            UsageRecord.connection_id == connection.id, UsageRecord.at >= key.made_at
        )
    ).one()
    return Life(key.last4, key.made_at, key.made_by, key.source, calls, used_at)


def impact(session: Session, actor: Actor, connection: Connection) -> Impact:
    """What stops when this connection is removed, of what they may know."""
    programs = _programs(session, connection)
    owner = session.get(Person, connection.owner_id) if connection.owner_id else None
    return Impact(
        models=len(catalog.served(session, connection.id)),
        calls=sum(one.calls for one in programs),
        programs=tuple(programs[:MOST_PROGRAMS]),
        owner=owner.email if owner else "",
        routes=tuple(routes.resting_on(session, connection.id)),
        collections=tuple(collections.resting_on(session, connection.id, actor)),
    )


def _programs(session: Session, connection: Connection) -> list[Program]:
    one, calls = UsageRecord, func.count()
    rows = session.execute(
        select(one.access_token, one.person, calls, func.max(one.at))
        .where(one.connection_id == connection.id, one.at >= clock.now() - LOOKED_BACK)
        .group_by(one.access_token, one.person)
        .order_by(calls.desc(), one.access_token)
    )
    return [Program(*row) for row in rows]
