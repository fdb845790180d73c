"""Reads the fields of a request strictly: what is of the wrong type is the caller's fault (400)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.values import LARGEST
from aiconnect.errors import CallError

DEEPEST = 64

Body = Mapping[str, Any]


def wrong(where: str, expected: str) -> CallError:
    """The 400 for a field that is not what it must be."""
    return CallError("bad_request", detail=f"`{where}` must be {expected}.")


def flag(body: Body, name: str) -> bool | None:
    """True, false, or None where it is left out."""
    value = body.get(name)
    if not isinstance(value, bool | None):
        raise wrong(name, "true or false")
    return value


def number(body: Body, name: str) -> float | None:
    """A finite number, or None where it is left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise wrong(name, "a number")
    if not -LARGEST <= value <= LARGEST:  # NaN lies nowhere
        raise wrong(name, "a number")
    return value


def whole(body: Body, name: str, least: int = 0) -> int | None:
    """A whole number of at least `least`, or None where it is left out."""
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST:
        raise wrong(name, f"a whole number of at least {least}")
    return value


def string(body: Body, name: str, where: str = "") -> str:
    """A string, "" where it is left out. `where` is what the caller calls it."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong(where or name, "a string")
    return value


def needed(body: Body, name: str, where: str) -> str:
    """A string that must be there and say something."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise wrong(where, "a string that is not empty")
    return value


def section(body: Body, name: str, where: str = "") -> Body:
    """An object, empty where it is left out."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong(where or name, "an object")
    return value


def objects(value: object, where: str) -> list[Body]:
    """A list of objects, empty where it is left out."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise wrong(where, "a list of objects")
    return value


def schema(body: Body, name: str, where: str) -> Body | None:
    """A JSON Schema that can be written again without exhausting the stack; None where left out."""
    if body.get(name) is None:
        return None
    found = section(body, name, where)
    if is_deep(found):
        raise wrong(where, f"nested at most {DEEPEST} levels deep")
    return found


def is_deep(value: object, most: int = DEEPEST) -> bool:
    """Whether lists and objects stand in one another more than `most` times."""
    level: list[object] = [value]
    for _ in range(most):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []
