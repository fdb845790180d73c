"""What a program that speaks Ollama gets: whole answers, and lines of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import (
    Completion,
    Delta,
    Finish,
    Finished,
    Refusal,
    RefusalDelta,
    Said,
    Started,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
    ToolUse,
)
from aiconnect.adapters.dialects.base import Answering, Writer
from aiconnect.adapters.dialects.ollama.counts import write_counts
from aiconnect.adapters.dialects.ollama.errors import error_line
from aiconnect.adapters.dialects.ollama.objects import read_object
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError
from aiconnect.wire import ndjson
from aiconnect.wire.http1 import Malformed

Says = Callable[[str, str, Sequence[ToolUse]], dict[str, Any]]
"""Text, thoughts and calls in the words of an endpoint."""


def in_chat(text: str, thinking: str = "", calls: Sequence[ToolUse] = ()) -> dict[str, Any]:
    """As `/api/chat` says it."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if thinking:
        message["thinking"] = thinking
    if calls:
        message["tool_calls"] = write_calls(calls)
    return {"message": message}


def in_generate(text: str, thinking: str = "", calls: Sequence[ToolUse] = ()) -> dict[str, Any]:
    """As `/api/generate` says it; it takes no tools, so a model that calls one is on its own."""
    said = {"response": text} | ({"thinking": thinking} if thinking else {})
    return said | ({"tool_calls": write_calls(calls)} if calls else {})


def write_calls(calls: Iterable[ToolUse]) -> list[dict[str, Any]]:
    """Calls of tools, with their arguments as objects."""
    return [
        ({"id": call.id} if call.id else {})
        | {"function": {"index": at, "name": call.name, "arguments": read_object(call.arguments)}}
        for at, call in enumerate(calls)
    ]


def whole(says: Says, completion: Completion, answering: Answering) -> dict[str, Any]:
    """A whole answer. Signatures of thoughts have no place here."""
    calls = [part for part in completion.parts if isinstance(part, ToolUse)]
    said = says(_text(completion.parts), _thoughts(completion.parts), calls)
    total = answering.elapsed_ns()
    head = _head(answering, completion.model)
    return head | said | _end(completion.finish, write_counts(completion.usage, total, 0))


def _text(parts: Iterable[Said]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Text | Refusal))


def _thoughts(parts: Iterable[Said]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Thinking))


def _head(answering: Answering, model: str) -> dict[str, Any]:
    made = datetime.fromtimestamp(answering.created, UTC).isoformat().replace("+00:00", "Z")
    return {"model": model or answering.model, "created_at": made}


def _end(finish: Finish, counts: dict[str, int]) -> dict[str, Any]:
    reason = "length" if finish == "length" else "stop"
    return {"done": True, "done_reason": reason} | counts


@dataclass(slots=True)
class _Call:
    """A call of a tool whose arguments are still coming."""

    id: str
    name: str
    pieces: list[str] = field(default_factory=list)


class LineWriter(Writer):
    """One line for each delta. Calls wait for the end: Ollama says them whole, as objects."""

    def __init__(self, says: Says, answering: Answering) -> None:
        self._says, self._answering = says, answering
        self._head, self._first_ns = _head(answering, ""), 0
        self._calls: dict[int, _Call] = {}
        self._size = 0

    @override
    def write(self, delta: Delta) -> bytes:
        match delta:
            case TextDelta(text) | RefusalDelta(text):
                return self._line(text) if text else b""
            case ThinkingDelta(text):
                return self._line("", text) if text else b""
            case ToolStart(index, id_, name):
                self._calls[index] = _Call(id_, name)
            case ToolArguments(index, text):
                self._keep(index, text)
            case Started(_, model):
                self._head = _head(self._answering, model)
            case _:
                pass  # signatures have no place here
        return b""

    @override
    def end(self, finish: Finished, usage: Usage | None) -> bytes:
        calls = [
            ToolUse(call.id, call.name, "".join(call.pieces))
            for _, call in sorted(self._calls.items())
        ]
        said = self._line("", "", calls) if calls else b""
        self._begin()
        total = self._answering.elapsed_ns()
        counts = write_counts(usage, total, min(self._first_ns, total))
        return said + ndjson.encode(
            self._head | self._says("", "", ()) | _end(finish.finish, counts)
        )

    @override
    def fail(self, error: CallError, request_id: str) -> bytes:
        return error_line(error, request_id)

    def _keep(self, index: int, text: str) -> None:
        call = self._calls.get(index)
        self._size += len(text)
        if call is None or self._size > ndjson.MAX_LINE:
            raise Malformed("arguments of no call, or without end")
        self._begin()
        call.pieces.append(text)

    def _begin(self) -> None:
        """The first content is here."""
        self._first_ns = self._first_ns or self._answering.elapsed_ns()

    def _line(self, text: str, thinking: str = "", calls: Sequence[ToolUse] = ()) -> bytes:
        self._begin()
        said = self._says(text, thinking, calls)
        return ndjson.encode(self._head | said | {"done": False})
