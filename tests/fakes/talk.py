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
ROLE = {"role": "assistant", "content": ""}
ASKED = ("asked", True)
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
    """How a dialect words it: sample bodies with the talk's content put in.

    The class attributes are what differs between the hosts that speak OpenAI's API.
    """

    thinks = "reasoning_content"  # the field for thoughts
    stated = "asked"  # when a stream states its usage: asked, always, or finish (with the finish)
    details: tuple[str, ...] = ()  # which parts of the usage are stated too
    nulls_usage = False  # each chunk says `usage: null` until the last one
    repeats_role = False
    whole_tools = False  # a tool call comes in one delta

    def __init__(self, whole: dict[str, Any], chunk: dict[str, Any]) -> None:
        self._whole = whole
        self._chunk = {key: value for key, value in chunk.items() if key != "usage"}

    def answer(self, request: Request, talk: Talk, model: str) -> Answer:
        body = request.json
        if body.get("stream"):
            asked = bool((body.get("stream_options") or {}).get("include_usage"))
            events = self._events(talk, model, asked=asked)
            stream = _odd(events) if talk.odd else _plain(events)
            return Answer(body=stream, content_type="text/event-stream")
        whole = json.dumps(self.completion(talk, model)).encode()
        if talk.cut:
            return Answer(body=[whole[: len(whole) // 2], talk.cut[1], whole[len(whole) // 2 :]],
                          framing="length")  # fmt: skip
        return Answer(body=[talk.pause, whole] if talk.pause else whole, framing="length")

    # --- what a host words in its own way ----------------------------------------------------

    def completion(self, talk: Talk, model: str) -> dict[str, Any]:
        """A whole answer."""
        choice = {"index": 0, "message": self.message(talk), "logprobs": None,
                  "finish_reason": talk.finish}  # fmt: skip
        whole = self._whole | {"model": model, "choices": [choice]}
        whole.pop("usage", None)
        return whole | (self.counts(talk, talk.tokens) if talk.usage != "never" else {})

    def message(self, talk: Talk) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(talk.parts)}
        if talk.thinking:
            message[self.thinks] = talk.thinking
        if talk.tool:
            message |= {"content": None, "tool_calls": [_tool_call(*talk.tool)]}
        return message

    def chunk(self, model: str, delta: Any, finish: str | None) -> dict[str, Any]:
        """One event of a stream."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._chunk | {"model": model, "choices": [choice]}

    def preface(self, model: str) -> Iterator[Any]:
        """What comes before the first delta."""
        yield from ()

    def error(self, model: str) -> Any:
        """The event that ends a stream badly."""
        return ERROR

    def counts(self, talk: Talk, completion: int) -> dict[str, Any]:
        """The usage, and what else is stated beside it."""
        return {"usage": self.usage(talk, completion)}

    def usage(self, talk: Talk, completion: int) -> dict[str, Any]:
        usage: dict[str, Any] = {
            "prompt_tokens": talk.prompt,
            "completion_tokens": completion,
            "total_tokens": talk.prompt + completion,
        }
        if "cached" in self.details:
            usage["prompt_tokens_details"] = {"cached_tokens": talk.cached}
        if "reasoning" in self.details:
            usage["completion_tokens_details"] = {"reasoning_tokens": talk.reasoning}
        return usage

    # --- the order of a stream ---------------------------------------------------------------

    def _events(self, talk: Talk, model: str, *, asked: bool) -> Iterator[Any]:
        yield from self.preface(model)
        said = 0
        for delta in (*self._deltas(talk), FINISH):
            if talk.cut and said == talk.cut[0]:
                yield talk.cut[1]
            if talk.error_after == said:
                yield self.error(model)
                return
            if talk.malformed_after == said:
                yield b'data: {"choices": [{"ind\n\n'
            if talk.pause:
                yield talk.pause
            yield self._event(talk, model, delta, said, asked=asked)
            said += 0 if "role" in delta else 1
        if talk.usage == "asked" and (self.stated == "always" or (self.stated, asked) == ASKED):
            yield self._chunk | {"model": model, "choices": []} | self.counts(talk, talk.tokens)
        yield b"data: [DONE]\n\n"

    def _event(self, talk: Talk, model: str, delta: Any, said: int, *, asked: bool) -> Any:
        finish = talk.finish if delta is FINISH else None
        role = {"role": "assistant"} if self.repeats_role else {}
        event = self.chunk(model, role | delta, finish)
        if talk.usage == "every":
            event |= self.counts(talk, talk.tokens if finish else min(said, talk.tokens))
        elif finish and (talk.usage, self.stated) == ("asked", "finish"):
            event |= self.counts(talk, talk.tokens)
        elif asked and self.nulls_usage:
            event["usage"] = None
        return event

    def _deltas(self, talk: Talk) -> Iterator[dict[str, Any]]:
        yield ROLE | ({"content": None} if talk.tool else {})
        if talk.thinking:
            yield {"role": "assistant", self.thinks: talk.thinking}
        if not talk.tool:
            yield from ({"content": part} for part in talk.parts)
            return
        name, arguments = talk.tool
        if self.whole_tools:
            yield {"tool_calls": [{"index": 0} | _tool_call(name, arguments)]}
            return
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
