"""Tools, and which of them may or must be called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiconnect.adapters.chat import Chat, Tool, ToolChoice
from aiconnect.errors import CannotCarry

MODES = {"auto": "AUTO", "none": "NONE", "any": "ANY"}


def tools(chat: Chat) -> dict[str, Any]:
    """`tools` and `toolConfig`; empty where there are none."""
    choice = chat.tool_choice
    if not chat.tools:
        if choice and choice.mode == "any":
            raise CannotCarry("a forced call without any tool")
        return {}
    declared = [_declaration(tool) for tool in _offered(chat.tools, choice)]
    written: dict[str, Any] = {"tools": [{"functionDeclarations": declared}]}
    return written | ({"toolConfig": _config(choice)} if choice else {})


def _offered(offered: Iterable[Tool], choice: ToolChoice | None) -> list[Tool]:
    """Names are allowed where a call is forced; a free choice of some is a choice of only these."""
    if choice is None or choice.mode != "auto" or not choice.names:
        return list(offered)
    return [tool for tool in offered if tool.name in choice.names]


def _declaration(tool: Tool) -> dict[str, Any]:
    """`parametersJsonSchema` takes any JSON Schema; the older `parameters` a part of OpenAPI's."""
    described = {"description": tool.description} if tool.description else {}
    schema = {"parametersJsonSchema": tool.schema} if tool.schema else {}
    return {"name": tool.name, **described, **schema}


def _config(choice: ToolChoice) -> dict[str, Any]:
    config: dict[str, Any] = {"mode": MODES[choice.mode]}
    if choice.mode == "any" and choice.names:
        config["allowedFunctionNames"] = list(choice.names)
    return {"functionCallingConfig": config}
