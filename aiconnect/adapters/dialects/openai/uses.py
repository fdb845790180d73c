"""Calls of tools in messages, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import ToolUse
from aiconnect.adapters.dialects.openai.fields import bad, json_text, listed, object_of, text_of
from aiconnect.adapters.dialects.openai.tools import of_function
from aiconnect.adapters.values import mapping


def uses_of(message: Mapping[str, Any]) -> list[ToolUse]:
    """The calls in an earlier answer. Raises CallError, CannotCarry."""
    return [_use(of_function(one, "tool call")) for one in listed(message, "tool_calls")]


def _use(one: Mapping[str, Any]) -> ToolUse:
    inner = object_of(one, "function")
    name = text_of(inner, "name")
    if not name:
        raise bad("Every tool call must have a `function.name`.")
    try:
        return ToolUse(text_of(one, "id"), name, arguments_of(inner), signature_of(one))
    except ValueError:
        raise bad("The arguments of a tool call are nested too deep.") from None


def arguments_of(inner: Mapping[str, Any]) -> str:
    """The arguments as text; some write the object itself. Raises ValueError on too deep a one."""
    written = inner.get("arguments")
    if isinstance(written, str):
        return written
    return json_text(written) if isinstance(written, dict) else ""


def signature_of(call: Mapping[str, Any]) -> str:
    """Where Gemini's compatible API keeps its `thoughtSignature` (ai.google.dev, 2026-11)."""
    google = mapping(mapping(call.get("extra_content")).get("google"))
    found = google.get("thought_signature")
    return found if isinstance(found, str) else ""


def written_use(use: ToolUse, call_id: str) -> dict[str, Any]:
    """A call in a message; `call_id` where it has no id of its own."""
    function = {"name": use.name, "arguments": use.arguments or "{}"}
    call = {"id": use.id or call_id, "type": "function", "function": function}
    return call | written_signature(use.signature)


def written_signature(signature: str) -> dict[str, Any]:
    """The field that `signature_of` reads; none where there is no signature."""
    google = {"google": {"thought_signature": signature}}
    return {"extra_content": google} if signature else {}
