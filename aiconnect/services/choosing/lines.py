"""Every model that connections serve, with all that does not depend on who asks.

Thousands of rows and their prices take longer to read than a page may take, so each process keeps
them until something that the gateway reads has changed (the revision), or an hour is over: prices
of the bundled table change by date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection as Connected
from sqlalchemy import Engine, Row, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, ServedModel
from aiconnect.providers import PROVIDERS
from aiconnect.providers.makers import maker_of, runs_here
from aiconnect.providers.spec import Family, Provider
from aiconnect.services import installation
from aiconnect.services.pricing import Book, Price
from aiconnect.services.tagging import Tags

Key = tuple[int, str]
"""(connection, model id)."""

FREE, KNOWN, UNKNOWN = "free", "known", "unknown"
COLUMNS = (
    "id", "connection_id", "model_id", "name", "type", "context", "output_limit", "family",
    "parameters", "quantization", "size", "loaded", "capabilities", "moderated", "by_hand",
    "hidden", "listed", "retires_at", "gone_at", "last_seen",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A model as one connection serves it; its columns are those of ServedModel.

    `connection` is the name of the connection and `provider` the slug; `cost` is free, known or
    unknown; `input` and `output` are nano-dollars per million tokens, None where unknown;
    `price` is where they are from; `sought` is what a search looks in.
    """

    id: int
    connection_id: int
    model_id: str
    name: str
    type: str
    context: int | None
    output_limit: int | None
    family: str | None
    parameters: str | None
    quantization: str | None
    size: int | None
    loaded: bool | None
    capabilities: tuple[str, ...]
    moderated: bool | None
    by_hand: bool
    hidden: bool
    listed: bool
    retires_at: datetime | None
    gone_at: datetime | None
    last_seen: datetime
    connection: str
    provider: str
    maker: str
    is_local: bool
    cost: str
    price: Price | None
    sought: str

    @property
    def asked(self) -> str:
        """`connection/id`, as programs write it."""
        return f"{self.connection}/{self.model_id}"

    @property
    def title(self) -> str:
        return self.name or self.model_id

    @property
    def key(self) -> tuple[int, str]:
        return self.connection_id, self.model_id

    @property
    def is_served(self) -> bool:
        return self.listed or self.by_hand

    @property
    def input(self) -> int | None:
        return self._rate(self.price.rates.input if self.price else None)

    @property
    def output(self) -> int | None:
        return self._rate(self.price.rates.output if self.price else None)

    def _rate(self, rate: int | None) -> int | None:
        return 0 if self.cost == FREE else rate


@dataclass(frozen=True, slots=True)
class Known:
    """Lines with their tags (those that have one), and the state of the database that they tell."""

    mark: tuple[int, int]
    rules: Tags
    lines: tuple[Line, ...]
    tags: Mapping[Key, str]


_kept: WeakKeyDictionary[Engine | Connected, Known] = WeakKeyDictionary()


def every(session: Session) -> Known:
    """All models of all connections by connection in the team's order, maker and name.

    Also those that are gone, and of personal connections: the caller leaves out what is not for
    the reader.
    """
    mark = (installation.revision(session), int(clock.now().timestamp() // 3600))
    rules, bind = Tags.of(session), session.get_bind()
    known = _kept.get(bind)
    if known is not None and (known.mark, known.rules) == (mark, rules):
        return known
    lines = known.lines if known is not None and known.mark == mark else _read(session)
    _kept[bind] = Known(mark, rules, lines, _tagged(rules, lines))
    return _kept[bind]


def costs(session: Session) -> dict[Key, str]:
    """Whether each model is free, or its price known or unknown."""
    return {one.key: one.cost for one in every(session).lines}


def _tagged(rules: Tags, lines: tuple[Line, ...]) -> Mapping[Key, str]:
    found = ((one.key, rules.tag(one.connection, one.model_id, one.moderated)) for one in lines)
    return {key: tag for key, tag in found if tag}


@dataclass(frozen=True, slots=True)
class _Place:
    """What a connection says of every model that it serves."""

    name: str
    slug: str
    row: Provider | None
    is_private: bool
    order: tuple[int, int]

    @property
    def is_local(self) -> bool:
        return self.is_private or (self.row is not None and self.row.family is Family.LOCAL)


def _read(session: Session) -> tuple[Line, ...]:
    places = _places(session)
    book, now = Book.open(session), clock.now()
    rows = session.execute(select(*(getattr(ServedModel, name) for name in COLUMNS)))
    found = [_line(row, places[row.connection_id], book, now) for row in rows]
    found.sort(key=lambda one: (places[one.connection_id].order, one.maker.casefold(), one.sought))
    return tuple(found)


def _places(session: Session) -> Mapping[int, _Place]:
    columns = (Connection.id, Connection.name, Connection.provider, Connection.private)
    rows = session.execute(select(*columns, Connection.position))
    return {
        number: _Place(name, slug, PROVIDERS.get(slug), private, (position, number))
        for number, name, slug, private, position in rows
    }


def _line(row: Row[Any], place: _Place, book: Book, now: datetime) -> Line:
    values = row._asdict()
    price = book.price(row.connection_id, place.name, row.model_id, now)
    return Line(
        **values | {"capabilities": tuple(row.capabilities or ())},
        connection=place.name,
        provider=place.slug,
        maker=maker_of(place.slug, row.model_id, row.family),
        is_local=place.is_local and runs_here(row.model_id),
        cost=_cost(price, place.row),
        price=price,
        sought=f"{place.name}/{row.model_id}\n{row.name}".casefold(),
    )


def _cost(price: Price | None, row: Provider | None) -> str:
    if price is None:
        return FREE if row is not None and row.free else UNKNOWN
    return KNOWN if any(price.rates.parts) or price.per_call else FREE
