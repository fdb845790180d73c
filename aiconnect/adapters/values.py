"""Reads values out of JSON that may hold anything: wrong types become None, never an exception."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

LARGEST = 2**53
MOST_TOKENS = 2**31 - 1  # what a column of the database holds


def parse(body: bytes) -> Any:
    """The JSON value, or None where it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """The object itself, or an empty one."""
    return value if isinstance(value, dict) else {}


def entries(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list; everything else is passed over."""
    if not isinstance(value, list):
        return []
    return [one for one in value if isinstance(one, dict)]


def text(value: object, longest: int = 300) -> str:
    """A string on one line without control characters and lone surrogates, cut where too long."""
    if not isinstance(value, str):
        return ""
    clean = "".join(c if c.isprintable() else " " for c in value[: longest * 2])
    return " ".join(clean.split())[:longest]


def name(value: object, longest: int = 300) -> str:
    """A string that is exactly what it was, or nothing: a model's id is sent back as it came."""
    if not isinstance(value, str) or len(value) > longest:
        return ""
    return value if value.isprintable() and value.strip() == value else ""


def count(value: object) -> int | None:
    """A whole number from 0 up that a database can hold."""
    if type(value) is int:  # as nearly always, and there are a dozen in each answer
        return value if 0 <= value <= LARGEST else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= LARGEST else None


def positive(*values: object) -> int | None:
    """The first whole number above 0."""
    return next((number for value in values if (number := count(value))), None)


def tokens(*values: object) -> int | None:
    """The first number of tokens above 0 that a model can have."""
    return next((n for value in values if (n := count(value)) and n <= MOST_TOKENS), None)


def amount(value: object) -> Decimal | None:
    """A sum of money, written as a number or as text; at most nine digits before the point."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = Decimal(str(value)[:40])
    except InvalidOperation:
        return None
    return read if read.is_finite() and abs(read) < 10**9 else None


def moment(value: object) -> datetime | None:
    """A time or a day in ISO 8601; one without a zone is in UTC."""
    try:
        read = datetime.fromisoformat(text(value, 40))
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # no date, or one at the edge of the calendar
        return None


def milliseconds(taken: object, *, each: int = 1000) -> int | None:
    """A time as whole milliseconds, of which `each` unit of it has so many; at most a day."""
    if isinstance(taken, bool) or not isinstance(taken, int | float):
        return None
    return round(taken * each) if 0 <= taken * each <= 86_400_000 else None


def words(value: object) -> tuple[str, ...]:
    """The short strings in a list."""
    if not isinstance(value, list):
        return ()
    return tuple(word for one in value[:50] if (word := text(one, 40)))
