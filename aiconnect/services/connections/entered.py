"""What is typed into a connection beside its address and key: models, the time to wait."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import Connection, ServedModel

LONGEST, MOST = 300, 1000


def clean(typed: Sequence[str]) -> tuple[str, ...]:
    """The ids, set apart by commas or line breaks, without blanks and repeats; raises Refused."""
    parts = (part.strip() for text in typed for part in re.split(r"[,\r\n]", text))
    found = tuple(dict.fromkeys(part for part in parts if part))
    if any(len(name) > LONGEST or not name.isprintable() for name in found):
        raise Refused(N_("A model's name has 300 visible characters at most."), field="models")
    if len(found) > MOST:
        raise Refused(N_("%(most)s models at most by hand."), field="models", most=MOST)
    return found


def seconds(typed: int | None) -> int | None:
    """How long to wait for the first byte, None for the usual time; raises Refused."""
    if not typed:
        return None
    if not 1 <= typed <= 3600:
        sentence = N_("The wait for the first byte is 1 to 3600 seconds.")
        raise Refused(sentence, field="first_byte_seconds")
    return typed


def enter(session: Session, connection: Connection, model_ids: Sequence[str]) -> None:
    """Make the models entered by hand exactly these; those that the provider lists stay."""
    here = ServedModel.connection_id == connection.id
    left = (ServedModel.by_hand, ServedModel.model_id.not_in(model_ids))
    session.execute(delete(ServedModel).where(here, *left, ServedModel.listed.is_(False)))
    session.execute(update(ServedModel).where(here, *left).values(by_hand=False))
    # Who writes a name down wants it on.
    again = (ServedModel.by_hand.is_(False), ServedModel.model_id.in_(model_ids))
    session.execute(update(ServedModel).where(here, *again).values(by_hand=True, hidden=False))
    known = set(
        session.scalars(
            select(ServedModel.model_id).where(here, ServedModel.model_id.in_(model_ids))
        )
    )
    session.add_all(_row(connection, model_id) for model_id in model_ids if model_id not in known)


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
