"""What a table would change: model by model for what is used here, counted for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, union
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, PriceTable, ServedModel, UsageRollup
from aiconnect.services.pricing import Book, Price, tables
from aiconnect.services.pricing.tables import Table

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

JUMP = 100
"""A rate that becomes so many times what it was, or less than one of so many, is pointed out."""


@dataclass(frozen=True, slots=True)
class Change:
    """A model that is served or was used, and what it costs before and after.

    `what` is added, changed, removed, or dated: the price of now stays, and that of another day
    or way of serving changes. `is_jump` points out what may be a mistake of the table.
    """

    connection_id: int
    connection: str
    model_id: str
    what: str
    before: Price | None
    after: Price | None

    @property
    def model(self) -> str:
        return f"{self.connection}/{self.model_id}"

    @property
    def is_jump(self) -> bool:
        if self.before is None or self.after is None:
            return False
        pairs = zip(self.before.rates.parts, self.after.rates.parts, strict=True)
        return any(_jumps(before, after) for before, after in pairs)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many models of the whole table are new, priced otherwise, or gone."""

    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Diff:
    """A table that was fetched, against the one in use. `others` counts all models of both."""

    table: PriceTable
    changes: tuple[Change, ...]
    others: Counts

    @property
    def is_shrunk(self) -> bool:
        """Whether it has lost more than it should: a file that was cut may look whole."""
        return self.others.removed > 20 + self.others.added + self.others.changed


def diff(session: Session, fetched: PriceTable) -> Diff:
    """What accepting this table would change, for the calls that begin after it."""
    old = tables.current(session)
    new = tables.stored(session, fetched.id, fetched.version)
    models, now = _here(session), clock.now()
    before, after = (Book.open(session, table=table) for table in (old, new))
    found = (
        _change(before, after, Change(number, name, model, "", None, None), now)
        for number, name, model in models
    )
    changes = sorted((one for one in found if one), key=lambda one: (not one.is_jump, one.model))
    return Diff(fetched, tuple(changes), _counts(old, new))


def _here(session: Session) -> list[tuple[int, str, str]]:
    """(connection id, name, model) of what is served or was used."""
    served = select(ServedModel.connection_id, ServedModel.model_id).where(
        or_(ServedModel.listed, ServedModel.by_hand)
    )
    used = select(UsageRollup.connection_id, UsageRollup.model).where(UsageRollup.span == "month")
    both = union(served, used).subquery()
    number, model = both.c
    rows = select(number, Connection.name, model).join(Connection, Connection.id == number)
    return [(row[0], row[1], row[2]) for row in session.execute(rows)]


def _change(before: Book, after: Book, model: Change, now: datetime) -> Change | None:
    """None where nothing changes, also because another source goes before the table."""
    place = before.places.get(model.connection_id)
    if place is None or not place.is_known:
        return None
    key = place.row.prices, place.base_url, model.model_id
    if _same(before.table.known(*key), after.table.known(*key)):
        return None
    named = model.connection_id, model.connection, model.model_id, now
    old, new = before.price(*named), after.price(*named)
    if old is not None and new is not None and _bare(old) == _bare(new):
        is_covered = old.source == new.source
        return None if is_covered else replace(model, what="dated", before=old, after=new)
    if old is None and new is None:
        return None
    what = "added" if old is None else "removed" if new is None else "changed"
    return replace(model, what=what, before=old, after=new)


def _same(one: tables.Known, other: tables.Known) -> bool:
    return (one.model and _content(one.model)) == (other.model and _content(other.model))


def _content(model: ModelInfo) -> tuple[Any, Any]:
    return model.prices, model.price_variants


def _counts(old: Table, new: Table) -> Counts:
    before, after = _priced(old), _priced(new)
    both = before.keys() & after.keys()
    return Counts(
        added=len(after.keys() - both),
        changed=sum(before[key] != after[key] for key in both),
        removed=len(before.keys() - both),
    )


def _priced(table: Table) -> Mapping[tuple[str, str], tuple[Any, Any]]:
    pairs: Iterable[tuple[str, ModelInfo]] = (
        (provider.id, model) for provider in table.providers for model in provider.models
    )
    return {(provider, model.id): _content(model) for provider, model in pairs}


def _bare(price: Price) -> Price:
    return replace(price, source="")


def _jumps(before: int, after: int) -> bool:
    if not before or not after:
        return False
    return after > before * JUMP or after * JUMP < before
