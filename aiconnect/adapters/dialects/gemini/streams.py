"""The stream of `streamGenerateContent?alt=sse`: every event is a response with what is new in it.

There is no end mark: the end of the body is the end, where a finish was seen before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import (
    Counted,
    Delta,
    Ended,
    Failed,
    Finish,
    Finished,
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
from aiconnect.adapters.dialects.base import Reader
from aiconnect.adapters.dialects.gemini.answers import Piece, failing, finish_of, read
from aiconnect.adapters.values import mapping, text
from aiconnect.wire import ndjson, sse


class GeminiReader(Reader):
    """The state of one stream: how many calls there were, what kinds of parts, how it ends."""

    def __init__(self) -> None:
        self._events = sse.Events()
        self._calls = 0
        self._kinds: dict[type[Said], Said] = {}
        self._is_started = self._has_failed = False
        self._reason = ""
        self._finish: Finish | None = None

    @override
    def feed(self, chunk: bytes) -> list[Delta]:
        found = (sse.data_of(event) for event in sse.split(self._events.take(chunk)))
        return [delta for data in found if data.strip() for delta in self._take(data)]

    @override
    def end(self) -> list[Delta]:
        return [Ended()] if self._finish and not self._has_failed else []

    def _take(self, data: bytes) -> Iterator[Delta]:
        if self._has_failed:
            return
        answer = ndjson.decode(data)
        if answer.get("error"):
            yield self._fail(_error(answer))
            return
        piece = read(answer, self._calls)
        if not self._is_started:
            self._is_started = True
            yield Started(piece.id, piece.model)
        for part in piece.parts:
            yield from self._say(part)
        if piece.usage:
            yield Counted(piece.usage)
        if piece.reason or (self._finish and piece.parts):
            yield from self._close(piece)

    def _say(self, part: Said) -> Iterator[Delta]:
        self._kinds[type(part)] = part
        match part:
            case Text():
                yield TextDelta(part.text)
            case Thinking():
                yield ThinkingDelta(part.text)
            case ToolUse():
                yield ToolStart(self._calls, part.id, part.name, part.signature)
                yield ToolArguments(self._calls, part.arguments)
                self._calls += 1

    def _close(self, piece: Piece) -> Iterator[Delta]:
        """Older models state a finish in every event, so a later one may still change it."""
        self._reason = piece.reason or self._reason
        finish = finish_of(self._reason, self._kinds.values())
        if finish is None:
            yield self._fail(Failed(failing(piece), self._reason))
        elif finish != self._finish:
            self._finish = finish
            yield Finished(finish)

    def _fail(self, error: Failed) -> Failed:
        self._has_failed = True
        return error


def _error(answer: Mapping[str, Any]) -> Failed:
    error = mapping(answer["error"])
    message = text(error.get("message")) or text(answer["error"])
    return Failed(message or "The provider reported an error.", text(error.get("status"), 60))
