"""Whole answers, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aiconnect.adapters.chat import (
    Completion,
    Part,
    Refusal,
    Said,
    Text,
    Thinking,
    ToolUse,
)
from aiconnect.adapters.dialects.base import Answering
from aiconnect.adapters.dialects.openai import counts, endings, parts, reasoning, uses
from aiconnect.adapters.usage import read_usage
from aiconnect.adapters.values import count, entries, mapping, name
from aiconnect.wire.http1 import Malformed


def read(answer: Mapping[str, Any]) -> Completion:
    """A provider's answer as values. Raises Malformed on what is none, an error's among them."""
    failed = endings.error_in(answer)
    if failed is not None:
        raise Malformed("an error in place of an answer")
    choice = first_choice(answer)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise Malformed("an answer without a message")
    reason = choice.get("finish_reason")
    reason = reason if isinstance(reason, str) else ""
    if reason in endings.BROKEN:
        raise Malformed("an answer that broke off")
    said = said_in(message)
    calls_tools = any(isinstance(part, ToolUse) for part in said)
    return Completion(
        said,
        endings.finish_of(reason, calls_tools=calls_tools),
        id=name(answer.get("id")),
        model=name(answer.get("model")),
        usage=read_usage(answer),
        created=count(answer.get("created")),
    )


def first_choice(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Choice 0 of an answer. Raises Malformed where there is none."""
    for choice in entries(said.get("choices")):
        if choice.get("index") in (0, None):
            return choice
    raise Malformed("an answer without a choice")


def said_in(message: Mapping[str, Any]) -> tuple[Said, ...]:
    """Thoughts, text, refusal and calls of a message. Raises Malformed."""
    refusal = message.get("refusal")
    return (
        *reasoning.thoughts_in(message),
        *content_in(message.get("content")),
        *([Refusal(refusal)] if isinstance(refusal, str) and refusal else []),
        *calls_in(message),
    )


def content_in(content: object) -> list[Said]:
    """Text and thoughts of a content; what else hosts put there (pictures) has no place in it."""
    if not isinstance(content, list):
        return [Text(content)] if isinstance(content, str) and content else []
    return [part for one in entries(content) if (part := _spoken(one)) is not None]


def _spoken(one: Mapping[str, Any]) -> Said | None:
    if one.get("type") == "thinking":
        return Thinking(parts.thought(one))
    text, refusal = one.get("text"), one.get("refusal")
    if isinstance(text, str) and text:
        return Text(text)
    return Refusal(refusal) if isinstance(refusal, str) and refusal else None


def calls_in(message: Mapping[str, Any]) -> list[ToolUse]:
    """The calls of an answer, the older `function_call` too. Raises Malformed."""
    stated = entries(message.get("tool_calls"))
    older = mapping(message.get("function_call"))
    return [_call(one) for one in stated or ([{"function": older}] if older else [])]


def _call(one: Mapping[str, Any]) -> ToolUse:
    inner, call_id = mapping(one.get("function")), one.get("id")
    called = inner.get("name")
    if not isinstance(called, str) or not called:
        raise Malformed("a tool call without a name")
    try:
        arguments = uses.arguments_of(inner)
    except ValueError:
        raise Malformed("arguments nested too deep") from None
    return ToolUse(
        call_id if isinstance(call_id, str) else "", called, arguments, uses.signature_of(one)
    )


def write(completion: Completion, answering: Answering) -> dict[str, Any]:
    """An answer in the caller's shape."""
    choice = {
        "index": 0,
        "message": _message(completion.parts, answering),
        "logprobs": None,
        "finish_reason": completion.finish,
    }
    return envelope(completion, answering, "chat.completion", "chatcmpl", choice)


def envelope(
    completion: Completion, answering: Answering, kind: str, prefix: str, choice: Mapping[str, Any]
) -> dict[str, Any]:
    """What stands around the one choice."""
    usage = {"usage": counts.written(completion.usage)} if completion.usage else {}
    return {
        "id": completion.id or f"{prefix}-{answering.id}",
        "object": kind,
        "created": answering.created if completion.created is None else completion.created,
        "model": completion.model or answering.model,
        "choices": [choice],
        **usage,
    }


def _message(said: Iterable[Part], answering: Answering) -> dict[str, Any]:
    kept = list(said)
    text = text_in(kept)
    refusal = "".join(part.text for part in kept if isinstance(part, Refusal))
    calls = [part for part in kept if isinstance(part, ToolUse)]
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if not text and (calls or refusal) else text,
        "refusal": refusal or None,
    }
    if answering.chat.shows_thinking is not False:
        message |= reasoning.written(part for part in kept if isinstance(part, Thinking))
    if calls:
        written = [uses.written_use(one, call_id(answering, n)) for n, one in enumerate(calls)]
        message["tool_calls"] = written
    return message


def text_in(said: Iterable[Part]) -> str:
    """The text of an answer, joined as a stream's would be."""
    return "".join(part.text for part in said if isinstance(part, Text))


def call_id(answering: Answering, index: int) -> str:
    """An id for a call that the provider gave none, the same in a stream as in a whole answer."""
    return f"call_{answering.id.replace('-', '')}_{index}"
