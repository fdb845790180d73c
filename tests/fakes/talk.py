"""What a fake says in a chat, whole and streamed, in OpenAI's shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.fakes.exchange import Answer, Request, Signal

FINISH: dict[str, Any] = {}
ERROR = {"error": {"message": "The server had an error", "type": "server_error",
                   "param": None, "code": None}}  # fmt: skip
PARTS = ("Hello", " from", " the", " fake", ".")


@dataclass(frozen=True, slots=True)
class Talk:
    """One answer. `usage`: asked (as OpenAI does), never, every (on each chunk, growing)."""

    parts: tuple[str, ...] = PARTS
    finish: str = "stop"
    prompt: int = 9
    completion: int | None = None
    cached: int = 0
    reasoning: int = 0
    thinking: str = ""
    tool: tuple[str, str] | None = None
    usage: str = "asked"
    pause: Signal | None = None
    cut: tuple[int, Signal] | None = None
    error_after: int | None = None
    malformed_after: int | None = None
    odd: bool = False

    @property
    def tokens(self) -> int:
        return len(self.parts) if self.completion is None else self.completion


class Voice:
    """How a dialect words it: sample bodies with the talk's content put in."""

    def __init__(self, whole: dict[str, Any], chunk: dict[str, Any], *, details: str = "") -> None:
        self._whole, self._chunk, self._details = whole, chunk, details
        self._chunk.pop("usage", None)

    def answer(self, request: Request, talk: Talk, model: str) -> Answer:
        body = request.json
        if body.get("stream"):
            asked = bool((body.get("stream_options") or {}).get("include_usage"))
            events = self._events(talk, model, asked=asked)
            stream = _odd(events) if talk.odd else _plain(events)
            return Answer(body=stream, content_type="text/event-stream")
        whole = json.dumps(self._completion(talk, model)).encode()
        if talk.cut:
            return Answer(body=[whole[: len(whole) // 2], talk.cut[1], whole[len(whole) // 2 :]],
                          framing="length")  # fmt: skip
        return Answer(body=[talk.pause, whole] if talk.pause else whole, framing="length")

    def _completion(self, talk: Talk, model: str) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(talk.parts)}
        if talk.thinking:
            message["reasoning_content"] = talk.thinking
        if talk.tool:
            message |= {"content": None, "tool_calls": [_tool_call(*talk.tool)]}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": talk.finish}
        whole = self._whole | {"model": model, "choices": [choice]}
        if talk.usage == "never":
            whole.pop("usage", None)
        else:
            whole |= self._counts(talk, talk.tokens)
        return whole

    def _events(self, talk: Talk, model: str, *, asked: bool) -> Iterator[Any]:
        said = 0
        for delta in (*_deltas(talk), FINISH):
            if talk.cut and said == talk.cut[0]:
                yield talk.cut[1]
            if talk.error_after == said:
                yield ERROR
                return
            if talk.malformed_after == said:
                yield b'data: {"choices": [{"ind\n\n'
            if talk.pause:
                yield talk.pause
            yield self._event(talk, model, delta, said, asked=asked)
            said += 0 if "role" in delta else 1
        if asked and talk.usage == "asked":
            yield self._chunk | {"model": model, "choices": []} | self._counts(talk, talk.tokens)
        yield b"data: [DONE]\n\n"

    def _event(self, talk: Talk, model: str, delta: Any, said: int, *, asked: bool) -> Any:
        finish = talk.finish if delta is FINISH else None
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        event = self._chunk | {"model": model, "choices": [choice]}
        if talk.usage == "every":
            event |= self._counts(talk, talk.tokens if finish else min(said, talk.tokens))
        elif asked and self._details == "openai":
            event["usage"] = None  # so the API says it until the last chunk
        return event

    def _counts(self, talk: Talk, completion: int) -> dict[str, Any]:
        usage: dict[str, Any] = {
            "prompt_tokens": talk.prompt,
            "completion_tokens": completion,
            "total_tokens": talk.prompt + completion,
        }
        if self._details:
            usage["prompt_tokens_details"] = {"cached_tokens": talk.cached}
        if self._details == "openai":
            usage["completion_tokens_details"] = {"reasoning_tokens": talk.reasoning}
        if self._details != "llamacpp":
            return {"usage": usage}
        timings = {"cache_n": talk.cached, "prompt_n": talk.prompt - talk.cached,
                   "predicted_n": completion, "predicted_per_second": 54.28}  # fmt: skip
        return {"usage": usage, "timings": timings}


def _deltas(talk: Talk) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": None if talk.tool else ""}
    if talk.thinking:
        yield {"role": "assistant", "reasoning_content": talk.thinking}
    if not talk.tool:
        yield from ({"content": part} for part in talk.parts)
        return
    name, arguments = talk.tool
    yield {"tool_calls": [{"index": 0} | _tool_call(name, "")]}
    for at in range(0, len(arguments), 8):
        yield {"tool_calls": [{"index": 0, "function": {"arguments": arguments[at : at + 8]}}]}


def _tool_call(name: str, arguments: str) -> dict[str, Any]:
    return {"id": "call_a1", "type": "function",
            "function": {"name": name, "arguments": arguments}}  # fmt: skip


def _plain(events: Iterator[Any]) -> Iterator[bytes | Signal]:
    for event in events:
        if isinstance(event, bytes | Signal):
            yield event
        else:
            yield b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"


def _odd(events: Iterator[Any]) -> Iterator[bytes | Signal]:
    for event in _plain(events):
        if isinstance(event, Signal):
            yield event
            continue
        text = b": keep-alive\r\n" + event.replace(b"data: ", b"data:", 1).replace(b"\n", b"\r\n")
        yield from (text[at : at + 7] for at in range(0, len(text), 7))
