"""What the fake OpenAI says at `/completions`, the older path: a prompt goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tests.fakes.exchange import Answer, Request, Signal
from tests.fakes.talk import Talk

if TYPE_CHECKING:
    from tests.fakes.server import Fake

WHOLE = {"id": "cmpl-01", "object": "text_completion", "created": 1790000000}


def mounted(path: str, fake: Fake) -> dict[str, Callable[[Request], Answer]]:
    return {f"POST {path}": lambda request: complete(request, fake.talk)}


def complete(request: Request, talk: Talk) -> Answer:
    """The answer to one request."""
    body = request.json
    if body.get("stream"):
        wants_usage = (body.get("stream_options") or {}).get("include_usage")
        stream = _events(talk, body["model"], wants_usage=bool(wants_usage))
        return Answer(body=stream, content_type="text/event-stream")
    told = _chunk(body["model"], "".join(talk.parts), talk.finish) | {"usage": _usage(talk)}
    return Answer(body=json.dumps(told).encode(), framing="length")


def _events(talk: Talk, model: str, *, wants_usage: bool) -> Iterator[bytes | Signal]:
    for said, part in enumerate(talk.parts):
        if talk.cut and said == talk.cut[0]:
            yield talk.cut[1]
        if talk.pause:
            yield talk.pause
        yield _framed(_chunk(model, part, None))
    yield _framed(_chunk(model, "", talk.finish))
    if wants_usage:
        yield _framed(WHOLE | {"model": model, "choices": [], "usage": _usage(talk)})
    yield b"data: [DONE]\n\n"


def _chunk(model: str, text: str, finish: str | None) -> dict[str, Any]:
    choice = {"text": text, "index": 0, "logprobs": None, "finish_reason": finish}
    return WHOLE | {"model": model, "choices": [choice]}


def _usage(talk: Talk) -> dict[str, int]:
    total = talk.prompt + talk.tokens
    return {
        "prompt_tokens": talk.prompt, "completion_tokens": talk.tokens, "total_tokens": total,
    }  # fmt: skip


def _framed(event: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"
