"""Tools and the choice among them in Anthropic's words (read 2026-11)."""

from __future__ import annotations

from typing import Any

from aiconnect.adapters.chat import Chat, Tool, ToolChoice, Written
from aiconnect.adapters.dialects.anthropic.rules import Rules
from aiconnect.errors import CannotCarry

NO_PARAMETERS = {"type": "object", "properties": {}}
AUTO = ToolChoice("auto")


def toolbox(chat: Chat, rules: Rules) -> Written:
    """The fields `tools` and `tool_choice`; raises CannotCarry where a model refuses forcing."""
    choice = chat.tool_choice or AUTO
    is_one = choice.mode == "any" and len(choice.names) == 1
    tools = [one for one in chat.tools if is_one or not choice.names or one.name in choice.names]
    _may_force(choice, tools, rules)
    if not tools:
        return Written({})
    body: dict[str, Any] = {"tools": [_tool(one, rules) for one in tools]}
    if chat.tool_choice is not None or chat.parallel is False:
        body["tool_choice"] = _choice(choice, is_single=chat.parallel is False)
    return Written(body, _dropped(tools, rules))


def _may_force(choice: ToolChoice, tools: list[Tool], rules: Rules) -> None:
    if choice.mode == "any" and not tools:
        raise CannotCarry("a forced tool call without a tool")
    if choice.mode == "any" and not rules.forces:
        raise CannotCarry("a forced tool call")


def _tool(tool: Tool, rules: Rules) -> dict[str, Any]:
    schema = tool.schema or NO_PARAMETERS
    written: dict[str, Any] = {"name": tool.name}
    if tool.description:
        written["description"] = tool.description
    written["input_schema"] = schema if "type" in schema else {"type": "object", **schema}
    if tool.strict and rules.schemas:
        written["strict"] = True
    if tool.cache is not None:
        written["cache_control"] = tool.cache
    return written


def _dropped(tools: list[Tool], rules: Rules) -> tuple[str, ...]:
    is_lost = any(tool.strict for tool in tools) and not rules.schemas
    return ("strict",) if is_lost else ()


def _choice(choice: ToolChoice, *, is_single: bool) -> dict[str, Any]:
    if choice.mode == "none":
        return {"type": "none"}
    single = {"disable_parallel_tool_use": True} if is_single else {}
    if choice.mode == "any" and len(choice.names) == 1:
        return {"type": "tool", "name": choice.names[0], **single}
    return {"type": choice.mode, **single}
