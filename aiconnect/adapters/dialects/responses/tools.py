"""Tools and the choice among them, read from a request and echoed in the answer.

Source: platform.openai.com/docs/api-reference/responses/create, `tools`, 2026-11.
"""

from __future__ import annotations

from typing import Any

from aiconnect.adapters.chat import Tool, ToolChoice
from aiconnect.adapters.dialects.responses.content import kind_of
from aiconnect.adapters.dialects.responses.fields import (
    Body,
    flag,
    needed,
    objects,
    schema,
    string,
    wrong,
)
from aiconnect.errors import CannotCarry

CHOICES = {"auto": ToolChoice("auto"), "none": ToolChoice("none"), "required": ToolChoice("any")}
WORDS = {"auto": "auto", "none": "none", "any": "required"}


def read_tools(value: object) -> tuple[Tool, ...]:
    """The functions that the model may call. Raises CannotCarry on every other type of tool."""
    found = objects(value, "tools")
    return tuple(_tool(tool, f"tools[{at}]") for at, tool in enumerate(found))


def _tool(tool: Body, where: str) -> Tool:
    if kind_of(tool) != "function":
        raise CannotCarry(f"the tool type {kind_of(tool) or 'without a name'}")
    return Tool(
        needed(tool, "name", f"{where}.name"),
        string(tool, "description", f"{where}.description"),
        schema(tool, "parameters", f"{where}.parameters"),
        flag(tool, "strict"),
    )


def read_choice(value: object) -> ToolChoice | None:
    """Which of them the model must or may call."""
    if value is None:
        return None
    if isinstance(value, str) and value in CHOICES:
        return CHOICES[value]
    if not isinstance(value, dict):
        raise wrong("tool_choice", "auto, none, required or an object")
    kind = kind_of(value)
    if kind == "function":
        return ToolChoice("any", (needed(value, "name", "tool_choice.name"),))
    if kind == "allowed_tools":
        return _allowed(value)
    raise CannotCarry(f"the tool choice {kind or 'without a type'}")


def _allowed(value: Body) -> ToolChoice:
    mode = value.get("mode")
    if mode not in ("auto", "required"):
        raise wrong("tool_choice.mode", "auto or required")
    tools = objects(value.get("tools"), "tool_choice.tools")
    other = next((kind_of(tool) for tool in tools if kind_of(tool) != "function"), None)
    if other is not None:
        raise CannotCarry(f"the tool type {other or 'without a name'}")
    names = tuple(needed(tool, "name", "tool_choice.tools[].name") for tool in tools)
    return ToolChoice("auto" if mode == "auto" else "any", names)


def echo_tool(tool: Tool) -> dict[str, Any]:
    """A tool as an answer repeats it."""
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description or None,
        "parameters": tool.schema,
        "strict": tool.strict,
    }


def echo_choice(choice: ToolChoice | None) -> str | dict[str, Any]:
    """The choice as an answer repeats it."""
    if choice is None or not choice.names:
        return WORDS[choice.mode if choice else "auto"]
    if choice.mode == "any" and len(choice.names) == 1:
        return {"type": "function", "name": choice.names[0]}
    tools = [{"type": "function", "name": name} for name in choice.names]
    return {"type": "allowed_tools", "mode": WORDS[choice.mode], "tools": tools}
