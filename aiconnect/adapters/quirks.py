"""What a provider takes otherwise than OpenAI does, applied to a body of that shape: rows' data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from aiconnect.providers.spec import Quirk

Body = Mapping[str, Any]
EACH = "[]"


def apply(
    body: Body, quirks: Iterable[Quirk], model_id: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The body for this model, and the names of what was left out. The body given stays as it is.

    Fields that are null are left out unnamed.
    """
    changed: Body = body
    dropped: dict[str, None] = {}
    for quirk in quirks:
        if not concerns(quirk, model_id):
            continue
        path = quirk.field.split(".")
        if quirk.drop and _is_set(changed, path):
            dropped[quirk.field] = None
        changed = _at(changed, path, partial(_take, quirk))
    return dict(changed), tuple(dropped)


def concerns(quirk: Quirk, model_id: str) -> bool:
    """Whether it holds for this model."""
    return not quirk.models or _compiled(quirk.models).search(model_id) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _is_set(value: object, path: Sequence[str]) -> bool:
    """Whether anything stands at this path."""
    if not path:
        return value is not None
    if not isinstance(value, dict):
        return False
    inner = value.get(path[0].removesuffix(EACH))
    if not path[0].endswith(EACH):
        return _is_set(inner, path[1:])
    return isinstance(inner, list) and any(_is_set(one, path[1:]) for one in inner)


def _at(value: Any, path: Sequence[str], change: Callable[[Body, str], Body]) -> Any:
    """The value with every object changed that the path leads to; itself where none changes."""
    key, rest = path[0].removesuffix(EACH), path[1:]
    if not isinstance(value, dict) or key not in value:
        return value
    if not rest:
        return change(value, key)
    inner = value[key]
    if not path[0].endswith(EACH):
        changed = _at(inner, rest, change)
        return value if changed is inner else {**value, key: changed}
    each = [_at(one, rest, change) for one in inner] if isinstance(inner, list) else []
    is_same = not each or all(new is old for new, old in zip(each, inner, strict=True))
    return value if is_same else {**value, key: each}


def _take(quirk: Quirk, parent: Body, key: str) -> Body:
    """The object with this field of it as the provider takes it."""
    if quirk.drop or (quirk.to and parent.get(quirk.to) is not None):
        return {name: value for name, value in parent.items() if name != key}
    if quirk.to:
        kept = {name: value for name, value in parent.items() if name != quirk.to}
        return {quirk.to if name == key else name: value for name, value in kept.items()}
    fitting = _fitting(parent[key], quirk)
    return parent if fitting is parent[key] else {**parent, key: fitting}


def _fitting(value: Any, quirk: Quirk) -> Any:
    if quirk.letters is not None and isinstance(value, str):
        return _id_of(value, quirk.letters)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if quirk.least is not None and value < quirk.least:
        return quirk.least
    return quirk.most if quirk.most is not None and value > quirk.most else value


def _id_of(written: str, letters: int) -> str:
    """The id itself where it has the form, else a digest: the same for a call and its result."""
    if len(written) == letters and written.isascii() and written.isalnum():
        return written
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:letters]
