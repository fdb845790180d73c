"""Fields of a caller's body: null counts as absent, a wrong type is the caller's fault (400)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aiconnect.adapters.values import name
from aiconnect.errors import CallError

LARGEST = 2.0**63
MOST_DROPPED = 20


def bad(detail: str) -> CallError:
    """The error for a body that is not what OpenAI's reference describes."""
    return CallError("bad_request", detail=detail)


def text_of(body: Mapping[str, Any], field: str) -> str:
    """A string as it came, "" where absent."""
    value = body.get(field)
    if not isinstance(value, str | None):
        raise bad(f"`{field}` must be a string.")
    return value or ""


def flag(body: Mapping[str, Any], field: str) -> bool | None:
    """A boolean."""
    value = body.get(field)
    if not isinstance(value, bool | None):
        raise bad(f"`{field}` must be true or false.")
    return value


def number(body: Mapping[str, Any], field: str) -> float | None:
    """A finite number."""
    value = body.get(field)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= LARGEST:  # what is no number at all fails here too
        raise bad(f"`{field}` must be a number.")
    found: float = value
    return found


def whole(body: Mapping[str, Any], field: str) -> int | None:
    """A whole number; 3.0 is one."""
    value = number(body, field)
    if value is None:
        return None
    if value != int(value):
        raise bad(f"`{field}` must be a whole number.")
    return int(value)


def listed(body: Mapping[str, Any], field: str) -> list[Any]:
    """A list, empty where absent."""
    value = body.get(field)
    if not isinstance(value, list | None):
        raise bad(f"`{field}` must be a list.")
    return value or []


def object_of(body: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """An object, empty where absent."""
    value = body.get(field)
    if not isinstance(value, dict | None):
        raise bad(f"`{field}` must be an object.")
    return value or {}


def dropped(body: Mapping[str, Any], known: Iterable[str]) -> tuple[str, ...]:
    """The fields that are set and not known. They stand in a header, so only what fits there."""
    left = (field for field, value in body.items() if value is not None and field not in known)
    fitting = [field for field in left if field.isascii() and name(field, 60)]
    return tuple(fitting[:MOST_DROPPED])


def json_text(value: object) -> str:
    """Compact JSON. Raises ValueError where it is nested too deep."""
    try:
        return json.dumps(value, separators=(",", ":"))
    except RecursionError:
        raise ValueError("nested too deep") from None
