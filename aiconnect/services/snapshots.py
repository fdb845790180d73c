"""Rows into the picture that the gateway works from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Text, cast, or_, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.calls.snapshot import Caller, Opened, Routed, Served, Snapshot, Step, is_allowed
from aiconnect.models import (
    AccessToken,
    Collection,
    CollectionModel,
    Connection,
    Person,
    Role,
    Route,
    RouteStep,
    ServedModel,
    State,
)
from aiconnect.providers.spec import Provider
from aiconnect.services import (
    budgets,
    ceilings,
    connections,
    installation,
    limits,
    pricing,
    team_zone,
    texts,
)
from aiconnect.services.named import TAG, is_unlisted
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.services.writing import writing
from aiconnect.settings import Settings
from aiconnect.wire.types import Ways

UNREADABLE = "key_unreadable"


def build(
    session: Session, *, rows: Mapping[str, Provider], vault: Vault, settings: Settings
) -> Snapshot:
    """The present picture; a connection whose key does not open is in it as broken."""
    revision = installation.revision(session)
    models = _models(session)
    entered = {row.connection_id for row in models if row.by_hand}
    hidden: dict[int, set[str]] = {}
    for row in models:
        if row.hidden:
            hidden.setdefault(row.connection_id, set()).add(row.model_id)
    opened: dict[int, Opened] = {}
    for connection in connections.all(session):
        if connection.provider not in rows:  # left behind by another version: nothing can call it
            continue
        one = _open(connection, rows[connection.provider], vault, settings)
        any_model = is_unlisted(connection) and connection.id not in entered
        off = frozenset(hidden.get(connection.id, ()))
        opened[connection.id] = replace(one, any_model=any_model, hidden=off)
    by_name, sets = {one.name: one for one in opened.values()}, _collections(session)
    picture = Snapshot.of(
        revision,
        _callers(session, sets),
        by_name,
        _served(models, opened),
        routes={one.name: one for one in _routes(session)},
        collections={one.name: one for one in sets.values()},
        ceilings=ceilings.read(session),
    )
    _mark(session, opened)
    picture = replace(picture, keeps_texts=texts.is_on(session))
    return _with_money(session, picture, rows, settings)


def _with_money(
    session: Session, picture: Snapshot, rows: Mapping[str, Provider], settings: Settings
) -> Snapshot:
    """With budgets and the freeze; prices are looked up only where something asks for them."""
    in_force = budgets.in_force(session, team_zone.read(session, settings.timezone))
    is_frozen = budgets.is_frozen(session) is not None
    if not in_force and not is_frozen:
        return picture
    prices = pricing.Book.open(session, rows=rows)
    return replace(picture, budgets=in_force, frozen=is_frozen, prices=prices)


def _open(connection: Connection, row: Provider, vault: Vault, settings: Settings) -> Opened:
    is_broken, ways = False, Ways.of(settings)
    try:
        target = connections.opened(connection, row, vault=vault, ways=ways)
    except CannotOpen:
        target, is_broken = connections.closed(connection, row, ways=ways), True
    return Opened(
        id=connection.id,
        name=connection.name,
        target=target,
        enabled=connection.enabled,
        broken=is_broken,
        no_stream_options=bool(connection.learned.get("no_stream_options")),
        owner_id=connection.owner_id,
        allowed=tuple(connection.allowed),
        first_byte=connection.first_byte_seconds,
        limit=limits.of(connection),
        retried_at=connection.retried_at,
        flat_fee=connection.flat_fee,
    )


def _callers(session: Session, sets: Mapping[int, Routed]) -> dict[bytes, Caller]:
    rows = session.execute(
        select(AccessToken, Person)
        .join(Person)
        .where(AccessToken.revoked_at.is_(None), Person.disabled_at.is_(None))
        .where(or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > clock.now()))
    )
    return {bytes.fromhex(row.sha256): _caller(row, person, sets) for row, person in rows}


def _caller(row: AccessToken, person: Person, sets: Mapping[int, Routed]) -> Caller:
    return Caller(
        row.id,
        row.name,
        person.id,
        person.email,
        expires_at=row.expires_at.timestamp() if row.expires_at else None,
        patterns=tuple(row.patterns),
        names=None if row.collections is None else _names(row.collections, sets),
        limit=limits.of(row),
        person_limit=limits.of(person),
        reads_metrics=Role(person.role).covers(Role.ADMIN),
    )


def _names(collection_ids: Sequence[int], sets: Mapping[int, Routed]) -> frozenset[str]:
    """The models of these collections; one that has gone has none."""
    found = [sets[one] for one in collection_ids if one in sets]
    names = [step.name for routed in found for step in routed.steps]
    return frozenset(names + [name + TAG for name in names])  # put in before it was ever listed


def _routes(session: Session) -> Iterator[Routed]:
    rows = session.execute(
        select(
            Route.name,
            Route.total_seconds,
            Connection.name,
            RouteStep.model_id,
            RouteStep.first_byte_seconds,
            RouteStep.retries,
        )
        .outerjoin(RouteStep, RouteStep.route_id == Route.id)
        .outerjoin(Connection, Connection.id == RouteStep.connection_id)
        .order_by(Route.name, RouteStep.position, RouteStep.id)
    )
    for (name, total), steps in groupby(rows, key=lambda row: (row[0], row[1])):
        yield Routed(name, tuple(Step(*row[2:]) for row in steps if row[2]), total)


def _collections(session: Session) -> dict[int, Routed]:
    """Each with its models, by its id."""
    rows = session.execute(
        select(
            Collection.id,
            Collection.name,
            Collection.owner_id,
            Connection.name,
            CollectionModel.model_id,
            CollectionModel.parameters,
        )
        .outerjoin(CollectionModel, CollectionModel.collection_id == Collection.id)
        .outerjoin(Connection, Connection.id == CollectionModel.connection_id)
        .order_by(Collection.id, CollectionModel.position, CollectionModel.id)
    )
    return {
        key: Routed(
            name,
            tuple(Step(row[3], row[4], parameters=row[5] or {}) for row in models if row[3]),
            owner_id=owner_id,
        )
        for (key, name, owner_id), models in groupby(rows, key=lambda row: tuple(row[:3]))
    }


Record = Row[*tuple[Any, ...]]
"""A row with the columns of `_models`."""

TABLE = ServedModel.__table__.columns
CARD = (
    "name", "type", "context", "output_limit", "family", "parameters", "quantization", "size",
    "loaded",
)  # fmt: skip
"""What of a model's card is stored as it is, in the order of ModelCard's fields."""


def _models(session: Session) -> list[Record]:
    """What may be served, as plain rows: an object for each would take ten times as long."""
    names = ("connection_id", "first_seen", "hidden", "by_hand", "model_id", *CARD, "retires_at")
    abilities = cast(TABLE["capabilities"], Text).label("abilities")
    rows = (
        select(*(TABLE[name] for name in names), abilities)
        .join(Connection, Connection.id == TABLE["connection_id"])
        .where(or_(TABLE["listed"], TABLE["by_hand"]))
        .order_by(Connection.position, Connection.id, TABLE["model_id"])
    )
    return list(session.connection().execute(rows))


def _served(models: Iterable[Record], opened: Mapping[int, Opened]) -> tuple[Served, ...]:
    """What may be called: neither hidden nor outside of a connection's patterns."""
    return tuple(
        Served(one.id, one.name, model_id, kind, int(seen.timestamp()), _card(row))
        for row in models
        for connection_id, seen, is_hidden, _, model_id, _, kind in (row[:7],)
        if not is_hidden and (one := opened.get(connection_id)) is not None
        if is_allowed(one.allowed, model_id)
    )


def _card(row: Record) -> ModelCard:
    retires_at, abilities = row[-2:]
    return ModelCard(*(*row[4:-2], _abilities(abilities), retires_at))


@lru_cache(maxsize=1000)
def _abilities(text: str | None) -> tuple[str, ...]:
    """Read once for all models that can do the same: reading JSON is most of what a row takes."""
    return tuple(json.loads(text or "[]") or ())


def _mark(session: Session, opened: Mapping[int, Opened]) -> None:
    """Write down which keys do not open, and which do again."""
    stale = [
        connection
        for connection in connections.all(session)
        if connection.id in opened
        and opened[connection.id].broken != (connection.finding == UNREADABLE)
    ]
    if not stale:
        return
    with writing(session):
        for connection in stale:
            is_broken = opened[connection.id].broken
            connection.state = State.NEEDS_ATTENTION if is_broken else State.UNTESTED
            connection.finding = UNREADABLE if is_broken else None
            connection.facts, connection.state_since = {}, clock.now()
