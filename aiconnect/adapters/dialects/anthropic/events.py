"""Anthropic's stream into deltas (https://platform.claude.com/docs, streaming, read 2026-11)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import (
    Counted,
    Delta,
    Ended,
    Failed,
    Finished,
    RefusalDelta,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
)
from aiconnect.adapters.dialects.anthropic.answers import (
    a_text,
    as_json,
    explanation,
    finish_of,
)
from aiconnect.adapters.dialects.anthropic.usage import Tally
from aiconnect.adapters.dialects.base import Reader
from aiconnect.adapters.values import count, mapping, text
from aiconnect.wire import sse
from aiconnect.wire.http1 import Malformed

Event = Mapping[str, Any]


@dataclass(slots=True)
class _Call:
    """A call that is being written: its number, and its input where that came with its start."""

    number: int
    given: Mapping[str, Any]
    is_written: bool = False


class EventReader(Reader):
    """Reads one streamed answer. Pings, unknown events and blocks of servers' tools say nothing."""

    def __init__(self) -> None:
        self._events = sse.Events()
        self._tally = Tally()
        self._calls: dict[int, _Call] = {}
        self._count = 0
        self._has_finished = self._is_over = False
        self._readers: Mapping[str, Callable[[Event], Iterator[Delta]]] = {
            "message_start": self._start,
            "content_block_start": self._open,
            "content_block_delta": self._more,
            "content_block_stop": self._close,
            "message_delta": self._finish,
            "message_stop": self._end,
            "error": self._fail,
        }

    @override
    def feed(self, chunk: bytes) -> list[Delta]:
        whole = self._events.take(chunk)
        if not whole:
            return []
        return [delta for event in sse.split(whole) for delta in self._take(sse.data_of(event))]

    def _take(self, payload: bytes) -> Iterator[Delta]:
        if self._is_over or not payload:
            return
        event = as_event(payload)
        if event is None:
            raise Malformed("an event that is no JSON object")
        read = self._readers.get(a_text(event.get("type")))
        if read is not None:
            yield from read(event)

    def _start(self, event: Event) -> Iterator[Delta]:
        message = mapping(event.get("message"))
        self._tally.start(mapping(message.get("usage")))
        yield Started(a_text(message.get("id")), a_text(message.get("model")))

    def _open(self, event: Event) -> Iterator[Delta]:
        block = mapping(event.get("content_block"))
        match block.get("type"):
            case "text":
                yield from _piece(TextDelta, block.get("text"))
            case "thinking":
                yield from _piece(ThinkingDelta, block.get("thinking"))
            case "redacted_thinking":
                yield SignatureDelta(redacted=a_text(block.get("data")))
            case "tool_use":
                yield self._call(event, block)

    def _call(self, event: Event, block: Event) -> ToolStart:
        number, self._count = self._count, self._count + 1
        at = count(event.get("index"))
        if at is not None:
            self._calls[at] = _Call(number, mapping(block.get("input")))
        return ToolStart(number, a_text(block.get("id")), a_text(block.get("name")))

    def _more(self, event: Event) -> Iterator[Delta]:
        delta = mapping(event.get("delta"))
        match delta.get("type"):
            case "text_delta":
                yield from _piece(TextDelta, delta.get("text"))
            case "thinking_delta":
                yield from _piece(ThinkingDelta, delta.get("thinking"))
            case "signature_delta" if a_text(delta.get("signature")):
                yield SignatureDelta(a_text(delta.get("signature")))
            case "input_json_delta":
                yield from self._argue(event, a_text(delta.get("partial_json")))

    def _argue(self, event: Event, more: str) -> Iterator[Delta]:
        call = self._calls.get(_index(event))
        if call is not None and more:
            call.is_written = True
            yield ToolArguments(call.number, more)

    def _close(self, event: Event) -> Iterator[Delta]:
        """A call's input may have come whole with its start, or not at all: then it is {}."""
        call = self._calls.pop(_index(event), None)
        if call is not None and not call.is_written:
            yield ToolArguments(call.number, as_json(call.given))

    def _finish(self, event: Event) -> Iterator[Delta]:
        usage = self._tally.add(mapping(event.get("usage")))
        if usage is not None:
            yield Counted(usage)
        delta = mapping(event.get("delta"))
        if self._has_finished or not a_text(delta.get("stop_reason")):
            return
        for index in list(self._calls):
            yield from self._close({"index": index})
        yield from _piece(RefusalDelta, explanation(delta.get("stop_details")))
        self._has_finished = True
        stop = a_text(delta.get("stop_sequence")) or None
        yield Finished(finish_of(delta["stop_reason"]), stop)

    def _end(self, _event: Event) -> Iterator[Delta]:
        self._is_over = True
        yield Ended()

    def _fail(self, event: Event) -> Iterator[Delta]:
        self._is_over = True
        yield failed(event)


def as_event(payload: bytes) -> Event | None:
    """The object that an event carries; None where it is none."""
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def failed(event: Event) -> Failed:
    """What an error event reports."""
    error = mapping(event.get("error"))
    return Failed(text(error.get("message")), text(error.get("type")))


def _index(event: Event) -> int:
    index = count(event.get("index"))
    return -1 if index is None else index


def _piece(
    kind: type[TextDelta | ThinkingDelta | RefusalDelta], said: object
) -> Iterator[TextDelta | ThinkingDelta | RefusalDelta]:
    if isinstance(said, str) and said:
        yield kind(said)
