"""Ollama's messages and tools as values (https://docs.ollama.com/api/chat, read 2026-11)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from aiconnect.adapters.chat import (
    Image,
    Message,
    Part,
    Text,
    Thinking,
    Tool,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.ollama.objects import bad, write_object
from aiconnect.adapters.values import mapping, text
from aiconnect.errors import CannotCarry

# How the base64 of a picture begins: Ollama is told no type, other dialects want one.
PICTURES = (
    ("iVBORw0KGg", "image/png"),
    ("/9j/", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
)


class Calls:
    """Gives an id to each call without one, and to each result the id of the call it answers."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._open: dict[str, deque[str]] = {}
        self._answered: set[str] = set()
        self._made = 0

    def forget(self) -> None:
        """A new turn calls: what is still open in an earlier one is answered by nothing more."""
        self._open.clear()

    def called(self, given: str, called: str) -> str:
        """The id of a call of this tool."""
        found = given or self._new()
        self._names[found] = called
        self._answered.discard(found)
        for queue in (called, ""):
            self._open.setdefault(queue, deque()).append(found)
        return found

    def answered(self, given: str, called: str) -> tuple[str, str]:
        """Id and tool of the call that a result belongs to: by its id, its name, its place."""
        found = given or self._next(called) or self._new()
        self._answered.add(found)
        return found, called or self._names.get(found, "")

    def _next(self, called: str) -> str:
        queue = self._open.get(called, deque())
        while queue:
            first = queue.popleft()
            if first not in self._answered:
                return first
        return ""

    def _new(self) -> str:
        self._made += 1
        return f"call_{self._made:08d}"


def read_messages(value: object) -> tuple[Message, ...]:
    """Raises CallError (400), CannotCarry."""
    if not isinstance(value, list | None):
        raise bad("messages", "a list")
    calls = Calls()
    return tuple(_message(one, calls) for one in value or ())


def _message(value: object, calls: Calls) -> Message:
    if not isinstance(value, dict):
        raise bad("messages", "a list of objects")
    role = value.get("role")
    match role.lower() if isinstance(role, str) else role:
        case "system":
            return Message("system", (*said(value),))
        case "user":
            return Message("user", (*said(value),))
        case "assistant":
            thought = string(value, "thinking")
            thoughts = (Thinking(thought),) if thought else ()
            return Message("assistant", (*thoughts, *said(value), *_tool_calls(value, calls)))
        case "tool":
            return Message("tool", (_result(value, calls),))
    raise bad("messages[].role", "system, user, assistant or tool")


def said(value: Mapping[str, Any], field: str = "content") -> Iterator[Text | Image]:
    """Text and pictures of a message, or of what a completion is asked with."""
    content = string(value, field)
    if content:
        yield Text(content)
    yield from pictures(value.get("images"))


def string(value: Mapping[str, Any], field: str) -> str:
    """A field that holds text or nothing."""
    found = value.get(field)
    if not isinstance(found, str | None):
        raise bad(field, "a string")
    return found or ""


def pictures(value: object) -> Iterator[Image]:
    """Raises CannotCarry on a kind of picture that no other dialect takes."""
    if not isinstance(value, list | None):
        raise bad("images", "a list")
    for one in value or ():
        if not isinstance(one, str):
            raise bad("images", "a list of base64 strings")
        yield _picture(one)


def _picture(written: str) -> Image:
    data = written.partition(";base64,")[2] if written.startswith("data:") else written
    found = next((kind for begin, kind in PICTURES if data.startswith(begin)), None)
    if found is None:
        raise CannotCarry("pictures that are no PNG, JPEG, GIF or WebP")
    return Image(found, data)


def _tool_calls(value: Mapping[str, Any], calls: Calls) -> Iterator[Part]:
    written = value.get("tool_calls")
    if not isinstance(written, list | None):
        raise bad("tool_calls", "a list")
    if written:
        calls.forget()
    for one in written or ():
        function = mapping(mapping(one).get("function"))
        called = string(function, "name")
        arguments = write_object(function.get("arguments"))
        if not called or arguments is None:
            raise bad("tool_calls[].function", "an object with a name and an object of arguments")
        yield ToolUse(calls.called(string(one, "id"), called), called, arguments)


def _result(value: Mapping[str, Any], calls: Calls) -> ToolResult:
    # Older clients write `name`, as OpenAI's do.
    called = string(value, "tool_name") or string(value, "name")
    found, called = calls.answered(string(value, "tool_call_id"), called)
    return ToolResult(found, (*said(value),), called)


def read_tools(value: object) -> tuple[Tool, ...]:
    """Raises CallError (400), CannotCarry on a tool that is no function."""
    if not isinstance(value, list | None):
        raise bad("tools", "a list")
    return tuple(_tool(one) for one in value or ())


def _tool(value: object) -> Tool:
    kind = mapping(value).get("type") or "function"
    if kind != "function":
        raise CannotCarry(f"the tool type {text(kind, 40)}")
    function = mapping(mapping(value).get("function"))
    schema = function.get("parameters")
    if not string(function, "name") or not isinstance(schema, dict | None):
        raise bad("tools[].function", "an object with a name and a JSON Schema")
    return Tool(string(function, "name"), string(function, "description"), schema)
