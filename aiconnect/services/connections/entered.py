"""Models entered by hand."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import Connection, ServedModel


def clean(typed: Sequence[str]) -> tuple[str, ...]:
    """The ids without spaces, blanks and repeats; raises Refused."""
    found = tuple(dict.fromkeys(name.strip() for name in typed if name.strip()))
    if any(len(name) > 300 or not name.isprintable() for name in found):
        sentence = N_("A model's name has 300 characters at most, without line breaks.")
        raise Refused(sentence, field="models")
    return found


def enter(session: Session, connection: Connection, model_ids: Sequence[str]) -> None:
    """Make the models entered by hand exactly these; those that the provider lists stay."""
    here = ServedModel.connection_id == connection.id
    session.execute(
        delete(ServedModel).where(
            here,
            ServedModel.by_hand,
            ServedModel.listed.is_(False),
            ServedModel.model_id.not_in(model_ids),
        )
    )
    kept = {row.model_id: row for row in session.scalars(select(ServedModel).where(here))}
    for row in kept.values():
        row.by_hand = row.model_id in model_ids
    new = (model_id for model_id in model_ids if model_id not in kept)
    session.add_all(_row(connection, model_id) for model_id in new)


def ids(session: Session, connection: Connection) -> list[str]:
    """The models entered by hand, as a form shows them."""
    rows = select(ServedModel.model_id).where(
        ServedModel.connection_id == connection.id, ServedModel.by_hand
    )
    return list(session.scalars(rows.order_by(ServedModel.id)))


def model_counts(session: Session) -> dict[int, int]:
    """How many models each connection serves, listed or entered; those with none are left out."""
    served = or_(ServedModel.listed, ServedModel.by_hand)
    rows = select(ServedModel.connection_id, func.count()).where(served)
    return dict(session.execute(rows.group_by(ServedModel.connection_id)).all())


def _row(connection: Connection, model_id: str) -> ServedModel:
    now = clock.now()
    return ServedModel(
        connection_id=connection.id,
        model_id=model_id,
        by_hand=True,
        listed=False,  # the provider has not said so yet
        first_seen=now,
        last_seen=now,
    )
