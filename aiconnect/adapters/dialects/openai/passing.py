"""A stream of completions on its way through: nothing is changed, what matters is read.

Pure: `feed` takes body bytes and gives the bytes that go on to the caller. An event goes on once
it is whole. Usage is always asked of the provider, so the event that carries only usage is
dropped where the caller did not ask for it. A first finish reason is held back until the stream
has ended well, so that a cut answer never looks finished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.dialects.alike import Alike
from aiconnect.adapters.dialects.base import BYTES_PER_TOKEN, Stream
from aiconnect.adapters.dialects.held import Held
from aiconnect.adapters.dialects.openai import counts
from aiconnect.adapters.dialects.openai.endings import error_in
from aiconnect.adapters.dialects.openai.errors import error_event
from aiconnect.adapters.dialects.openai.fields import json_text
from aiconnect.adapters.refusing import in_choice
from aiconnect.adapters.usage import read_usage
from aiconnect.errors import CallError
from aiconnect.wire import sse

DONE = b"[DONE]"


class Passing(Stream):
    """The state of one stream, of chats (`delta`) or of the older completions (`text`)."""

    def __init__(self, *, wants_usage: bool) -> None:
        self.wants_usage = wants_usage
        self._events = sse.Events()
        self._held = Held()
        self._alike = Alike()
        self._plain_bytes = self._plain_events = self._overhead = 0

    @override
    def feed(self, chunk: bytes) -> bytes:
        whole = self._events.take(chunk)
        if not whole:
            return b""
        if self.started and not self.finished and _is_plain(whole):
            self._plain_bytes += len(whole)
            self._plain_events += whole.count(b"\n\n")
            self._alike.learn(whole)
            return whole
        return b"".join([self._take(event) for event in sse.split(whole)])

    @override
    def passes(self, whole: bytes) -> bool:
        if self.finished or not self._events.is_between or not self._alike.has(whole):
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
        text = self._plain_bytes - self._plain_events * self._overhead
        return max(self._plain_events, text // BYTES_PER_TOKEN)

    def _take(self, event: bytes) -> bytes:
        if self.error is not None:
            return b""
        payload = sse.data_of(event)
        if payload == DONE:
            self.finished = self.done = True
            self._held.add(event)
            return self.end()
        chunk = _parse(payload)
        if chunk is None:
            return self._pass(event)
        return self._take_chunk(event, chunk)

    def _take_chunk(self, event: bytes, chunk: Mapping[str, Any]) -> bytes:
        usage = read_usage(chunk)
        if usage is not None:
            self.usage = counts.later(self.usage, usage)
        self.error = error_in(chunk)
        if self.error is not None:
            return b""
        choices = chunk.get("choices")
        if usage is not None and not choices and not self.wants_usage:
            return b""
        self._look_at(event, choices if isinstance(choices, list) else [])
        return self._pass(event)

    def _look_at(self, event: bytes, choices: list[Any]) -> None:
        for choice in choices:
            if not isinstance(choice, dict):
                continue
            said = _said(choice)
            if said or choice.get("finish_reason"):
                self.started = True
            if said:
                self._plain_events += 1
                self._plain_bytes += len(event)
                self._overhead = self._overhead or max(len(event) - said, 1)
            self.finished = self.finished or bool(choice.get("finish_reason"))
            self.refused = in_choice(choice) or self.refused

    def _pass(self, event: bytes) -> bytes:
        if not self.finished:
            return event
        self._held.add(event)
        return b""


def _is_plain(events: bytes) -> bool:
    """Whether these events can only carry content: no finish, usage, refusal, error or end mark.

    Inside a JSON string a quote is escaped, so `"usage"` with bare quotes is always a key.
    """
    count = events.count
    if count(b'"finish_reason"') != count(b'"finish_reason":null') + count(
        b'"finish_reason": null'
    ):
        return False
    if count(b'"usage"') != count(b'"usage":null') + count(b'"usage": null'):
        return False
    if b'"refusal"' in events and count(b'"refusal"') != count(b'"refusal":null') + count(
        b'"refusal": null'
    ):
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


def _said(choice: Mapping[str, Any]) -> int:
    """How much a choice says: its text, or the size of everything in its delta but the role."""
    delta, text = choice.get("delta"), choice.get("text")
    if not isinstance(delta, dict):
        return len(text) if isinstance(text, str) else 0
    parts = [value for key, value in delta.items() if key != "role" and value]
    return sum(map(_size, parts))


def _size(part: object) -> int:
    """In characters; what is nested to the brim counts as one."""
    try:
        return len(part if isinstance(part, str) else json_text(part))
    except ValueError:
        return 1
