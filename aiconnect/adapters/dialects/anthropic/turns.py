"""Messages into Anthropic's turns: they take turns, begin with the user, and results come first."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aiconnect.adapters.chat import (
    Audio,
    Cache,
    File,
    Image,
    Message,
    Part,
    Refusal,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.anthropic.ids import with_ids
from aiconnect.errors import CannotCarry

Block = dict[str, Any]
Turn = tuple[str, list[Block]]

OPENING: Block = {"type": "text", "text": "Hello."}
"""The user's turn before a conversation that the assistant begins: the first must be the user's."""


def system(messages: Sequence[Message]) -> tuple[str | list[Block] | None, Sequence[Message]]:
    """What stands before the conversation, and the conversation."""
    talk = next((at for at, one in enumerate(messages) if one.role != "system"), len(messages))
    parts = [part for message in messages[:talk] for part in message.parts]
    blocks = [block for part in parts for block in _blocks(part)]
    if any(block["type"] != "text" for block in blocks):
        raise CannotCarry("anything but text in the system prompt")
    if any("cache_control" in block for block in blocks):
        return blocks, messages[talk:]
    return "\n\n".join(block["text"] for block in blocks) or None, messages[talk:]


def turns(messages: Sequence[Message]) -> list[Block]:
    """The conversation. Raises CannotCarry for what has no place in it."""
    merged: list[Turn] = []
    for message in with_ids(messages):
        role = "assistant" if message.role == "assistant" else "user"
        blocks = [block for part in message.parts for block in _blocks(part)]
        if not blocks:
            continue
        if merged and merged[-1][0] == role:
            merged[-1][1].extend(blocks)
        else:
            merged.append((role, blocks))
    if not merged or merged[0][0] != "user":
        merged.insert(0, ("user", [OPENING]))
    return [{"role": role, "content": _results_first(blocks)} for role, blocks in merged]


def _results_first(blocks: list[Block]) -> list[Block]:
    return sorted(blocks, key=lambda block: block["type"] != "tool_result")


def _blocks(part: Part) -> Iterator[Block]:
    """The block of a part; none for what is empty, which Anthropic refuses."""
    match part:
        case Text(text, cache):
            yield from _text(text, cache)
        case Refusal(text):
            yield from _text(text, None)
        case Thinking():
            yield from _thinking(part)
        case Image():
            yield _marked(_image(part), part.cache)
        case File():
            yield _marked(_file(part), part.cache)
        case ToolUse():
            given = arguments(part.arguments)
            yield {"type": "tool_use", "id": part.id, "name": part.name, "input": given}
        case ToolResult():
            yield _marked(_result(part), part.cache)
        case Audio():
            raise CannotCarry("recordings")


def _marked(block: Block, cache: Cache) -> Block:
    return block if cache is None else {**block, "cache_control": cache}


def _text(text: str, cache: Cache) -> Iterator[Block]:
    if text:
        yield _marked({"type": "text", "text": text}, cache)


def _thinking(part: Thinking) -> Iterator[Block]:
    """Thoughts go back with their seal only: Anthropic refuses those of other models."""
    if part.redacted:
        yield {"type": "redacted_thinking", "data": part.redacted}
    elif part.signature:
        yield {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _image(part: Image) -> Block:
    if part.url:
        return {"type": "image", "source": {"type": "url", "url": part.url}}
    source = {"type": "base64", "media_type": part.media_type, "data": part.data}
    return {"type": "image", "source": source}


def _file(part: File) -> Block:
    title = {"title": part.name} if part.name else {}
    return {"type": "document", "source": _source(part), **title}


def _source(part: File) -> Block:
    if part.url:
        return {"type": "url", "url": part.url}
    if part.media_type == "text/plain":
        return {"type": "text", "media_type": part.media_type, "data": _plain(part.data)}
    if part.media_type != "application/pdf":
        raise CannotCarry(f"files of the type {part.media_type[:60] or 'unknown'}")
    return {"type": "base64", "media_type": part.media_type, "data": part.data}


def _plain(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        raise CannotCarry("text files that are not UTF-8 in base64") from None


def _result(part: ToolResult) -> Block:
    inner = [block for one in part.parts for block in _blocks(one)]
    is_plain = len(inner) == 1 and inner[0].keys() == {"type", "text"}
    block: Block = {"type": "tool_result", "tool_use_id": part.id}
    if inner:
        block["content"] = inner[0]["text"] if is_plain else inner
    if part.is_error:
        block["is_error"] = True
    return block


def arguments(text: str) -> Mapping[str, Any]:
    """The JSON object of a call's arguments; what is none goes on under a name of its own."""
    if not text.strip():
        return {}
    try:
        value = json.loads(text)
        json.dumps([[[[[[[[value]]]]]]]], allow_nan=False)  # it will stand so deep in a body
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"arguments": text}
