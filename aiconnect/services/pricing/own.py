"""Prices that the team has set itself: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import OwnPrice
from aiconnect.models.base import storable
from aiconnect.services import audit, installation
from aiconnect.services.amounts import MOST
from aiconnect.services.audit import Actor
from aiconnect.services.pricing.reckoning import MILLION, NANO, Price, Rates, nano, usd
from aiconnect.services.writing import writing

PARTS = ("input", "output", "cache_read", "cache_write", "reasoning")
LONGEST = 360
DEAREST = Decimal(MOST) / NANO
UNUSUAL = Decimal(500)
"""USD per million tokens that hardly anything costs: more is likely meant per million calls."""
PER_TOKEN = Decimal("0.0001")
"""USD per million tokens below which an amount is likely that of a single token."""
YEARS = timedelta(days=3653)
"""How far away a price may begin."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """USD per million tokens; None costs what its counterpart does."""

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    reasoning: Decimal | None = None


def set_price(
    session: Session, actor: Actor, model: str, amounts: Amounts, since: datetime | None = None
) -> OwnPrice:
    """What a model (`connection/id`, or an id at every connection) costs from `since` on, or now.

    With `*` or `?` in its name, it is the price of all that fit. A later price ends it; of two of
    one moment the one that was set last holds. Raises Refused for a name that no model has, an
    amount below 0 or beyond all reason, and a moment that is years away.
    """
    name = _name(model)
    _check_since(since)
    given = {part: usd_ for part, usd_ in asdict(amounts).items() if usd_ is not None}
    for part, amount in given.items():
        _check(part, amount)
    with writing(session):
        nanos = {part: nano(amount) for part, amount in given.items()}
        row = _add(session, actor, name, nanos, since)
        facts = {part: f"{usd(nano(amount)):f}" for part, amount in given.items()}
        facts |= {"since": clock.iso(row.valid_from)} if since else {}
        audit.record(session, actor, "set.price", name, **facts)
    return row


def withdraw(session: Session, actor: Actor, model: str, since: datetime | None = None) -> OwnPrice:
    """From `since` on (or now) the team has no price of its own for this name, till a later one.

    Raises Refused where it has none then.
    """
    name = _name(model)
    _check_since(since)
    with writing(session):
        if history(session, [name]).get(name, NEVER).at(since or clock.now()) is None:
            sentence = N_("There is no own price of %(model)s to withdraw.")
            raise Refused(sentence, field="model", model=name)
        row = _add(session, actor, name, {}, since)
        facts = {"since": clock.iso(row.valid_from)} if since else {}
        audit.record(session, actor, "withdraw.price", name, **facts)
    return row


def rows_of(session: Session, model: str) -> list[OwnPrice]:
    """Everything that was ever said of this name, the latest to hold first."""
    rows = select(OwnPrice).where(OwnPrice.model == storable(model))
    return list(session.scalars(rows.order_by(OwnPrice.valid_from.desc(), OwnPrice.id.desc())))


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One own price as a value; `price` None: from then on there is none.

    `stated` is what was written, without what costs as its counterpart.
    """

    model: str
    valid_from: datetime
    price: Price | None
    stated: Mapping[str, int | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, row: OwnPrice) -> OwnRow:
        """A row of the table."""
        stated = {part: getattr(row, part) for part in PARTS}
        return cls(row.model, row.valid_from, None if _is_withdrawn(row) else price(row), stated)


@dataclass(frozen=True, slots=True)
class History:
    """The own prices of one name, the latest first."""

    rows: tuple[OwnRow, ...] = ()

    def at(self, moment: datetime) -> OwnRow | None:
        """What was in force then; None where nothing was, or it was withdrawn."""
        row = next((row for row in self.rows if row.valid_from <= moment), None)
        return None if row is None or row.price is None else row

    def after(self, moment: datetime) -> OwnRow | None:
        """What comes next, a withdrawal too."""
        return next((row for row in reversed(self.rows) if row.valid_from > moment), None)


NEVER = History()


def history(session: Session, names: Collection[str] | None = None) -> Mapping[str, History]:
    """Every own price that there is or was, or those of these names; and all patterns."""
    rows = select(OwnPrice)
    if names is not None:
        wild = (OwnPrice.model.contains(star) for star in "*?")
        rows = rows.where(or_(OwnPrice.model.in_(names), *wild))
    found: dict[str, list[OwnRow]] = {}
    for row in session.scalars(rows.order_by(OwnPrice.valid_from.desc(), OwnPrice.id.desc())):
        found.setdefault(row.model, []).append(OwnRow.of(row))
    return {name: History(tuple(rows)) for name, rows in found.items()}


def _is_withdrawn(row: OwnPrice) -> bool:
    return all(part is None for part in _parts(row))


def price(row: OwnPrice) -> Price:
    """A row as a price."""
    rates = Rates.of(
        row.input,
        row.output,
        cache_read=row.cache_read,
        cache_write=row.cache_write,
        reasoning=row.reasoning,
    )
    return Price(f"own:{row.id}", rates)


@dataclass(frozen=True, slots=True)
class Slip:
    """An amount that looks like a slip, and may be none. `likely` is what may have been meant."""

    part: str
    amount: Decimal
    likely: Decimal | None = None


def unusual(amounts: Amounts) -> Sequence[Slip]:
    """More than hardly anything costs; or so little that it may be the price of one token."""
    given = [(part, usd_) for part, usd_ in asdict(amounts).items() if usd_ is not None]
    much = [Slip(part, amount) for part, amount in given if amount > UNUSUAL]
    little = [Slip(part, one, one * MILLION) for part, one in given if 0 < one < PER_TOKEN]
    return much + little


def _parts(row: OwnPrice) -> tuple[int | None, ...]:
    return tuple(getattr(row, part) for part in PARTS)


def _add(
    session: Session,
    actor: Actor,
    name: str,
    parts: Mapping[str, int],
    since: datetime | None = None,
) -> OwnPrice:
    now = clock.now()
    since = since or now.replace(microsecond=now.microsecond // 1000 * 1000)  # as calls know it
    row = OwnPrice(model=name, valid_from=since, made_at=now, made_by=actor.name, **parts)
    session.add(row)
    installation.bump_revision(session)
    session.flush()
    return row


def _check_since(since: datetime | None) -> None:
    if since is not None and abs(since - clock.now()) > YEARS:
        raise Refused(N_("A price may begin ten years ago, or in ten years."), field="since")


def _name(typed: str) -> str:
    name = typed.strip()
    if not 1 <= len(name) <= LONGEST or not name.isprintable():
        raise Refused(
            N_(
                "Name a model as `connection/id`, or by its id alone for every connection; "
                "* stands for anything."
            ),
            field="model",
        )
    return name


def _check(part: str, amount: Decimal) -> None:
    if not amount.is_finite() or not 0 <= amount < DEAREST:
        sentence = N_("%(amount)s is no price in USD per million tokens.")
        raise Refused(sentence, field=part, amount=f"{amount:.20}")
