"""Anthropic's stream on its way through: nothing is changed, what matters is read.

From the first word of an end on, events are held until `message_stop`, so that a cut answer never
looks finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.dialects.alike import Alike
from aiconnect.adapters.dialects.anthropic.errors import error_event
from aiconnect.adapters.dialects.anthropic.events import as_event, failed
from aiconnect.adapters.dialects.anthropic.usage import Tally
from aiconnect.adapters.dialects.base import BYTES_PER_TOKEN, Stream
from aiconnect.adapters.dialects.held import Held
from aiconnect.adapters.refusing import by_finish
from aiconnect.adapters.values import mapping
from aiconnect.errors import CallError
from aiconnect.wire import sse

DELTA = b'"content_block_delta"'
WEIGHTY = (b'"message_', b"event: message", b"event:message", b'"error"', b"event: error",
           b"event:error")  # fmt: skip
SILENT = ("text", "thinking", "redacted_thinking")  # a tuple: what is looked up may be a list
SAID = ("text", "thinking", "partial_json")


class PassingStream(Stream):
    """`finished` and `done` are one here: the provider's end mark is what makes it complete."""

    def __init__(self) -> None:
        self._events = sse.Events()
        self._tally = Tally()
        self._held = Held()
        self._alike = Alike()
        self._plain_bytes = self._plain_events = self._overhead = 0

    @override
    def feed(self, chunk: bytes) -> bytes:
        whole = self._events.take(chunk)
        if not whole:
            return b""
        if self.started and not self._held and not self._is_over and _is_plain(whole):
            self._plain_bytes += len(whole)
            deltas = whole.count(DELTA)
            self._plain_events += deltas
            if deltas == 1:
                self._alike.learn(whole)
            return whole
        return b"".join([self._take(event) for event in sse.split(whole)])

    @override
    def passes(self, whole: bytes) -> bool:
        if self._held or self._is_over or not self._events.is_between:
            return False
        if not self._alike.has(whole):
            return False
        self._plain_bytes += len(whole)
        self._plain_events += 1
        return True

    @override
    def end(self) -> bytes:
        return self._held.take()

    @override
    def fail(self, error: CallError, request_id: str) -> bytes:
        return error_event(error, request_id)

    @property
    @override
    def estimated_tokens(self) -> int:
        said = self._plain_bytes - self._plain_events * self._overhead
        return max(self._plain_events, said // BYTES_PER_TOKEN)

    @property
    def _is_over(self) -> bool:
        return self.done or self.error is not None

    def _take(self, event: bytes) -> bytes:
        if self._is_over:
            return b""
        read = as_event(sse.data_of(event)) or {}
        ends = self._look_at(event, read)
        if self._is_over:
            return b"" if self.error is not None else self.end() + event
        if not ends and not self._held:
            return event
        self._held.add(event)
        return b""

    def _look_at(self, event: bytes, read: Mapping[str, Any]) -> bool:
        """Note what an event says; whether it is a word of the end."""
        delta = mapping(read.get("delta"))
        match read.get("type"):
            case "content_block_delta":
                self._weigh(event, delta)
            case "content_block_start":
                self._open(mapping(read.get("content_block")))
            case "message_start":
                self._tally.start(mapping(mapping(read.get("message")).get("usage")))
            case "message_delta":
                self.usage = self._tally.add(mapping(read.get("usage"))) or self.usage
                self.refused = by_finish(delta.get("stop_reason")) or self.refused
                return bool(delta.get("stop_reason"))
            case "message_stop":
                self.started = self.finished = self.done = True
            case "error":
                self.error = failed(read)
        return False

    def _open(self, block: Mapping[str, Any]) -> None:
        """Calls begin an answer by their names; text and thoughts only by what they say."""
        is_said = any(block.get(name) for name in ("text", "thinking"))
        is_silent = block.get("type") in SILENT
        self.started = self.started or is_said or not is_silent

    def _weigh(self, event: bytes, delta: Mapping[str, Any]) -> None:
        said = sum(len(one) for name in SAID if isinstance(one := delta.get(name), str))
        if not said:
            return
        self.started = True
        self._plain_events += 1
        self._plain_bytes += len(event)
        self._overhead = self._overhead or max(len(event) - said, 1)


def _is_plain(events: bytes) -> bool:
    """Whether these events can only carry content: every one is a delta of a block.

    Inside a JSON string a quote is escaped, so a name with bare quotes is never a part of a text.
    """
    if any(word in events for word in WEIGHTY):
        return False
    return events.count(DELTA) == events.count(b"\n\n") + events.count(b"\r\n\r\n")
