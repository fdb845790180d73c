"""What is wrong with a caller's body, in words that name the place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiconnect.errors import CallError


def bad(detail: str) -> CallError:
    """A 400 that says what is wrong."""
    return CallError("bad_request", detail=detail)


def an_object(value: object, place: str) -> Mapping[str, Any]:
    """The object there; raises CallError."""
    if not isinstance(value, dict):
        raise bad(f"`{place}` must be an object.")
    return value


def objects(value: object, place: str) -> list[Mapping[str, Any]]:
    """The objects of a list there; raises CallError."""
    if not isinstance(value, list):
        raise bad(f"`{place}` must be a list.")
    return [an_object(one, f"{place}[{at}]") for at, one in enumerate(value)]


def a_string(value: object, place: str) -> str:
    """The string there; raises CallError."""
    if not isinstance(value, str):
        raise bad(f"`{place}` must be a string.")
    return value


def a_string_or_nothing(value: object, place: str) -> str:
    """The string there, "" for none; raises CallError."""
    return "" if value is None else a_string(value, place)


def a_number(value: object, place: str) -> float | None:
    """The number there, None for none; raises CallError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        raise bad(f"`{place}` must be a number.")
    return value


def a_count(value: object, place: str, least: int = 1) -> int | None:
    """The whole number there, None for none; raises CallError."""
    number = a_number(value, place)
    if number is None:
        return None
    if number != int(number) or number < least:
        raise bad(f"`{place}` must be a whole number from {least} up.")
    return int(number)


def as_text(value: object, place: str) -> str:
    """The JSON text of a value there; raises CallError where it is too deep to be written."""
    try:
        return json.dumps(value, separators=(",", ":"))
    except RecursionError:
        raise bad(f"`{place}` is nested too deeply.") from None
