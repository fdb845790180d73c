"""A chat completion stream on its way through: nothing is changed, what matters is read.

Pure: `feed` takes body bytes and gives the bytes that go on to the caller. An event goes on once
it is whole. Usage is always asked of the provider, so the event that carries only usage is
dropped where the caller did not ask for it. A first finish reason is held back until the stream
has ended well, so that a cut answer never looks finished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiconnect.adapters.types import Usage
from aiconnect.adapters.usage import read_usage
from aiconnect.wire import sse

DONE = b"[DONE]"
BYTES_PER_TOKEN = 4


class ChatStream:
    """The state of one stream.

    `started`: the caller-visible answer has begun; `finished`: a finish reason or the end mark
    was seen; `error`: the provider's error event, after which nothing goes on.
    """

    __slots__ = (
        "_events", "_held", "_overhead", "_plain_bytes", "_plain_events", "done", "error",
        "finished", "started", "usage", "wants_usage",
    )  # fmt: skip

    def __init__(self, *, wants_usage: bool) -> None:
        self.wants_usage = wants_usage
        self.started = self.finished = self.done = False
        self.usage: Usage | None = None
        self.error: Mapping[str, Any] | None = None
        self._events = sse.Events()
        self._held: list[bytes] = []
        self._plain_bytes = self._plain_events = self._overhead = 0

    def feed(self, chunk: bytes) -> bytes:
        """Bytes for the caller. Raises Malformed on an event without end."""
        whole = self._events.take(chunk)
        if not whole:
            return b""
        if self.started and not self.finished and _is_plain(whole):
            self._plain_bytes += len(whole)
            self._plain_events += whole.count(b"\n\n")
            return whole
        return b"".join([self._take(event) for event in sse.split(whole)])

    def end(self) -> bytes:
        """The body has ended well: what was held back goes on."""
        held, self._held = b"".join(self._held), []
        return held

    @property
    def estimated_tokens(self) -> int:
        """A guess at the output so far, from its size and count of events; 0 before the first."""
        text = self._plain_bytes - self._plain_events * self._overhead
        return max(self._plain_events, text // BYTES_PER_TOKEN)

    def _take(self, event: bytes) -> bytes:
        if self.error is not None:
            return b""
        payload = sse.data_of(event)
        if payload == DONE:
            self.finished = self.done = True
            self._held.append(event)
            return self.end()
        chunk = _parse(payload)
        if chunk is None:
            return self._pass(event)
        return self._take_chunk(event, chunk)

    def _take_chunk(self, event: bytes, chunk: Mapping[str, Any]) -> bytes:
        if chunk.get("error"):
            self.error = chunk
            return b""
        usage = read_usage(chunk)
        self.usage = _later(self.usage, usage)
        choices = chunk.get("choices")
        if usage is not None and not choices and not self.wants_usage:
            return b""
        self._look_at(event, choices if isinstance(choices, list) else [])
        return self._pass(event)

    def _look_at(self, event: bytes, choices: list[Any]) -> None:
        for choice in choices:
            if not isinstance(choice, dict):
                continue
            delta = choice.get("delta")
            said = _said(delta) if isinstance(delta, dict) else 0
            if said or choice.get("finish_reason"):
                self.started = True
            if said:
                self._plain_events += 1
                self._plain_bytes += len(event)
                self._overhead = self._overhead or max(len(event) - said, 1)
            self.finished = self.finished or bool(choice.get("finish_reason"))

    def _pass(self, event: bytes) -> bytes:
        if not self.finished:
            return event
        self._held.append(event)
        return b""


def _later(before: Usage | None, now: Usage | None) -> Usage | None:
    """The newest counts; the time that an earlier chunk stated (Groq's `x_groq`) stays known."""
    if before is None or now is None:
        return now or before
    return (
        now if now.generation_ms is not None else replace(now, generation_ms=before.generation_ms)
    )


def _is_plain(events: bytes) -> bool:
    """Whether these events can only carry content: no finish, usage, error or end mark.

    Inside a JSON string a quote is escaped, so `"usage"` with bare quotes is always a key.
    """
    count = events.count
    if count(b'"finish_reason"') != count(b'"finish_reason":null') + count(
        b'"finish_reason": null'
    ):
        return False
    if count(b'"usage"') != count(b'"usage":null') + count(b'"usage": null'):
        return False
    return b'"error"' not in events and DONE not in events and b'"x_groq"' not in events


def _parse(payload: bytes) -> Mapping[str, Any] | None:
    if not payload:
        return None
    try:
        chunk = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return chunk if isinstance(chunk, dict) else None


def _said(delta: Mapping[str, Any]) -> int:
    """How much a delta says: the size of everything in it but the role."""
    parts = [value for key, value in delta.items() if key != "role" and value]
    return sum(len(part) if isinstance(part, str) else len(json.dumps(part)) for part in parts)
