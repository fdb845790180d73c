"""Which own prices hold now, and which come next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import Connection, OwnPrice
from aiconnect.models.base import storable
from aiconnect.services.pricing import own
from aiconnect.services.pricing.own import NEVER, History, OwnRow
from aiconnect.services.pricing.patterns import is_pattern


@dataclass(frozen=True, slots=True)
class Standing:
    """The own prices of a name: the one that holds now, and the one that begins next."""

    model: str
    now: OwnRow | None
    next: OwnRow | None = None

    @property
    def is_pattern(self) -> bool:
        return is_pattern(self.model)


def standing(session: Session, moment: datetime) -> list[Standing]:
    """Every name that has an own price or will have one."""
    found = (_of(name, rows, moment) for name, rows in sorted(own.history(session).items()))
    return [one for one in found if one.now or one.next]


def standing_of(session: Session, model: str, moment: datetime) -> Standing:
    """That of one name, whether it ever had one or not."""
    name = storable(model)
    return _of(name, own.history(session, [name]).get(name, NEVER), moment)


def beginnings(session: Session) -> Mapping[str, datetime]:
    """When each own price began, by its source."""
    rows = session.execute(select(OwnPrice.id, OwnPrice.valid_from))
    return {f"own:{number}": since for number, since in rows}


def connection_names(session: Session) -> list[str]:
    """Of all connections, also of personal ones."""
    return list(session.scalars(select(Connection.name)))


def _of(name: str, rows: History, moment: datetime) -> Standing:
    return Standing(name, rows.at(moment), rows.after(moment))
