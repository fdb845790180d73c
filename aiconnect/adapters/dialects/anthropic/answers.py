"""Whole answers, both ways (its Messages API, read 2026-11)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aiconnect.adapters.chat import (
    Completion,
    Finish,
    Refusal,
    Said,
    Text,
    Thinking,
    ToolUse,
)
from aiconnect.adapters.dialects.anthropic.turns import arguments
from aiconnect.adapters.dialects.anthropic.usage import read_usage, write_usage
from aiconnect.adapters.dialects.base import Answering
from aiconnect.adapters.values import entries, mapping
from aiconnect.ids import uuid7
from aiconnect.wire.http1 import Malformed

FINISHES: Mapping[str, Finish] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
STOPS: Mapping[Finish, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
}


def a_text(value: object) -> str:
    """The string itself, "" for anything else."""
    return value if isinstance(value, str) else ""


def finish_of(reason: object) -> Finish:
    """Why it ended; a reason of tomorrow is `stop`."""
    return FINISHES.get(a_text(reason), "stop")


def stop_reason(finish: Finish, stop: str | None, *, has_calls: bool) -> str:
    """The same in Anthropic's words; its clients look here, and not for calls, to go on."""
    if finish == "stop" and has_calls:
        return "tool_use"
    return "stop_sequence" if finish == "stop" and stop else STOPS[finish]


def explanation(details: object) -> str:
    """What `stop_details` says about a refusal."""
    return a_text(mapping(details).get("explanation"))


def as_json(value: object) -> str:
    """The JSON text of what a provider sent; raises Malformed where it is too deep."""
    try:
        return json.dumps(value, separators=(",", ":"))
    except RecursionError:
        raise Malformed("nested too deeply") from None


def read(answer: Mapping[str, Any]) -> Completion:
    """An answer as values; raises Malformed on what is none."""
    if not isinstance(answer.get("content"), list):
        raise Malformed("no content")
    refused = explanation(answer.get("stop_details"))
    said = [part for block in entries(answer["content"]) for part in _said(block)]
    return Completion(
        parts=(*said, *([Refusal(refused)] if refused else [])),
        finish=finish_of(answer.get("stop_reason")),
        id=a_text(answer.get("id")),
        model=a_text(answer.get("model")),
        usage=read_usage(mapping(answer.get("usage"))),
        stop=a_text(answer.get("stop_sequence")) or None,
    )


def _said(block: Mapping[str, Any]) -> Iterator[Said]:
    """What a block says; those of tools that ran at the provider say nothing to others."""
    match block.get("type"):
        case "text":
            yield Text(a_text(block.get("text")))
        case "thinking":
            yield Thinking(a_text(block.get("thinking")), a_text(block.get("signature")))
        case "redacted_thinking":
            yield Thinking(redacted=a_text(block.get("data")))
        case "tool_use":
            given = as_json(mapping(block.get("input")))
            yield ToolUse(a_text(block.get("id")), a_text(block.get("name")), given)


def write(completion: Completion, answering: Answering) -> dict[str, Any]:
    """An answer in Anthropic's words."""
    content = [_block(part) for part in completion.parts if not _is_empty(part)]
    has_calls = any(block["type"] == "tool_use" for block in content)
    reason = stop_reason(completion.finish, completion.stop, has_calls=has_calls)
    return {
        "id": completion.id or answering.id,
        "type": "message",
        "role": "assistant",
        "model": completion.model or answering.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": completion.stop if reason == "stop_sequence" else None,
        "usage": write_usage(completion.usage),
    }


def _is_empty(part: Said) -> bool:
    return isinstance(part, Text | Refusal) and not part.text


def _block(part: Said) -> dict[str, Any]:
    match part:
        case Text(text) | Refusal(text):
            return {"type": "text", "text": text}
        case Thinking(redacted=redacted) if redacted:
            return {"type": "redacted_thinking", "data": redacted}
        case Thinking(text, signature):
            return {"type": "thinking", "thinking": text, "signature": signature}
        case ToolUse(found, name, given):
            return tool_use(found, name) | {"input": arguments(given)}


def tool_use(found: str, name: str) -> dict[str, Any]:
    """The block of a call before its arguments are known; one without an id is given one."""
    made = found or "toolu_" + uuid7().replace("-", "")
    return {"type": "tool_use", "id": made, "name": name, "input": {}}
