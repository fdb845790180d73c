"""The columns of an export, from the ledger's rows to what is written (docs/usage.md).

The database shapes times and keeps JSON as text: a million rows go by, and each costs microseconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func
from sqlalchemy.sql.expression import type_coerce
from sqlalchemy.types import NullType

from aiconnect.models import UsageRecord

NANO = 10**9
one = UsageRecord

Shape = Callable[[Any], Any]
SOURCES: Mapping[str, Any] = {
    "id": one.id, "at": one.at, "user": one.person, "access_token": one.access_token,
    "connection": one.connection, "model": one.model, "outcome": one.outcome,
    "status": one.status, "input_tokens": one.input_tokens,
    "cache_read_tokens": one.cache_read_tokens, "cache_write_tokens": one.cache_write_tokens,
    "output_tokens": one.output_tokens, "reasoning_tokens": one.reasoning_tokens,
    "cost_usd": one.cost, "cost_state": one.cost_state, "latency_ms": one.latency_ms,
    "first_token_ms": one.first_token_ms, "attempts": one.attempts, "asked": one.asked,
    "wire": one.wire, "price": one.price, "tries": one.tries, "code": one.code,
    "is_stream": one.is_stream, "is_fallback": one.is_fallback,
    "tokens_estimated": one.tokens_estimated, "generation_ms": one.generation_ms,
    "held_usd": one.held, "details": one.details,
}  # fmt: skip
COLUMNS = tuple(SOURCES)
TEXTS = (
    "id", "user", "access_token", "connection", "model", "code", "asked", "wire", "price",
)  # fmt: skip
"""Words that came from outside."""
JSONS = ("tries", "details")
MONEY = ("cost_usd", "held_usd")
SWITCHES = ("is_stream", "is_fallback", "tokens_estimated")
EMPTY_IS_NONE = ("connection", "model")


@cache
def selected(dialect: str) -> tuple[ColumnElement[Any], ...]:
    """What is asked of the database, in the order of COLUMNS."""
    return tuple(_selected(name, dialect).label(f"x_{name}") for name in COLUMNS)


def _selected(name: str, dialect: str) -> ColumnElement[Any]:
    column = SOURCES[name]
    if name == "at":
        return TIMES[dialect](column)
    if name in JSONS:
        return type_coerce(cast(column, Text), NullType())
    if name in EMPTY_IS_NONE:
        return type_coerce(func.nullif(column, ""), NullType())
    return type_coerce(column, NullType())


def _iso_of_text(at: Any) -> ColumnElement[Any]:
    return func.replace(func.substr(at, 1, 23), " ", "T", type_=NullType()).op("||")("Z")


def _iso_of_time(at: Any) -> ColumnElement[Any]:
    return func.to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"', type_=NullType())


TIMES = {"sqlite": _iso_of_text, "postgresql": _iso_of_time}
"""ISO 8601 with milliseconds and Z."""


def money(nano: int | None) -> str | None:
    """Nano-dollars as dollars, exact, without exponent and without zeros that say nothing."""
    if nano is None:
        return None
    whole, part = divmod(nano, NANO)
    return f"{whole}.{part:09d}".rstrip("0") if part else str(whole)


def parsed(text: str | None) -> Any:
    """JSON that the ledger keeps."""
    return None if text is None else json.loads(text)


def json_cell(text: str | None) -> str | None:
    """The same as text in one field, with letters as they are."""
    return None if text is None else parted(json.dumps(json.loads(text), ensure_ascii=False))


FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet may take for the beginning of a formula, wide letters among them."""
AFTER_PART = re.compile(r"([;\n][\s\"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def safe(text: str | None) -> str | None:
    """A field that no spreadsheet takes for a formula, nor any reader for the end of a line."""
    if not text:
        return text
    whole = parted(text.replace("\r", " ") if "\r" in text else text)
    return f"'{whole}" if text[0] in FORMULA else whole


def parted(text: str) -> str:
    """The same for spreadsheets of countries where a semicolon ends a field.

    There the quotes around one of ours count for nothing, nor do they keep its lines together.
    """
    return AFTER_PART.sub(r"\1'", text) if ";" in text or "\n" in text else text


def shapes(*, is_csv: bool) -> list[tuple[int, Shape]]:
    """What becomes of which column, by its place; the others are written as they come."""
    chosen: dict[str, Shape] = dict.fromkeys(MONEY, money)
    chosen |= dict.fromkeys(SWITCHES, _word if is_csv else bool)
    chosen |= dict.fromkeys(JSONS, json_cell if is_csv else parsed)
    if is_csv:
        chosen |= dict.fromkeys(TEXTS, safe)
    return [(COLUMNS.index(name), shape) for name, shape in chosen.items()]


def _word(switch: Any) -> str:
    return "true" if switch else "false"
