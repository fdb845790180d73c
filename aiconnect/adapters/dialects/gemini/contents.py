"""Messages as Gemini's `contents` and `systemInstruction`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from operator import itemgetter
from typing import Any

from aiconnect.adapters.chat import (
    Audio,
    File,
    Image,
    Message,
    Part,
    Refusal,
    Text,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.gemini.families import Family
from aiconnect.adapters.values import text
from aiconnect.errors import CallError, CannotCarry

UNSIGNED = "skip_thought_signature_validator"
"""Google's placeholder for a call that another model made (docs/thought-signatures, 2026-11)."""

SOUNDS = {
    "wav": "audio/wav", "mp3": "audio/mp3", "aiff": "audio/aiff", "aac": "audio/aac",
    "ogg": "audio/ogg", "flac": "audio/flac",
}  # fmt: skip
"""docs/audio, 2026-11."""

Parts = list[dict[str, Any]]


def contents(messages: Sequence[Message], family: Family) -> dict[str, Any]:
    """`systemInstruction` and `contents`. Raises CannotCarry, and CallError (400)."""
    leading = list(takewhile(lambda message: message.role == "system", messages))
    system = [part for message in leading for part in _plain_parts(message.parts)]
    turns = _merged(_turns(messages[len(leading) :], family))
    if not turns:  # a request needs a content, and words to the system alone are words too
        return {"contents": [{"role": "user", "parts": system}] if system else []}
    return ({"systemInstruction": {"parts": system}} if system else {}) | {"contents": turns}


def _turns(messages: Iterable[Message], family: Family) -> Iterator[tuple[tuple[str, bool], Parts]]:
    """Who speaks, whether it is a tool, and what is said.

    A tool's result names the tool: callers say only which call it answers.
    """
    names: dict[str, str] = {}
    for message in messages:
        is_result = message.role == "tool"
        names.update({part.id: part.name for part in message.parts if isinstance(part, ToolUse)})
        if is_result:
            parts = [_result(p, names, family) for p in message.parts if isinstance(p, ToolResult)]
        else:
            parts = _plain_parts(message.parts)
        role = "model" if message.role == "assistant" else "user"
        yield (role, is_result), _signed(parts) if family.is_third else parts


def _merged(turns: Iterable[tuple[tuple[str, bool], Parts]]) -> list[dict[str, Any]]:
    """One content for neighbours of one role, but results of tools apart from other words."""
    said = ((who, parts) for who, parts in turns if parts)
    return [
        {"role": role, "parts": [part for _, parts in together for part in parts]}
        for (role, _), together in groupby(said, key=itemgetter(0))
    ]


def _plain_parts(parts: Iterable[Part]) -> Parts:
    return [written for part in parts if (written := _part(part))]


def _part(part: Part) -> dict[str, Any] | None:
    """None for what is left out: empty words are refused, and thoughts need not go back."""
    match part:
        case Text() | Refusal():
            return {"text": part.text} if part.text else None
        case Image() | File():
            return {"inlineData": _inline(part)}
        case Audio():
            return {"inlineData": _sound(part)}
        case ToolUse():
            return _call(part)
        case _:
            return None


def _inline(part: Image | File) -> dict[str, str]:
    is_image = isinstance(part, Image)
    if part.url or not part.data:
        raise CannotCarry("pictures by URL" if is_image else "files by URL")
    usual = "image/png" if is_image else "application/pdf"
    return {"mimeType": part.media_type or usual, "data": part.data}


def _sound(part: Audio) -> dict[str, str]:
    kind = SOUNDS.get(part.format)
    if kind is None:
        raise CannotCarry("audio in this format")
    return {"mimeType": kind, "data": part.data}


def _call(use: ToolUse) -> dict[str, Any]:
    call = ({"id": use.id} if use.id else {}) | {"name": use.name, "args": _arguments(use)}
    signature = {"thoughtSignature": use.signature} if use.signature else {}
    return {"functionCall": call, **signature}


def _arguments(use: ToolUse) -> Mapping[str, Any]:
    """Gemini wants an object. What a model wrote that is none goes back as it was, in one field."""
    if not use.arguments.strip():
        return {}
    read = _object(use.arguments)
    return {"arguments": use.arguments} if read is None else read


def _signed(parts: Parts) -> Parts:
    """The first call of a turn with a signature: without any, Gemini 3 refuses the request."""
    first = next((at for at, part in enumerate(parts) if "functionCall" in part), None)
    if first is None or "thoughtSignature" in parts[first]:
        return parts
    return [*parts[:first], parts[first] | {"thoughtSignature": UNSIGNED}, *parts[first + 1 :]]


def _result(result: ToolResult, names: Mapping[str, str], family: Family) -> dict[str, Any]:
    name = result.name or names.get(result.id, "")
    if not name:
        said = text(result.id, 100)
        raise CallError("bad_request", detail=f"No call before it has the id {said!r}.")
    words = "".join(part.text for part in result.parts if isinstance(part, Text))
    shown = [part for part in result.parts if not isinstance(part, Text)]
    if shown and not family.is_third:
        raise CannotCarry("pictures and files in the result of a tool")
    written = {"name": name, "response": _response(words, is_error=result.is_error)}
    pictures = {"parts": [{"inlineData": _inline(part)} for part in shown]} if shown else {}
    return {"functionResponse": ({"id": result.id} if result.id else {}) | written | pictures}


def _response(words: str, *, is_error: bool) -> Mapping[str, Any]:
    """An object: the one that the tool gave, or its words in one."""
    if is_error:
        return {"error": words}
    read = _object(words)
    return {"result": words} if read is None else read


def _object(written: str) -> Mapping[str, Any] | None:
    try:
        read = json.loads(written)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None
