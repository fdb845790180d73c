"""A tool's way as it arrived at a provider, read from the words of its own wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Trip:
    """Which tools were declared, what was called, and what its result is."""

    declared: list[str]
    called: str
    arguments: Any
    result: str
    call_id: str
    result_id: str


def _openai(body: dict[str, Any]) -> Trip:
    _, message, result = body["messages"]
    call = message["tool_calls"][0]
    return Trip(
        [tool["function"]["name"] for tool in body["tools"]],
        call["function"]["name"],
        json.loads(call["function"]["arguments"]),
        result["content"],
        call["id"],
        result["tool_call_id"],
    )


def _anthropic(body: dict[str, Any]) -> Trip:
    _, turn, answer = body["messages"]
    use, result = turn["content"][-1], answer["content"][0]
    assert (use["type"], result["type"]) == ("tool_use", "tool_result")
    declared = [tool["name"] for tool in body["tools"]]
    said = result["content"]
    told = said if isinstance(said, str) else "".join(block["text"] for block in said)
    return Trip(declared, use["name"], use["input"], told, use["id"], result["tool_use_id"])


def _gemini(body: dict[str, Any]) -> Trip:
    """A call goes back with the signature that it came with."""
    _, turn, answer = body["contents"]
    [part] = turn["parts"]
    call, response = part["functionCall"], answer["parts"][0]["functionResponse"]
    assert part["thoughtSignature"]
    assert response["name"] == call["name"]
    [declared] = body["tools"]
    return Trip(
        [tool["name"] for tool in declared["functionDeclarations"]],
        call["name"],
        call["args"],
        "".join(response["response"].values()),
        call["id"],
        response["id"],
    )


TRIPS: Mapping[str, Callable[[dict[str, Any]], Trip]] = {
    "openai.chat": _openai,
    "anthropic.messages": _anthropic,
    "gemini.chat": _gemini,
}
"""How to read a body, by its wire."""
