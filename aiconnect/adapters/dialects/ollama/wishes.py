"""What `/api/chat` and `/api/generate` are asked for in the same words, beside the conversation.

Source: https://docs.ollama.com/api (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aiconnect.adapters.chat import Effort, Format
from aiconnect.adapters.dialects.ollama.objects import bad, number
from aiconnect.adapters.values import LARGEST, text
from aiconnect.errors import CannotCarry

MOST_DROPPED = 20
LEVELS: Mapping[object, Effort] = {"low": "low", "medium": "medium", "high": "high", "max": "max"}


def read_wishes(body: Mapping[str, Any], own: Iterable[str]) -> dict[str, Any]:
    """Fields of a Chat, `dropped` among them; `own` are the fields that the caller of this reads.

    Raises CallError (400), CannotCarry.
    """
    if body.get("logprobs"):
        raise CannotCarry("`logprobs`")  # no answer as values has a place for them
    known = {"model", "stream", "options", "format", "think", "logprobs", "top_logprobs", *own}
    wishes, dropped = _options(body.get("options"))
    return {
        **wishes,
        **_think(body.get("think")),
        "format": _format(body.get("format")),
        "wants_usage": True,
        "dropped": short([*(name for name in body if name not in known), *dropped]),
    }


def short(names: Iterable[str]) -> tuple[str, ...]:
    """Names that a caller wrote, made fit to be repeated."""
    found = (text(name, 60) for name in list(names)[:MOST_DROPPED])
    return tuple(dict.fromkeys(name for name in found if name))


def _options(value: object) -> tuple[dict[str, Any], list[str]]:
    if value is None:
        return {}, []
    if not isinstance(value, dict):
        raise bad("options", "an object")
    wishes = {
        field: read(value[name], f"options.{name}")
        for name, (field, read) in OPTIONS.items()
        if value.get(name) is not None
    }
    return wishes, [f"options.{name}" for name in value if name not in OPTIONS]


def _number(value: object, field: str) -> float:
    found = number(value)
    if found is None:
        raise bad(field, "a number")
    return found


def _whole(value: object, field: str) -> int:
    found = _number(value, field)
    if not found.is_integer() or abs(found) > LARGEST:
        raise bad(field, "a whole number")
    return int(found)


def _above_zero(value: object, field: str) -> int | None:
    """-1 and -2 say that there is no limit, and so does 0."""
    found = _whole(value, field)
    return found if found > 0 else None


def _stops(value: object, field: str) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise bad(field, "a list of strings")
    return tuple(one for one in found if one)


OPTIONS: Mapping[str, tuple[str, Callable[[object, str], Any]]] = {
    "num_predict": ("limit", _above_zero),
    "temperature": ("temperature", _number),
    "top_p": ("top_p", _number),
    "top_k": ("top_k", _above_zero),
    "seed": ("seed", _whole),
    "presence_penalty": ("presence_penalty", _number),
    "frequency_penalty": ("frequency_penalty", _number),
    "stop": ("stop", _stops),
}


def _think(value: object) -> dict[str, Any]:
    """`true` is Ollama's own middle: it leaves the depth to the model."""
    if value is None or value == "":
        return {}
    if isinstance(value, bool):
        effort: Effort | None = "medium" if value else "none"
    else:
        effort = LEVELS.get(value) if isinstance(value, str) else None
    if effort is None:
        raise bad("think", "true, false, low, medium, high or max")
    return {"effort": effort, "shows_thinking": effort != "none"}


def _format(value: object) -> Format | None:
    if value is None or value == "":
        return None
    if value == "json":
        return Format()
    if not isinstance(value, dict):
        raise bad("format", '"json" or a JSON Schema')
    return Format(schema=value)
