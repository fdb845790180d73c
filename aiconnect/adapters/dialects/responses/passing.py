"""A stream of the Responses API on its way through: nothing is changed, what matters is read.

The last event says both that the answer is complete and what it used, so nothing else has to be
held back: an event goes on once it is whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import Failed
from aiconnect.adapters.dialects.base import BYTES_PER_TOKEN, Stream
from aiconnect.adapters.dialects.responses.envelope import failed
from aiconnect.adapters.dialects.responses.fields import is_deep
from aiconnect.adapters.dialects.responses.writing import event as written
from aiconnect.adapters.refusing import in_answer
from aiconnect.adapters.usage import read_usage
from aiconnect.adapters.values import mapping, parse, text
from aiconnect.errors import CallError
from aiconnect.wire import sse
from aiconnect.wire.http1 import Malformed

LONGEST_MESSAGE = 1000
BEGUN = ("response.created", "response.queued", "response.in_progress")
COMPLETE = ("response.completed", "response.incomplete")
BROKEN = ("response.failed", "response.cancelled", "error")
SILENT = ("message", "reasoning")
"""Items whose announcement shows nothing of the answer yet."""

_ENDS = tuple(one.encode() for one in (*COMPLETE, "response.failed", "response.cancelled"))
_ERROR = b'"error"'
_NUMBER = re.compile(rb'"sequence_number": ?(\d{1,15})\b')
_NAME = re.compile(rb"^event: ?([\w.]{1,100})", re.MULTILINE)

Json = Mapping[str, Any]


class Passing(Stream):
    """The state of one stream."""

    def __init__(self) -> None:
        self._events = sse.Events()
        self._response: dict[str, Any] = {"object": "response", "output": []}
        self._last = b""
        self._plain_bytes = self._plain_events = self._overhead = 0

    @override
    def feed(self, chunk: bytes) -> bytes:
        whole = self._events.take(chunk)
        if not whole or self.done or self.error is not None:
            return b""
        if self.started and _is_plain(whole):
            self._plain_bytes += len(whole)
            self._plain_events += whole.count(b"\n\n")
            self._last = whole
            return whole
        return b"".join([self._take(event) for event in sse.split(whole)])

    @override
    def end(self) -> bytes:
        return b""

    @override
    def fail(self, error: CallError, request_id: str) -> bytes:
        numbers = _NUMBER.findall(self._last)
        response = failed(self._response, error, request_id)
        after = int(numbers[-1]) + 1 if numbers else 0
        return written("response.failed", {"response": response}, after)

    @property
    @override
    def estimated_tokens(self) -> int:
        events = self._plain_events
        grown = len(str(events)) - 1  # each event carries its number
        said = self._plain_bytes - events * (self._overhead + grown)
        return max(events, said // BYTES_PER_TOKEN)

    def _take(self, event: bytes) -> bytes:
        if self.done or self.error is not None:
            return b""
        payload = parse(sse.data_of(event))
        if not isinstance(payload, dict):
            return self._unread(event)
        kind = _kind(payload, event)
        if kind in BROKEN or payload.get("error"):
            self._break(payload)
            return b""
        self._last = event
        self._look_at(kind, payload, event)
        return event

    def _look_at(self, kind: str, payload: Json, event: bytes) -> None:
        if kind in BEGUN:
            self._remember(mapping(payload.get("response")))
        elif kind in COMPLETE:
            response = mapping(payload.get("response"))
            self.usage = read_usage(response) or self.usage
            self.refused = in_answer(response)
            self.started = self.finished = self.done = True
        elif kind.endswith(".delta"):
            self._count(payload.get("delta"), event)
        elif kind == "response.output_item.added":
            shown = mapping(payload.get("item")).get("type") not in SILENT
            self.started = self.started or shown

    def _remember(self, response: Json) -> None:
        """What `fail` repeats: clients want the id to stay the same."""
        plain = {key: value for key, value in response.items() if not is_deep(value)}
        self._response |= plain

    def _count(self, delta: object, event: bytes) -> None:
        if not isinstance(delta, str) or not delta:
            return
        self.started = True
        self._plain_events += 1
        self._plain_bytes += len(event)
        self._overhead = self._overhead or max(len(event) - len(delta), 1)

    def _break(self, payload: Json) -> None:
        """The message stands in the response, beside the type, or in an `error` of its own."""
        response = mapping(payload.get("response"))
        self.usage = read_usage(response) or self.usage
        said = mapping(response.get("error")) or mapping(payload.get("error")) or payload
        kind = text(said.get("code"), 100) or text(said.get("type"), 100)
        self.error = Failed(text(said.get("message"), LONGEST_MESSAGE), kind)

    def _unread(self, event: bytes) -> bytes:
        """Comments go on, and so does what is no JSON as long as it cannot be an end."""
        if any(end in event for end in _ENDS):
            raise Malformed("the last event is no JSON")
        return event


def _kind(payload: Json, event: bytes) -> str:
    """The type; some servers say it in the event's name only."""
    kind = payload.get("type")
    if isinstance(kind, str):
        return kind
    name = _NAME.search(event)
    return name[1].decode() if name else ""


def _is_plain(events: bytes) -> bool:
    """Whether these events are deltas and nothing else.

    Inside a JSON string a quote is escaped, so `"error"` with bare quotes is a key or a type, and
    `.delta"` is the end of a type (or of a text, which is why ends are looked for as well).
    """
    if events.count(b'.delta"') != events.count(b"\n\n") or _ERROR in events:
        return False
    return not any(end in events for end in _ENDS)
