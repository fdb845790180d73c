"""JSON inside JSON: Ollama has objects where other dialects have their text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from aiconnect.errors import CallError

MOST_DEEP = 100
BROKEN = "_not_json"
"""Where the text of arguments stands that are no JSON object: a model wrote them."""


def read_object(text: str) -> Mapping[str, Any]:
    """The object of a call's arguments; `{BROKEN: text}` where the text holds none.

    A tool that is called so finds its arguments missing and says so, which a model can mend; an
    empty object would hide what went wrong.
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return {BROKEN: text}
    return value if isinstance(value, dict) and _is_sayable(value) else {BROKEN: text}


def write_object(value: object) -> str | None:
    """The JSON text of arguments; None where they cannot be said in JSON."""
    if isinstance(value, str):  # some servers that imitate Ollama send the text itself
        return value
    if value is None:
        return "{}"
    if not isinstance(value, dict) or not _is_sayable(value):
        return None
    return json.dumps(value, separators=(",", ":"))


def number(value: object) -> float | None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # a whole number of hundreds of digits
        return None


def bad(field: str, what: str) -> CallError:
    """The caller wrote something else into a field than what belongs there."""
    return CallError("bad_request", detail=f"`{field}` must be {what}.")


def _is_sayable(value: object) -> bool:
    """Whether it can be written anywhere: not nested to the brim, every number finite."""
    level = [value]
    for _ in range(MOST_DEEP):
        if any(isinstance(one, float) and not math.isfinite(one) for one in level):
            return False
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return True
    return False


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _refuse(_constant: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")
