"""A listing written down: in bulk, for a provider may list tens of thousands of models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from aiconnect.adapters.types import ModelCard
from aiconnect.errors import Finding
from aiconnect.models import Connection, ModelChange, ServedModel
from aiconnect.services import installation
from aiconnect.services.catalog import changing

COPIED = (
    "name", "type", "context", "output_limit", "family", "parameters", "quantization", "size",
    "loaded", "retires_at", "moderated", "price",
)  # fmt: skip

UNASKED = "listed_unasked"
"""In `Connection.learned`: only a job has listed the models so far."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """How a new listing differs from the last one; `finding` says why there is none."""

    found: int = 0
    added: int = 0
    gone: int = 0
    finding: Finding | None = None


def store_models(
    session: Session,
    connection: Connection,
    cards: Sequence[ModelCard],
    now: datetime,
    *,
    asked: bool = True,
) -> Refresh:
    """Make the listed models exactly these, within the running unit of work.

    One that is gone stays as a row that is not listed; one entered by hand is served all the same.
    A first listing that nobody asked for narrows nothing: any model goes through as before.
    """
    listed = {card.id: _values(card) for card in cards}
    known = _known(session, connection)
    before = {model_id for model_id, row in known.items() if row.listed}
    added, gone = listed.keys() - before, before - listed.keys()
    new = [model_id for model_id in listed if model_id not in known]
    changed = [
        {"id": row.id, **listed[model_id], "listed": True, "gone_at": None}
        for model_id, row in known.items()
        if model_id in listed and not _is_same(row, listed[model_id])
    ]
    _insert(session, connection, {model_id: listed[model_id] for model_id in new}, now)
    _update(session, changed)
    lost = {"listed": False, "loaded": None, "gone_at": now}
    _update(session, [{"id": known[model_id].id, **lost} for model_id in gone])
    _see(session, connection, now)
    was_known = _remember(connection, asked=asked)
    if not was_known or changed or added or gone:
        installation.bump_revision(session)
    if connection.listed_at is not None:
        _note(session, connection, sorted(added), "added", now)
        _note(session, connection, sorted(gone), "gone", now)
        both = before & listed.keys()
        changing.note(session, connection, {one: (known[one], listed[one]) for one in both}, now)
    connection.listed_at = now
    return Refresh(len(listed), len(added), len(gone))


def _remember(connection: Connection, *, asked: bool) -> bool:
    """Note whether only a job has listed the models so far; gives whether that was known before."""
    only_a_job = not asked and (connection.listed_at is None or UNASKED in connection.learned)
    others = {name: value for name, value in connection.learned.items() if name != UNASKED}
    learned = others | ({UNASKED: True} if only_a_job else {})
    if connection.listed_at is not None and learned == connection.learned:
        return True
    connection.learned = learned
    return False


def _values(card: ModelCard) -> dict[str, Any]:
    values = {field: getattr(card, field) for field in COPIED}
    return values | {"capabilities": list(card.capabilities)}


def _known(session: Session, connection: Connection) -> dict[str, Row[Any]]:
    """The connection's models as plain rows: an object for each would take ten times as long."""
    session.flush()
    names = ("id", "model_id", "listed", *COPIED, "capabilities")
    rows = select(*(getattr(ServedModel, name) for name in names))
    found = session.execute(rows.where(ServedModel.connection_id == connection.id))
    return {row.model_id: row for row in found}


def _is_same(row: Row[Any], values: Mapping[str, Any]) -> bool:
    return row.listed and all(getattr(row, name) == value for name, value in values.items())


def _insert(
    session: Session, connection: Connection, new: Mapping[str, Mapping[str, Any]], now: datetime
) -> None:
    common = {
        "connection_id": connection.id, "hidden": connection.hides_new, "listed": True,
        "by_hand": False, "first_seen": now, "last_seen": now,
    }  # fmt: skip
    rows = [{"model_id": model_id, **values, **common} for model_id, values in new.items()]
    if rows:
        session.execute(insert(ServedModel), rows)


def _update(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(update(ServedModel), rows)


def _see(session: Session, connection: Connection, now: datetime) -> None:
    """All that are listed were seen now; models read before are read anew when they are used."""
    here = (ServedModel.connection_id == connection.id, ServedModel.listed)
    rows = update(ServedModel).where(*here).values(last_seen=now)
    session.execute(rows, execution_options={"synchronize_session": False})
    for one in [one for one in session.identity_map.values() if isinstance(one, ServedModel)]:
        session.expire(one)


def _note(
    session: Session, connection: Connection, model_ids: Sequence[str], what: str, now: datetime
) -> None:
    rows = [
        {"connection_id": connection.id, "model_id": model_id, "what": what, "at": now}
        for model_id in model_ids
    ]
    if rows:
        session.execute(insert(ModelChange), rows)
