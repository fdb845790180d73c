"""Rows of rollups: their keys, and adding to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from functools import cache
from hashlib import blake2b
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, func, literal
from sqlalchemy.orm import Session

from aiconnect.models import UsageRollup
from aiconnect.services.amounts import MOST, grown
from aiconnect.services.rollups import spans
from aiconnect.services.rollups.counting import DIMENSIONS
from aiconnect.services.rollups.figures import MEASURES
from aiconnect.services.rollups.marks import EARLIEST
from aiconnect.services.writing import insert

PREFIX = 8
LAST_MINUTE = 0xFFFFFFF
MONEY = ("cost", "notional")
"""A provider may state any sum, and that stops no rollup."""
LOW = 20
"""Of a sum of money in SQLite so many bits are added up by themselves: a plain one fails there,
and with it the page, where it grows beyond what a column holds."""

Place = tuple[str, datetime, tuple[Any, ...]]
"""Span, start, and the values of DIMENSIONS."""
Amounts = tuple[int, ...]
"""In the order of MEASURES; negative where something is taken away."""


def total(name: str, column: ColumnElement[int], dialect: str) -> ColumnElement[int]:
    """The sum of a measure; money in SQLite up to MOST, else whatever it comes to."""
    if dialect != "sqlite" or name not in MONEY:
        return func.sum(column)
    high = func.coalesce(func.sum(column.bitwise_rshift(LOW)), 0)
    low = func.coalesce(func.sum(column.bitwise_and(2**LOW - 1)), 0)
    is_held = high + low.bitwise_rshift(LOW) < literal(MOST >> LOW, BigInteger)
    return case((is_held, high * 2**LOW + low), else_=literal(MOST, BigInteger))


def key_range(span: str, since: datetime, until: datetime) -> tuple[str, str]:
    """The keys of the rows of a span that begin in a time: from the first, before the second."""
    return _prefix(span, since), _prefix(span, until)


def beginning(key: Any) -> ColumnElement[str]:
    """The part of a key that says of what time it is: quicker to group by than the time itself."""
    return func.substr(key, 1, PREFIX)


def start_of(beginning: str) -> datetime:
    """When the span began of keys that begin like this."""
    return EARLIEST + timedelta(minutes=int(beginning[1:], 16))


def larger(start: datetime, values: tuple[Any, ...], zone: tzinfo) -> Iterator[Place]:
    """The rows of a day, of all of that day, and of a month that have an hour's row in them."""
    day = spans.start_of("day", zone, start)
    yield "day", day, values
    yield "total", day, tuple(map(_without, DIMENSIONS, values))
    yield "month", spans.start_of("month", zone, start), values


def _without(name: str, value: Any) -> Any:
    """What a row of everybody's calls has there."""
    return value if name == "outcome" else type(value)()


def key_of(place: Place) -> str:
    """The key of a row."""
    span, start, values = place
    digest = blake2b("\x1f".join(map(str, values)).encode(), digest_size=12)
    return _prefix(span, start) + digest.hexdigest()


def _prefix(span: str, moment: datetime) -> str:
    """Eight letters: the span's first, and minutes as a number that sorts as text."""
    minutes = int((moment - EARLIEST).total_seconds()) // 60
    return f"{span[0]}{min(max(minutes, 0), LAST_MINUTE):07x}"


def add(session: Session, amounts: Mapping[Place, Amounts]) -> None:
    """Add to rows, or make them, in the order of their keys; within the running unit of work."""
    rows = sorted(map(_row, amounts.items()), key=lambda row: str(row["key"]))
    if rows:
        session.execute(_adding(session.get_bind().dialect.name), rows)


def _row(found: tuple[Place, Amounts]) -> dict[str, Any]:
    place, amounts = found
    span, start, values = place
    return {
        "key": key_of(place),
        "span": span,
        "start": start,
        **dict(zip(DIMENSIONS, values, strict=True)),
        **{
            name: max(min(amount, MOST), -MOST)
            for name, amount in zip(MEASURES, amounts, strict=True)
        },
    }


@cache
def _adding(dialect: str) -> Any:
    """Made once: it takes longer to write than to run."""
    table: Any = UsageRollup.metadata.tables[UsageRollup.__tablename__]
    statement = insert(dialect, table)
    totals = {
        name: grown(dialect, table.columns[name], statement.excluded[name])
        if name in MONEY
        else table.columns[name] + statement.excluded[name]
        for name in MEASURES
    }
    return statement.on_conflict_do_update(index_elements=[table.columns["key"]], set_=totals)


def together(amounts: Iterable[tuple[Place, Amounts]]) -> dict[Place, Amounts]:
    """Amounts of the same row added up."""
    found: dict[Place, Amounts] = {}
    for place, more in amounts:
        known = found.get(place)
        found[place] = more if known is None else tuple(map(int.__add__, known, more))
    return found
