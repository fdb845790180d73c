"""The `input` of a request as messages.

Items of one turn of the model (thoughts, text, calls) stand side by side there and are one
message here. Source: platform.openai.com/docs/api-reference/responses/create, `input`, 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, groupby
from typing import Any

from aiconnect.adapters.chat import File, Image, Message, Role, Text, Thinking, ToolResult, ToolUse
from aiconnect.adapters.dialects.responses import marks
from aiconnect.adapters.dialects.responses.content import kind_of, read_content
from aiconnect.adapters.dialects.responses.fields import Body, needed, objects, string, wrong
from aiconnect.adapters.values import entries
from aiconnect.errors import CannotCarry

ROLES: Mapping[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
}


def read_input(value: object) -> tuple[Message, ...]:
    """The messages. Raises CallError, CannotCarry on items that only OpenAI can make sense of."""
    if isinstance(value, str):
        return (Message("user", (Text(value),)),)
    if value is None:
        raise wrong("input", "a string or a list of items")
    items = objects(value, "input")
    return _joined(_turn(item, f"input[{at}]") for at, item in enumerate(items))


def _joined(turns: Iterable[Message]) -> tuple[Message, ...]:
    """Neighbours that the model said are one message; what says nothing is left away."""
    found: list[Message] = []
    for role, group in groupby(turns, key=lambda message: message.role):
        if role == "assistant":
            parts = tuple(chain.from_iterable(message.parts for message in group))
            found.extend([Message(role, parts)] if parts else [])
        else:
            found.extend(group)
    return tuple(found)


def _turn(item: Body, where: str) -> Message:
    kind = kind_of(item) or ("message" if "role" in item else "item_reference")
    if kind == "item_reference":
        raise CannotCarry("`item_reference`")
    if kind not in _ITEMS:
        raise CannotCarry(f"the input item {kind}")
    return _ITEMS[kind](item, where)


def _message(item: Body, where: str) -> Message:
    role = item.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise wrong(f"{where}.role", "user, assistant, system or developer")
    return Message(ROLES[role], read_content(item.get("content"), f"{where}.content"))


def _reasoning(item: Body, _where: str) -> Message:
    text = _thought(item.get("summary")) or _thought(item.get("content"))
    thinking = marks.opened(text, item.get("encrypted_content"))
    return Message("assistant", (thinking,) if thinking != Thinking() else ())


def _thought(parts: object) -> str:
    texts: list[Any] = [part.get("text") for part in entries(parts)]
    return "\n\n".join([text for text in texts if isinstance(text, str)])


def _call(item: Body, where: str) -> Message:
    call = ToolUse(
        needed(item, "call_id", f"{where}.call_id"),
        needed(item, "name", f"{where}.name"),
        string(item, "arguments", f"{where}.arguments"),
        marks.signature_of(item),
    )
    return Message("assistant", (call,))


def _result(item: Body, where: str) -> Message:
    parts = read_content(item.get("output"), f"{where}.output")
    if not all(isinstance(part, Text | Image | File) for part in parts):
        raise wrong(f"{where}.output", "a string or a list of texts, pictures and files")
    fitting = tuple(part for part in parts if isinstance(part, Text | Image | File))
    call_id = needed(item, "call_id", f"{where}.call_id")
    return Message("tool", (ToolResult(call_id, fitting, string(item, "name", f"{where}.name")),))


_ITEMS: Mapping[str, Callable[[Body, str], Message]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _call,
    "function_call_output": _result,
}
