"""Models switched off for programs, one by one or all of a connection at once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from aiconnect.errors import N_, NotFound
from aiconnect.models import Connection, ServedModel
from aiconnect.services import audit, connections, installation
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

AT_ONCE = 500
"""Ids in one statement: databases limit how many values one takes."""


def hide(session: Session, actor: Actor, connection_id: int, model_ids: Sequence[str]) -> int:
    """Switch models off; returns how many were on. Raises NotFound for one that is not there."""
    return _switch(session, actor, connection_id, model_ids, hidden=True)


def show(session: Session, actor: Actor, connection_id: int, model_ids: Sequence[str]) -> int:
    """Switch models on again; returns how many were off. Raises NotFound as `hide` does."""
    return _switch(session, actor, connection_id, model_ids, hidden=False)


def hide_all(session: Session, actor: Actor, connection_id: int) -> int:
    """Switch every model of the connection off; ones found later are on, unless it hides those."""
    return _switch(session, actor, connection_id, None, hidden=True)


def show_all(session: Session, actor: Actor, connection_id: int) -> int:
    """Switch every model of the connection on."""
    return _switch(session, actor, connection_id, None, hidden=False)


def _switch(
    session: Session,
    actor: Actor,
    connection_id: int,
    model_ids: Sequence[str] | None,
    *,
    hidden: bool,
) -> int:
    """Within one unit of work; without ids, all of them."""
    with writing(session):
        connection = connections.own(session, actor, connection_id)
        if model_ids is None:
            found = _change(session, connection, None, hidden=hidden)
        else:
            found = _change_these(
                session, connection, list(dict.fromkeys(model_ids)), hidden=hidden
            )
        if found:
            _record(session, actor, connection, found, hidden=hidden)
    return found


def _change_these(
    session: Session, connection: Connection, model_ids: Sequence[str], *, hidden: bool
) -> int:
    found = 0
    for start in range(0, len(model_ids), AT_ONCE):
        some = model_ids[start : start + AT_ONCE]
        _check_there(session, connection, some)
        found += _change(session, connection, some, hidden=hidden)
    return found


def _check_there(session: Session, connection: Connection, model_ids: Sequence[str]) -> None:
    rows = select(ServedModel.model_id).where(ServedModel.connection_id == connection.id)
    askable = [one for one in model_ids if "\0" not in one]  # some databases refuse it
    known = set(session.scalars(rows.where(ServedModel.model_id.in_(askable))))
    for model_id in model_ids:
        if model_id not in known:
            sentence = N_("%(name)s has no model %(model)s.")
            raise NotFound(sentence, field="model", name=connection.name, model=model_id[:300])


def _change(
    session: Session, connection: Connection, model_ids: Sequence[str] | None, *, hidden: bool
) -> int:
    chosen = [ServedModel.connection_id == connection.id, ServedModel.hidden.is_(not hidden)]
    if model_ids is not None:
        chosen.append(ServedModel.model_id.in_(model_ids))
    found = session.scalar(select(func.count()).select_from(ServedModel).where(*chosen)) or 0
    session.execute(update(ServedModel).where(*chosen).values(hidden=hidden))
    return found


def _record(
    session: Session, actor: Actor, connection: Connection, found: int, *, hidden: bool
) -> None:
    verb = "hide" if hidden else "show"
    audit.record(session, actor, f"{verb}.models", connection.name, models=str(found))
    installation.bump_revision(session)
