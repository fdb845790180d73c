"""A caller's messages as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import File, Image, Message, Part, Refusal, Text, ToolResult
from aiconnect.adapters.dialects.openai import parts, reasoning, uses
from aiconnect.adapters.dialects.openai.fields import bad, listed, text_of
from aiconnect.errors import CannotCarry


def read(body: Mapping[str, Any]) -> tuple[Message, ...]:
    """The messages in order; results that stand side by side answer one turn, so are one.

    Raises CallError, CannotCarry.
    """
    messages: list[Message] = []
    for one in listed(body, "messages"):
        if not isinstance(one, dict):
            raise bad("Every message must be an object.")
        _add(messages, _message(one))
    if not messages:
        raise bad("`messages` must hold at least one message.")
    return tuple(messages)


def _add(messages: list[Message], message: Message) -> None:
    if message.role == "tool" and messages and messages[-1].role == "tool":
        messages[-1] = Message("tool", (*messages[-1].parts, *message.parts))
    else:
        messages.append(message)


def _message(one: Mapping[str, Any]) -> Message:
    match one.get("role"):
        case "system" | "developer":
            return Message("system", _only_text(one, "system"))
        case "user":
            return Message("user", _shown(one))
        case "assistant":
            return Message("assistant", _said(one))
        case "tool":
            return Message("tool", (_result(one),))
        case "function":
            raise CannotCarry("messages of the role function")
    raise bad("A message's `role` must be system, developer, user, assistant or tool.")


def _only_text(one: Mapping[str, Any], role: str) -> tuple[Part, ...]:
    found = parts.read(one.get("content"))
    if not all(isinstance(part, Text) for part in found):
        raise bad(f"A {role} message holds only text.")
    return found


def _shown(one: Mapping[str, Any]) -> tuple[Part, ...]:
    found = parts.read(one.get("content"))
    return tuple(Text(part.text) if isinstance(part, Refusal) else part for part in found)


def _said(one: Mapping[str, Any]) -> tuple[Part, ...]:
    if one.get("audio"):
        raise CannotCarry("earlier answers that were spoken")
    if one.get("function_call"):
        raise CannotCarry("`function_call`")
    refusal = text_of(one, "refusal")
    return (
        *reasoning.thoughts_in(one),
        *parts.read(one.get("content")),
        *([Refusal(refusal)] if refusal else []),
        *uses.uses_of(one),
    )


def _result(one: Mapping[str, Any]) -> ToolResult:
    found = parts.read(one.get("content"))
    kept = tuple(part for part in found if isinstance(part, Text | Image | File))
    if len(kept) < len(found):
        raise bad("A tool message holds text, pictures or files.")
    return ToolResult(text_of(one, "tool_call_id"), kept, text_of(one, "name"))


def has_names(body: Mapping[str, Any]) -> bool:
    """Whether a message says by whom it is, which no other dialect has a place for."""
    named = (one for one in listed(body, "messages") if isinstance(one, dict))
    return any(one.get("name") and one.get("role") != "tool" for one in named)
