"""What Gemini says by its own API: whole, or as events that each are a whole response."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes.exchange import Answer, Signal
from tests.fakes.samples import sample_json
from tests.fakes.talk import Talk

BROKEN = b'data: {"candidates": [{"cont\r\n\r\n'
END: dict[str, Any] = {"text": ""}
FINISHES = {"length": "MAX_TOKENS", "content_filter": "SAFETY"}
KEPT = ("modelVersion", "responseId")


class GeminiVoice:
    """Says a talk in the samples' words."""

    def __init__(self) -> None:
        sample = sample_json("gemini/generateContent.response.json")
        self._whole = {name: sample[name] for name in KEPT}
        self._error = sample_json("gemini/error.503.overloaded.json")

    def whole(self, talk: Talk, model: str) -> Answer:
        """`generateContent`."""
        parts = [{"text": "".join(part["text"] for part in _said(talk))}]
        parts = [*_thoughts(talk), *([_call(*talk.tool)] if talk.tool else parts)]
        body = json.dumps(self._piece(talk, model, parts, talk.tokens, ends=True)).encode()
        half = len(body) // 2
        if talk.cut:
            return Answer(body=[body[:half], talk.cut[1], body[half:]], framing="length")
        return Answer(body=[talk.pause, body] if talk.pause else body, framing="length")

    def stream(self, talk: Talk, model: str) -> Answer:
        """`streamGenerateContent?alt=sse`."""
        events = self._events(talk, model)
        body = _odd(events) if talk.odd else _plain(events)
        return Answer(body=body, content_type="text/event-stream")

    def array(self, talk: Talk, model: str) -> Answer:
        """The same without `alt`: one JSON array."""
        events = [event for event in self._events(talk, model) if isinstance(event, dict)]
        return Answer(body=json.dumps(events).encode())

    def _events(self, talk: Talk, model: str) -> Iterator[Any]:
        said = 0
        words = [_call(*talk.tool)] if talk.tool else _said(talk)
        for part in (*_thoughts(talk), *words, END):
            if talk.cut and said == talk.cut[0]:
                yield talk.cut[1]
            if talk.error_after == said:
                yield self._error
                return
            if talk.malformed_after == said:
                yield BROKEN
            if talk.pause:
                yield talk.pause
            said += 0 if "thought" in part else 1
            spoken = talk.tokens if part is END else min(said, talk.tokens)
            yield self._piece(talk, model, [part], spoken, ends=part is END)

    def _piece(
        self, talk: Talk, model: str, parts: list[dict[str, Any]], spoken: int, *, ends: bool
    ) -> dict[str, Any]:
        candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if ends:
            candidate["finishReason"] = FINISHES.get(talk.finish, "STOP")
        counts = {} if talk.usage == "never" else {"usageMetadata": _counts(talk, spoken)}
        return {"candidates": [candidate], **counts, **self._whole, "modelVersion": model}


def _said(talk: Talk) -> list[dict[str, Any]]:
    return [{"text": part} for part in talk.parts]


def _thoughts(talk: Talk) -> list[dict[str, Any]]:
    return [{"text": talk.thinking, "thought": True}] if talk.thinking else []


def _call(name: str, arguments: str) -> dict[str, Any]:
    call = {"id": "call_a1", "name": name, "args": json.loads(arguments)}
    return {"functionCall": call, "thoughtSignature": "EvcBCvQBAdHtim9hYmNk"}


def _counts(talk: Talk, spoken: int) -> dict[str, Any]:
    """The counters so far; those that are 0 are left out, as the real ones are."""
    counts = {
        "promptTokenCount": talk.prompt,
        "candidatesTokenCount": max(0, spoken - talk.reasoning),
        "totalTokenCount": talk.prompt + max(spoken, talk.reasoning),
        "cachedContentTokenCount": talk.cached,
        "thoughtsTokenCount": talk.reasoning,
    }
    return {name: count for name, count in counts.items() if count}


def _plain(events: Iterator[Any]) -> Iterator[bytes | Signal]:
    for event in events:
        is_ready = isinstance(event, bytes | Signal)
        yield event if is_ready else b"data: " + json.dumps(event).encode() + b"\r\n\r\n"


def _odd(events: Iterator[Any]) -> Iterator[bytes | Signal]:
    """LF, comments, no space after `data:`, cut at every seventh byte."""
    for event in _plain(events):
        if isinstance(event, Signal):
            yield event
            continue
        text = b": keep-alive\n" + event.replace(b"data: ", b"data:", 1).replace(b"\r\n", b"\n")
        yield from (text[at : at + 7] for at in range(0, len(text), 7))
