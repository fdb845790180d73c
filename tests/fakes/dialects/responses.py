"""What the fake OpenAI says at `/responses`, whole and streamed: the same talk, in other words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from tests.fakes.exchange import Answer, Request, Signal
from tests.fakes.samples import sample_json
from tests.fakes.talk import Talk

if TYPE_CHECKING:
    from tests.fakes.server import Fake

Json = dict[str, Any]
Sent = Json | bytes | Signal

ERROR = {"type": "error", "code": "server_error", "message": "The server had an error",
         "param": None}  # fmt: skip
BROKEN = b'event: response.output_text.delta\ndata: {"type": "respon\n\n'
INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}

HOSTS = {
    "openai", "azure", "groq", "xai", "openrouter", "vllm", "llamacpp",
    "ollama", "ollama-compat", "lmstudio", "lmstudio-compat",
}  # fmt: skip
"""Who has this path (their own API references, 2026-11)."""


def mounted(path: str, fake: Fake) -> dict[str, Callable[[Request], Answer]]:
    """The path, where the host has it."""
    if fake.slug not in HOSTS:
        return {}
    return {f"POST {path}": lambda request: respond(request, fake.talk)}


def respond(request: Request, talk: Talk) -> Answer:
    """The answer to one request."""
    model = request.json["model"]
    if request.json.get("stream"):
        return Answer(body=_framed(_events(talk, model), talk), content_type="text/event-stream")
    raw = json.dumps(_whole(talk, model)).encode()
    half = len(raw) // 2
    if talk.cut:
        return Answer(body=[raw[:half], talk.cut[1], raw[half:]], framing="length")
    return Answer(body=[talk.pause, raw] if talk.pause else raw, framing="length")


def _whole(talk: Talk, model: str) -> Json:
    reason = INCOMPLETE.get(talk.finish)
    return sample_json("openai/responses.response.json") | {
        "model": model,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": _output(talk),
        "usage": None if talk.usage == "never" else _usage(talk),
    }


def _usage(talk: Talk) -> Json:
    return {
        "input_tokens": talk.prompt,
        "input_tokens_details": {"cached_tokens": talk.cached, "cache_write_tokens": 0},
        "output_tokens": talk.tokens,
        "output_tokens_details": {"reasoning_tokens": talk.reasoning},
        "total_tokens": talk.prompt + talk.tokens,
    }


def _output(talk: Talk) -> list[Json]:
    said = _call(talk.tool, talk.tool[1]) if talk.tool else _message("".join(talk.parts))
    return [*([_thought(talk.thinking)] if talk.thinking else []), said]


def _thought(text: str) -> Json:
    summary = [{"type": "summary_text", "text": text}] if text else []
    return {"id": "rs_01", "type": "reasoning", "summary": summary}


def _message(text: str | None, status: str = "completed") -> Json:
    return {"id": "msg_01", "type": "message", "status": status, "role": "assistant",
            "content": [] if text is None else [_part(text)]}  # fmt: skip


def _part(text: str) -> Json:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _call(tool: tuple[str, str], arguments: str, status: str = "completed") -> Json:
    return {"id": "fc_01", "type": "function_call", "status": status, "call_id": "call_a1",
            "name": tool[0], "arguments": arguments}  # fmt: skip


def _events(talk: Talk, model: str) -> Iterator[Sent]:
    begun = _whole(talk, model) | {"status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    if talk.thinking:
        yield from _thinking(talk.thinking)
    at = 1 if talk.thinking else 0
    events = _calling(talk.tool, at) if talk.tool else _saying(talk.parts, at)
    whole = _whole(talk, model)
    last = {"type": f"response.{whole['status']}", "response": whole}
    yield from _moody([*events, last], talk)


def _moody(events: Iterable[Json], talk: Talk) -> Iterator[Sent]:
    """What the mood does to the deltas: it counts them, and the last event."""
    said = 0
    for event in events:
        is_counted = event["type"].endswith(".delta") or "response" in event
        if is_counted and talk.cut and said == talk.cut[0]:
            yield talk.cut[1]
        if is_counted and talk.error_after == said:
            yield ERROR
            return
        if is_counted and talk.malformed_after == said:
            yield BROKEN
        if is_counted and talk.pause:
            yield talk.pause
        yield event
        said += is_counted


def _thinking(text: str) -> Iterator[Json]:
    at = {"item_id": "rs_01", "output_index": 0, "summary_index": 0}
    kind = "response.reasoning_summary_"
    empty, part = {"type": "summary_text", "text": ""}, {"type": "summary_text", "text": text}
    yield {"type": "response.output_item.added", "output_index": 0, "item": _thought("")}
    yield {"type": f"{kind}part.added", **at, "part": empty}
    yield {"type": f"{kind}text.delta", **at, "delta": text}
    yield {"type": f"{kind}text.done", **at, "text": text}
    yield {"type": f"{kind}part.done", **at, "part": part}
    yield {"type": "response.output_item.done", "output_index": 0, "item": _thought(text)}


def _saying(parts: tuple[str, ...], index: int) -> Iterator[Json]:
    at = {"item_id": "msg_01", "output_index": index, "content_index": 0}
    text = "".join(parts)
    begun = _message(None, "in_progress")
    yield {"type": "response.output_item.added", "output_index": index, "item": begun}
    yield {"type": "response.content_part.added", **at, "part": _part("")}
    for part in parts:
        yield {"type": "response.output_text.delta", **at, "delta": part, "logprobs": []}
    yield {"type": "response.output_text.done", **at, "text": text, "logprobs": []}
    yield {"type": "response.content_part.done", **at, "part": _part(text)}
    yield {"type": "response.output_item.done", "output_index": index, "item": _message(text)}


def _calling(tool: tuple[str, str], index: int) -> Iterator[Json]:
    at = {"item_id": "fc_01", "output_index": index}
    kind, arguments = "response.function_call_arguments", tool[1]
    begun = _call(tool, "", "in_progress")
    yield {"type": "response.output_item.added", "output_index": index, "item": begun}
    for start in range(0, len(arguments), 8):
        yield {"type": f"{kind}.delta", **at, "delta": arguments[start : start + 8]}
    yield {"type": f"{kind}.done", **at, "arguments": arguments}
    whole = _call(tool, arguments)
    yield {"type": "response.output_item.done", "output_index": index, "item": whole}


def _framed(events: Iterator[Sent], talk: Talk) -> Iterator[bytes | Signal]:
    number = 0
    for event in events:
        if isinstance(event, Signal):
            yield event
            continue
        if isinstance(event, dict):
            raw = json.dumps({**event, "sequence_number": number}, separators=(",", ":"))
            event = f"event: {event['type']}\ndata: {raw}\n\n".encode()  # noqa: PLW2901
            number += 1
        yield from _odd(event) if talk.odd else [event]


def _odd(event: bytes) -> Iterator[bytes]:
    """CRLF, a comment, no space after `data:`, cut at every seventh byte."""
    text = b": keep-alive\r\n" + event.replace(b"data: ", b"data:", 1).replace(b"\n", b"\r\n")
    return (text[at : at + 7] for at in range(0, len(text), 7))
