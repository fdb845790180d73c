"""A tool's way as it arrived at a provider, read from the words of its own wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fakes.exchange import Request


@dataclass(frozen=True)
class Trip:
    """Which tools were declared, what was called, and what its result is.

    `signature` is what a call came with and goes back with; only Gemini has one.
    """

    declared: list[str]
    called: str
    arguments: Any
    result: str
    call_id: str
    result_id: str
    signature: str = ""


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
    _, turn, answer = body["contents"]
    [part] = turn["parts"]
    call, response = part["functionCall"], answer["parts"][0]["functionResponse"]
    assert response["name"] == call["name"]
    [declared] = body["tools"]
    return Trip(
        [tool["name"] for tool in declared["functionDeclarations"]],
        call["name"],
        call["args"],
        "".join(response["response"].values()),
        call["id"],
        response["id"],
        part["thoughtSignature"],
    )


def _responses(body: dict[str, Any]) -> Trip:
    _, *items = body["input"]
    call, result = items[-2:]
    assert (call["type"], result["type"]) == ("function_call", "function_call_output")
    return Trip(
        [tool["name"] for tool in body["tools"]],
        call["name"],
        json.loads(call["arguments"]),
        result["output"],
        call["call_id"],
        result["call_id"],
    )


def _ollama(body: dict[str, Any]) -> Trip:
    """Here a result names its tool, and may name the call."""
    _, message, result = body["messages"]
    [call] = message["tool_calls"]
    assert result.get("tool_name", call["function"]["name"]) == call["function"]["name"]
    return Trip(
        [tool["function"]["name"] for tool in body["tools"]],
        call["function"]["name"],
        call["function"]["arguments"],
        result["content"],
        call.get("id", ""),
        result.get("tool_call_id", ""),
    )


PLACEHOLDER = "skip_thought_signature_validator"
"""What Gemini takes for a signature that was lost (docs/thought-signatures, 2026-11)."""

READERS: Mapping[str, Callable[[dict[str, Any]], Trip]] = {
    "/chat/completions": _openai,
    "/responses": _responses,
    "/messages": _anthropic,
    ":generateContent": _gemini,
    "/api/chat": _ollama,
}
"""How to read a body, by the end of its path."""


def trip_in(request: Request) -> Trip:
    """The trip in what arrived."""
    [read] = [READERS[end] for end in READERS if request.path.endswith(end)]
    return read(request.json)
