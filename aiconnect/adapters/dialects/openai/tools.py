"""Tools and the choice among them, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import Chat, Tool, ToolChoice
from aiconnect.adapters.dialects.openai.fields import (
    bad,
    flag,
    listed,
    object_of,
    text_of,
)
from aiconnect.adapters.dialects.openai.parts import cache_of
from aiconnect.adapters.values import text
from aiconnect.errors import CannotCarry

CHOICES: Mapping[str, ToolChoice] = {
    "auto": ToolChoice("auto"),
    "none": ToolChoice("none"),
    "required": ToolChoice("any"),
    "any": ToolChoice("any"),  # Mistral's word
}


def tools_of(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The functions that a caller offers. Raises CallError, CannotCarry on tools of the host's."""
    return tuple(_tool(one) for one in listed(body, "tools"))


def _tool(one: object) -> Tool:
    stated = of_function(one, "tool")
    inner = object_of(stated, "function")
    name = text_of(inner, "name")
    if not name:
        raise bad("Every tool must have a `function.name`.")
    return Tool(
        name,
        text_of(inner, "description"),
        object_of(inner, "parameters") if inner.get("parameters") is not None else None,
        flag(inner, "strict"),
        cache_of(stated),
    )


def of_function(one: object, what: str) -> Mapping[str, Any]:
    """A tool or call of a function. Raises CallError, CannotCarry on one of another type."""
    if not isinstance(one, dict):
        raise bad(f"Every {what} must be an object.")
    kind = one.get("type", "function")
    if kind != "function":
        raise CannotCarry(f"the {what} type {text(kind, 40) or '(none)'}")
    return one


def choice_of(body: Mapping[str, Any]) -> ToolChoice | None:
    """Which tool a caller wants called. Raises CallError, CannotCarry."""
    stated = body.get("tool_choice")
    if isinstance(stated, dict) and stated.get("type") in ("function", "allowed_tools"):
        return _chosen(stated)
    word = stated.get("type") if isinstance(stated, dict) else stated
    if word is None or (isinstance(word, str) and word in CHOICES):
        return CHOICES[word] if word else None
    if isinstance(stated, dict):
        raise CannotCarry(f"the tool choice {text(word, 40)}")
    raise bad("`tool_choice` must be auto, none, required or an object.")


def _chosen(stated: Mapping[str, Any]) -> ToolChoice:
    if stated["type"] == "function":
        return ToolChoice("any", (_name(stated),))
    allowed = object_of(stated, "allowed_tools") or stated
    names = tuple(_name(of_function(one, "tool")) for one in listed(allowed, "tools"))
    return ToolChoice("any" if allowed.get("mode") == "required" else "auto", names)


def _name(stated: Mapping[str, Any]) -> str:
    name = text_of(object_of(stated, "function") or stated, "name")
    if not name:
        raise bad("`tool_choice` names no function.")
    return name


def written_tools(chat: Chat) -> dict[str, Any]:
    """`tools` and what only stands beside them; nothing where there are none.

    Where only some may be called, only those are sent: few hosts know `allowed_tools`.
    """
    choice = chat.tool_choice or ToolChoice("auto")
    usable = [tool for tool in chat.tools if not choice.names or tool.name in choice.names]
    if not usable:
        return {}
    body: dict[str, Any] = {"tools": [_written_tool(tool) for tool in usable]}
    if chat.tool_choice is not None:
        body["tool_choice"] = _written_choice(choice)
    if chat.parallel is not None:
        body["parallel_tool_calls"] = chat.parallel
    return body


def _written_tool(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    if tool.schema is not None:
        function["parameters"] = dict(tool.schema)
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _written_choice(choice: ToolChoice) -> str | dict[str, Any]:
    if choice.mode == "any" and len(choice.names) == 1:
        return {"type": "function", "function": {"name": choice.names[0]}}
    return "required" if choice.mode == "any" else choice.mode
