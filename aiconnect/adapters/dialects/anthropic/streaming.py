"""Deltas into Anthropic's stream (https://platform.claude.com/docs, streaming, read 2026-11)."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import (
    Delta,
    Finished,
    RefusalDelta,
    SignatureDelta,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
)
from aiconnect.adapters.dialects.anthropic.answers import stop_reason, tool_use
from aiconnect.adapters.dialects.anthropic.errors import error_event, event
from aiconnect.adapters.dialects.anthropic.lining import Block, Line
from aiconnect.adapters.dialects.anthropic.usage import write_usage
from aiconnect.adapters.dialects.base import Answering, Writer
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError

TEXT = {"type": "text", "text": ""}
THINKING = {"type": "thinking", "thinking": "", "signature": ""}


class EventWriter(Writer):
    """Writes one streamed answer."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._line = Line()
        self._calls: dict[int, Block] = {}
        self._has_begun = False

    @override
    def write(self, delta: Delta) -> bytes:
        begun = self._begin(delta if isinstance(delta, Started) else Started())
        return begun + self._take(delta)

    @override
    def end(self, finish: Finished, usage: Usage | None) -> bytes:
        said = self._begin(Started()) + self._line.close()
        reason = stop_reason(finish.finish, finish.stop, has_calls=bool(self._calls))
        stop = finish.stop if reason == "stop_sequence" else None
        delta = {"stop_reason": reason, "stop_sequence": stop}
        last = {"type": "message_delta", "delta": delta, "usage": write_usage(usage)}
        stopped = event("message_stop", {"type": "message_stop"})
        return said + event("message_delta", last) + stopped

    @override
    def fail(self, error: CallError, request_id: str) -> bytes:
        return error_event(error, request_id)

    def _begin(self, started: Started) -> bytes:
        """The input is counted at the end: what nobody knows yet is 0 here."""
        if self._has_begun:
            return b""
        self._has_begun = True
        message: dict[str, Any] = {
            "id": started.id or self._answering.id,
            "type": "message",
            "role": "assistant",
            "model": started.model or self._answering.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }
        return event("message_start", {"type": "message_start", "message": message})

    def _take(self, delta: Delta) -> bytes:
        match delta:
            case TextDelta(said) | RefusalDelta(said) if said:
                return self._say(TEXT, {"type": "text_delta", "text": said})
            case ThinkingDelta(said) if said:
                return self._say(THINKING, {"type": "thinking_delta", "thinking": said})
            case SignatureDelta(signature, redacted):
                return self._seal(signature, redacted)
            case ToolStart(number, found, name):
                self._calls[number] = Block(tool_use(found, name))
                return self._line.add(self._calls[number])
            case ToolArguments(number, said) if said and number in self._calls:
                return self._argue(self._calls[number], said)
        return b""

    def _say(self, opening: dict[str, Any], delta: dict[str, Any]) -> bytes:
        last = self._line.last(opening["type"])
        if last is not None:
            return self._line.say(last, delta)
        block = Block(opening)
        return self._line.add(block) + self._line.say(block, delta)

    def _seal(self, signature: str, redacted: str) -> bytes:
        """The thoughts so far are over; secret ones stand in a block of their own."""
        if redacted:
            secret = {"type": "redacted_thinking", "data": redacted}
            return self._line.add(Block(secret, is_sealed=True))
        if not signature:
            return b""
        sealed = self._say(THINKING, {"type": "signature_delta", "signature": signature})
        last = self._line.last("thinking")
        if last is not None:
            last.is_sealed = True
        return sealed

    def _argue(self, call: Block, said: str) -> bytes:
        call.said.append(said)
        return self._line.say(call, {"type": "input_json_delta", "partial_json": said})
