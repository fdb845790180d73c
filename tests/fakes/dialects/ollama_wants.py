"""What Ollama refuses: its server reads a request into typed fields (source of 2026-08)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import Any

ROLES = {"system", "user", "assistant", "tool"}
LEVELS = ("low", "medium", "high", "max")
TEXTS = ("model", "prompt", "suffix", "system", "template")
NUMBERS = ("num_predict", "temperature", "top_p", "top_k", "seed", "num_ctx", "presence_penalty",
           "frequency_penalty")  # fmt: skip


def fault(body: Any) -> str | None:
    """Why it would be refused; None where it is taken."""
    return next(_faults(body), None)


def _faults(body: Any) -> Iterator[str]:
    if not isinstance(body, dict):
        yield "missing request body"
        return
    if not body.get("model"):
        yield "model is required"
    yield from (_wrong(name, "string") for name in TEXTS if not _may_be(body, name, str))
    if not _may_be(body, "stream", bool):
        yield _wrong("stream", "bool")
    if body.get("think") not in (None, True, False, *LEVELS):
        yield 'invalid think value (must be "high", "medium", "low", true, or false)'
    if body.get("format") not in (None, "", "json") and not isinstance(body["format"], dict):
        yield 'invalid format: expected "json" or a JSON schema'
    yield from _options(body.get("options") or {})
    yield from _images(body)
    for message in body.get("messages") or ():
        yield from _message(message)
    for tool in body.get("tools") or ():
        yield from _tool(tool)


def _options(options: Any) -> Iterator[str]:
    for name in NUMBERS:
        if not _may_be(options, name, int | float):
            yield f'option "{name}" must be of type float32'
    if not _are(options.get("stop") or [], lambda one: isinstance(one, str)):
        yield 'option "stop" must be of type array'


def _message(message: Any) -> Iterator[str]:
    if message.get("role") not in ROLES:
        yield f"invalid role: {message.get('role')}"
    if not _may_be(message, "content", str):
        yield _wrong("messages.content", "string")
    yield from _images(message)
    for call in message.get("tool_calls") or ():
        if not isinstance(call["function"].get("arguments"), dict):
            yield _wrong("messages.tool_calls.function.arguments", "object")


def _tool(tool: Any) -> Iterator[str]:
    if not isinstance(tool["function"].get("parameters"), dict):
        yield _wrong("tools.function.parameters", "object")


def _images(source: Any) -> Iterator[str]:
    if not _are(source.get("images") or [], _is_base64):
        yield "illegal base64 data at input byte 4"


def _is_base64(text: Any) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, TypeError):
        return False


def _are(values: Any, holds: Callable[[Any], bool]) -> bool:
    return isinstance(values, list) and all(map(holds, values))


def _may_be(source: Any, name: str, kind: Any) -> bool:
    return source.get(name) is None or isinstance(source[name], kind)


def _wrong(field: str, kind: str) -> str:
    return f"json: cannot unmarshal into Go struct field ChatRequest.{field} of type {kind}"
