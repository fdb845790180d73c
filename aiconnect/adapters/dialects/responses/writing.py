"""Writes a stream of the Responses API.

Items come one after the other: one that begins while another is not whole yet (calls may be
written side by side) waits for it. Source:
platform.openai.com/docs/api-reference/responses-streaming, 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import Delta, Finished, Started
from aiconnect.adapters.dialects.base import Answering, Writer
from aiconnect.adapters.dialects.responses import envelope
from aiconnect.adapters.dialects.responses.envelope import Item
from aiconnect.adapters.dialects.responses.output import Event, Output
from aiconnect.adapters.dialects.responses.outputs import Outputs, last_status
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError


def event(kind: str, fields: dict[str, Any], sequence_number: int) -> bytes:
    """One event, framed."""
    payload = {"type": kind, **fields, "sequence_number": sequence_number}
    return f"event: {kind}\ndata: {json.dumps(payload, separators=(',', ':'))}\n\n".encode()


class ResponsesWriter(Writer):
    """The state of one written stream."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._outputs = Outputs(answering)
        self._waiting: dict[int, list[Event]] = {}
        self._done: list[Item] = []
        self._model = ""
        self._sequence = 0

    @override
    def write(self, delta: Delta) -> bytes:
        if isinstance(delta, Started):
            self._model = self._model or delta.model
            return self._send(self._begin())
        opening, taken = self._begin(), self._outputs.take(delta)
        return self._send([*opening, *(self._put(*taken) if taken else [])])

    @override
    def end(self, finish: Finished, usage: Usage | None) -> bytes:
        events = self._begin()
        for item in self._outputs.items[len(self._done) :]:
            events += self._finish(item, last_status(item, self._outputs, finish.finish))
        whole = envelope.ended(self._answering, self._model, self._done, finish.finish, usage)
        return self._send([*events, (f"response.{whole['status']}", {"response": whole})])

    @override
    def fail(self, error: CallError, request_id: str) -> bytes:
        opening = self._begin()
        begun = envelope.begun(self._answering, self._model) | {"output": self._done}
        failed = envelope.failed(begun, error, request_id)
        return self._send([*opening, ("response.failed", {"response": failed})])

    def _begin(self) -> list[Event]:
        """What comes before everything else, once."""
        if self._sequence:
            return []
        response = envelope.begun(self._answering, self._model)
        names = ("response.created", "response.in_progress")
        return [(name, {"response": response}) for name in names]

    def _put(self, item: Output, events: list[Event]) -> list[Event]:
        """What can be sent now that an item has these events more."""
        if item.index < len(self._done):
            return []  # blanks after arguments that were whole
        is_new = item.index not in self._waiting
        self._waiting.setdefault(item.index, []).extend(events)
        sent = self._make_room() if is_new else []
        return sent + self._release(len(self._done))

    def _make_room(self) -> list[Event]:
        """End the items before a new one, as far as they are whole."""
        events: list[Event] = []
        before = self._outputs.items[len(self._done) : -1]
        for item in before:
            if not item.is_whole():
                break
            events += self._finish(item, "completed")
        return events

    def _finish(self, item: Output, status: str) -> list[Event]:
        events = [*self._release(item.index), *item.end(status)]
        self._done.append(item.item(status))
        return events

    def _release(self, index: int) -> list[Event]:
        waited, self._waiting[index] = self._waiting.get(index, []), []
        return waited

    def _send(self, events: Iterable[Event]) -> bytes:
        sent = []
        for kind, fields in events:
            sent.append(event(kind, fields, self._sequence))
            self._sequence += 1
        return b"".join(sent)
