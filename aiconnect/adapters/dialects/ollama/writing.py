"""A chat in Ollama's words (https://docs.ollama.com/api/chat, read 2026-11)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from aiconnect.adapters.chat import (
    Audio,
    Chat,
    File,
    Image,
    Message,
    Part,
    Refusal,
    Text,
    Thinking,
    Tool,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.ollama.answers import write_calls
from aiconnect.errors import CallError, CannotCarry

NO_PARAMETERS = {"type": "object", "properties": {}}


def write_messages(chat: Chat) -> list[dict[str, Any]]:
    """Raises CannotCarry on pictures by URL, files and recordings.

    The order of text and pictures in a message is lost: Ollama has a field for each.
    """
    names = {
        part.id: part.name
        for message in chat.messages
        for part in message.parts
        if isinstance(part, ToolUse)
    }
    return [written for message in chat.messages for written in _message(message, names)]


def _message(message: Message, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    if message.role != "tool":
        yield {"role": message.role} | _said(message.parts)
        return
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield _result(part, names)


def _said(parts: Iterable[Part]) -> dict[str, Any]:
    known = list(parts)
    written: dict[str, Any] = {"content": _text(known)}
    thoughts = "".join(part.text for part in known if isinstance(part, Thinking))
    images = list(_pictures(known))
    calls = [part for part in known if isinstance(part, ToolUse)]
    if thoughts:
        written["thinking"] = thoughts
    if images:
        written["images"] = images
    if calls:
        written["tool_calls"] = write_calls(calls)
    return written


def _text(parts: Iterable[Part]) -> str:
    texts = (part.text for part in parts if isinstance(part, Text | Refusal))
    return "\n\n".join(text for text in texts if text)


def _pictures(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        match part:
            case Image(data=data) if data:
                yield data
            case Image():
                raise CannotCarry("pictures by URL")
            case File():
                raise CannotCarry("files")
            case Audio():
                raise CannotCarry("recordings")


def _result(result: ToolResult, names: dict[str, str]) -> dict[str, Any]:
    """Newer servers match it by the id, older ones by the tool's name."""
    name = result.name or names.get(result.id, "")
    said = ({"tool_name": name} if name else {}) | (
        {"tool_call_id": result.id} if result.id else {}
    )
    return {"role": "tool"} | said | _said(result.parts)


def write_tools(chat: Chat) -> list[dict[str, Any]]:
    """The tools that the model may call. Raises CannotCarry where it must call one of several.

    Ollama has no `tool_choice`: a model that is shown one tool alone mostly calls it.
    """
    choice = chat.tool_choice
    if choice is None:
        return [_tool(tool) for tool in chat.tools]
    if choice.mode == "none":
        return []
    if choice.mode == "any" and len(choice.names) != 1:
        raise CannotCarry("`tool_choice` that forces a call")
    wanted = [tool for tool in chat.tools if not choice.names or tool.name in choice.names]
    if choice.names and not wanted:
        raise CallError("bad_request", detail="`tool_choice` names a tool that is not in `tools`.")
    return [_tool(tool) for tool in wanted]


def _tool(tool: Tool) -> dict[str, Any]:
    described = {"description": tool.description} if tool.description else {}
    parameters = NO_PARAMETERS if tool.schema is None else tool.schema
    function = {"name": tool.name} | described | {"parameters": parameters}
    return {"type": "function", "function": function}
