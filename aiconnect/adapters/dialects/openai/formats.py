"""What the text of an answer must be, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import Format
from aiconnect.adapters.dialects.openai.fields import bad, flag, object_of, text_of
from aiconnect.adapters.values import text
from aiconnect.errors import CannotCarry


def format_of(body: Mapping[str, Any]) -> Format | None:
    """What the answer's text must be. Raises CallError, CannotCarry."""
    stated = object_of(body, "response_format")
    match stated.get("type", "text"):
        case "text":
            return None
        case "json_object":  # Together and llama.cpp take a schema beside it
            return Format(object_of(stated, "schema") or None)
        case "json_schema":
            return _schema(object_of(stated, "json_schema") or stated)
        case kind:
            raise CannotCarry(f"the response format {text(kind, 40)}")


def _schema(inner: Mapping[str, Any]) -> Format:
    if not isinstance(inner.get("schema"), dict):
        raise bad("`response_format.json_schema` has no `schema`.")
    name, description = text_of(inner, "name"), text_of(inner, "description")
    return Format(inner["schema"], name, description, flag(inner, "strict"))


def written_format(stated: Format) -> dict[str, Any]:
    """`response_format`; OpenAI wants a name for every schema."""
    if stated.schema is None:
        return {"type": "json_object"}
    inner: dict[str, Any] = {"name": stated.name or "answer", "schema": dict(stated.schema)}
    if stated.description:
        inner["description"] = stated.description
    if stated.strict is not None:
        inner["strict"] = stated.strict
    return {"type": "json_schema", "json_schema": inner}
