"""A provider's chat completion stream as deltas, as leniently as its many imitators need."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters.chat import (
    Counted,
    Delta,
    Ended,
    Failed,
    Finished,
    Refusal,
    RefusalDelta,
    SignatureDelta,
    Started,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
)
from aiconnect.adapters.dialects.base import Reader
from aiconnect.adapters.dialects.openai import counts, endings, reasoning
from aiconnect.adapters.dialects.openai.answers import content_in
from aiconnect.adapters.dialects.openai.calls import Calls
from aiconnect.adapters.types import Usage
from aiconnect.adapters.usage import read_usage
from aiconnect.adapters.values import entries, mapping, name
from aiconnect.wire import sse
from aiconnect.wire.http1 import Malformed

DONE = b"[DONE]"


class ChatReader(Reader):
    """Reads choice 0; comments, empty events and further choices are passed over."""

    def __init__(self) -> None:
        self._events = sse.Events()
        self._calls = Calls()
        self._thought: list[str] = []  # since the last signature
        self._usage: Usage | None = None
        self._is_started = self._is_over = False

    @override
    def feed(self, chunk: bytes) -> list[Delta]:
        whole = self._events.take(chunk)
        return [delta for event in sse.split(whole) for delta in self._event(event)]

    @override
    def end(self) -> list[Delta]:
        """A last event needs no blank line; the end mark may be missing, or be cut."""
        try:
            return list(self._event(self._events.rest))
        except Malformed:
            return []

    def _event(self, event: bytes) -> Iterator[Delta]:
        payload = sse.data_of(event).strip()
        if self._is_over or not payload:
            return
        if payload == DONE:
            self._is_over = True
            yield Ended()
            return
        yield from self._chunk(decode(payload))

    def _chunk(self, chunk: Mapping[str, Any]) -> Iterator[Delta]:
        usage = read_usage(chunk)
        if usage is not None:
            self._usage = counts.later(self._usage, usage)
            yield Counted(self._usage)
        failed = endings.error_in(chunk)
        if failed is not None:
            yield self._fail(failed)
            return
        choices = entries(chunk.get("choices"))
        if choices and not self._is_started:
            self._is_started = True
            yield Started(name(chunk.get("id")), name(chunk.get("model")))
        for choice in choices:
            if choice.get("index") in (0, None):
                yield from self._choice(choice)

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[Delta]:
        delta = mapping(choice.get("delta"))
        yield from self._thoughts(delta)
        for part in content_in(delta.get("content")):
            yield from self._part(part)
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            yield RefusalDelta(refusal)
        yield from self._calls.read(delta)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason and reason not in endings.BROKEN:
            self._calls.close()
            yield Finished(endings.finish_of(reason, calls_tools=self._calls.any))
        elif isinstance(reason, str) and reason:
            yield self._fail(Failed("the provider broke off its answer", reason))

    def _thoughts(self, delta: Mapping[str, Any]) -> Iterator[Delta]:
        """The list says more than the text; a whole block at its end repeats what was sent."""
        listed, text = reasoning.details_in(delta), reasoning.text_in(delta)
        if text and not any(one.text for one in listed):
            yield from self._think(Thinking(text))
        for one in listed:
            yield from self._think(one)

    def _part(self, part: object) -> Iterator[Delta]:
        match part:
            case Text():
                yield TextDelta(part.text)
            case Refusal():
                yield RefusalDelta(part.text)
            case Thinking():
                yield from self._think(part)

    def _think(self, one: Thinking) -> Iterator[Delta]:
        is_repeated = one.signature and one.text == "".join(self._thought)
        if one.text and not is_repeated:
            self._thought.append(one.text)
            yield ThinkingDelta(one.text)
        if one.signature or one.redacted:
            self._thought = []
            yield SignatureDelta(one.signature, one.redacted)

    def _fail(self, failed: Failed) -> Failed:
        self._is_over = True
        return failed


def decode(payload: bytes) -> Mapping[str, Any]:
    """The object of one event. Raises Malformed where it is none."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        raise Malformed("an event that is not JSON") from None
    if not isinstance(value, dict):
        raise Malformed("an event that is no object")
    return value
