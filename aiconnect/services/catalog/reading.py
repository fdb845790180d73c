"""Models as they are shown: by pages, with the reason where one cannot be called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Case,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    func,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session, contains_eager

from aiconnect import clock
from aiconnect.calls.snapshot import is_allowed
from aiconnect.models import Connection, ModelChange, ServedModel, State
from aiconnect.services import connections
from aiconnect.services.audit import COMMAND_LINE, Actor

REASONS = (
    "hidden", "not_allowed", "not_listed", "retired",
    "connection_off", "unreachable", "needs_attention",
)  # fmt: skip
"""Why a model is not available; what somebody chose comes before what has happened."""

LARGEST = 50
SERVED = or_(ServedModel.listed, ServedModel.by_hand)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of models; `number` counts from 1."""

    items: Sequence[ServedModel]
    total: int
    number: int
    pages: int
    size: int = LARGEST

    @property
    def first_shown(self) -> int:
        return (self.number - 1) * self.size + 1 if self.items else 0

    @property
    def last_shown(self) -> int:
        return (self.number - 1) * self.size + len(self.items)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many models a connection serves, and how many of them can be called."""

    served: int
    available: int


def page(
    session: Session,
    actor: Actor,
    *,
    connection_id: int | None = None,
    q: str = "",
    kind: str = "",
    state: str = "",
    number: int = 1,
    size: int = LARGEST,
) -> Page:
    """A page of the models that they see, in the team's order of connections.

    `q` is part of a name; `kind` is a type; `state` is available, unavailable or one of REASONS.
    Models that are gone are found by the state not_listed alone.
    """
    rows = _narrowed(_rows(actor, connection_id), connection_id, q, kind)
    rows = _in_state(session, rows, state)
    counted = rows.with_only_columns(func.count(), maintain_column_froms=True)
    total = session.scalar(counted) or 0
    size = min(max(size, 1), LARGEST)
    pages = max(1, -(-total // size))
    number = min(max(number, 1), pages)
    ordered = _shown(rows, connection_id).limit(size).offset((number - 1) * size)
    return Page(list(session.scalars(ordered)), total, number, pages, size)


def served(
    session: Session, connection_id: int | None = None, actor: Actor = COMMAND_LINE
) -> list[ServedModel]:
    """The models that are listed or entered by hand, in the team's order of connections."""
    return list(session.scalars(_shown(_rows(actor, connection_id).where(SERVED), connection_id)))


def available(model: ServedModel) -> tuple[bool, str]:
    """Whether a call for the model can be expected to work, and if not why, as a code."""
    connection, now = model.connection, clock.now()
    holds = {
        "hidden": model.hidden,
        "not_allowed": not is_allowed(connection.allowed, model.model_id),
        "not_listed": not (model.listed or model.by_hand),
        "retired": model.retires_at is not None and model.retires_at <= now,
        "connection_off": not connection.enabled,
        "unreachable": connection.state == State.UNREACHABLE,
        "needs_attention": connection.state == State.NEEDS_ATTENTION,
    }
    reason = next((reason for reason in REASONS if holds[reason]), "")
    return not reason, reason


def reasons(session: Session, *which: ColumnElement[bool]) -> dict[tuple[int, str], str]:
    """`available` for many, by (connection id, model id): the code, "" for what can be called."""
    columns = select(ServedModel.connection_id, ServedModel.model_id, _reason(session))
    rows = columns.join(Connection, Connection.id == ServedModel.connection_id).where(*which)
    return {(connection, model_id): why for connection, model_id, why in session.execute(rows)}


def counts(session: Session, actor: Actor, connection_id: int | None = None) -> dict[int, Counts]:
    """How many models each connection serves that they see; those with none are left out."""
    is_available = case((_reason(session) == "", 1), else_=0)
    columns = (ServedModel.connection_id, func.count(), func.sum(is_available))
    rows = _rows(actor, connection_id, *columns).where(SERVED)
    found = session.execute(rows.group_by(ServedModel.connection_id))
    return {connection: Counts(every, int(usable)) for connection, every, usable in found}


def kinds(session: Session, actor: Actor, connection_id: int | None = None) -> dict[str, int]:
    """How many models there are of each type that they see, the most frequent first."""
    rows = _rows(actor, connection_id, ServedModel.type, func.count()).where(SERVED)
    found = session.execute(rows.group_by(ServedModel.type)).all()
    return dict(sorted(((kind, many) for kind, many in found), key=lambda pair: -pair[1]))


def changes(
    session: Session, actor: Actor, connection_id: int | None = None, limit: int = 20
) -> list[ModelChange]:
    """Models that listings found new or gone, the latest first."""
    rows = (
        select(ModelChange)
        .join(ModelChange.connection)
        .options(contains_eager(ModelChange.connection))
        .where(connections.whole(actor))
    )
    if connection_id is not None:
        rows = rows.where(ModelChange.connection_id == connections.storable_id(connection_id))
    ordered = rows.order_by(ModelChange.at.desc(), ModelChange.id.desc())
    return list(session.scalars(ordered.limit(limit)))


def _rows(actor: Actor, connection_id: int | None, *columns: Any) -> Select[Any]:
    rows = select(*(columns or (ServedModel,))).join(
        Connection, Connection.id == ServedModel.connection_id
    )
    rows = rows.where(connections.whole(actor))
    if connection_id is not None:
        rows = rows.where(ServedModel.connection_id == connections.storable_id(connection_id))
    return rows


def _shown(rows: Select[Any], connection_id: int | None) -> Select[Any]:
    """In order: within one connection by name alone, which an index gives."""
    place = (Connection.position, Connection.id) if connection_id is None else ()
    ordered = rows.order_by(*place, ServedModel.model_id)
    return ordered.options(contains_eager(ServedModel.connection))


def _narrowed(rows: Select[Any], connection_id: int | None, q: str, kind: str) -> Select[Any]:
    if kind:
        rows = rows.where(ServedModel.type == _askable(kind))
    part = _askable(q).strip()
    if not part:
        return rows
    names = [ServedModel.model_id, ServedModel.name]
    fits = [name.icontains(part, autoescape=True) for name in names]
    if connection_id is None:  # as programs write it
        asked_for = type_coerce(Connection.name, String) + "/" + ServedModel.model_id
        fits.append(asked_for.icontains(part, autoescape=True))
    return rows.where(or_(*fits))


def _in_state(session: Session, rows: Select[Any], state: str) -> Select[Any]:
    if state == "not_listed":
        return rows.where(not_(SERVED))
    rows = rows.where(SERVED)
    if state == "available":
        return rows.where(_reason(session) == "")
    if state == "unavailable":
        return rows.where(_reason(session) != "")
    if state in REASONS:
        return rows.where(_reason(session) == state)
    return rows


def _reason(session: Session) -> Case[str]:
    """`available`, for queries."""
    holds = {
        "hidden": ServedModel.hidden,
        "not_allowed": _not_allowed(session),
        "not_listed": not_(SERVED),
        "retired": ServedModel.retires_at <= clock.now(),
        "connection_off": Connection.enabled.is_(False),
        "unreachable": Connection.state == State.UNREACHABLE,
        "needs_attention": Connection.state == State.NEEDS_ATTENTION,
    }
    return case(*((holds[reason], reason) for reason in REASONS), else_="")


def _not_allowed(session: Session) -> ColumnElement[bool]:
    """Allow-lists are read first: what a JSON column holds is not for queries."""
    lists = session.execute(select(Connection.id, Connection.allowed)).all()
    outside = [
        and_(ServedModel.connection_id == connection_id, not_(connections.fits(allowed)))
        for connection_id, allowed in lists
        if allowed
    ]
    return or_(*outside) if outside else ServedModel.id.is_(None)


def _askable(text: str) -> str:
    """Without what a database refuses in a text."""
    return text.replace("\0", "")[:300]
