"""What a strict client of each wire makes of a stream; what it could not read fails here."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Heard:
    """`calls` are (name, arguments as text); `ends` end marks; `order` says what came last."""

    text: str = ""
    thinking: str = ""
    calls: dict[Any, list[str]] = field(default_factory=dict)
    finishes: list[str] = field(default_factory=list)
    usage: tuple[int, int] | None = None
    errors: list[Mapping[str, Any]] = field(default_factory=list)
    ends: int = 0

    @property
    def is_over(self) -> bool:
        return bool(self.ends or self.errors)

    def begin(self, key: Any, name: str) -> None:
        assert key not in self.calls, "a call began twice"
        self.calls[key] = [name, ""]

    def argue(self, key: Any, text: str) -> None:
        self.calls[key][1] += text


def strict(text: str) -> Any:
    """JSON as RFC 8259 has it: no NaN, no Infinity."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(usual * 2)  # the server may have stood less deep when it read this
    try:
        value = json.loads(text, parse_constant=refuse)
        json.dumps(value, allow_nan=False)  # 1e999 is infinity as well
    finally:
        sys.setrecursionlimit(usual)
    return value


def events(data: bytes) -> Iterator[tuple[str, str]]:
    """(name, data) of server-sent events, each with one data line and nothing unknown."""
    text = data.decode("utf-8")
    assert not text or text.endswith("\n\n"), "the last event is cut"
    for event in text.split("\n\n")[:-1]:
        fields = [line.partition(": ") for line in event.split("\n")]
        names = [name for name, _, _ in fields]
        assert names in (["data"], ["event", "data"]), event[:200]
        yield (fields[0][2] if len(fields) == 2 else ""), fields[-1][2]


def openai(data: bytes) -> Heard:
    """Chunks of chats and of the older completions."""
    heard = Heard()
    for name, text in events(data):
        assert not name
        assert not heard.is_over, "something after the end"
        if text == "[DONE]":
            heard.ends += 1
            continue
        chunk = strict(text)
        if "error" in chunk:
            heard.errors.append(chunk["error"])
            continue
        assert chunk["id"]
        assert isinstance(chunk["model"], str)
        for choice in chunk["choices"]:
            assert not heard.finishes, "a choice after the finish"
            _choice(heard, choice)
        if chunk.get("usage"):
            heard.usage = chunk["usage"]["prompt_tokens"], chunk["usage"]["completion_tokens"]
    return heard


def _choice(heard: Heard, choice: Mapping[str, Any]) -> None:
    delta = choice.get("delta", {})
    heard.text += (
        choice.get("text", "") + (delta.get("content") or "") + (delta.get("refusal") or "")
    )
    heard.thinking += delta.get("reasoning_content", "")
    for call in delta.get("tool_calls", ()):
        if "id" in call:
            heard.begin(call["index"], call["function"]["name"])
        heard.argue(call["index"], call["function"].get("arguments", ""))
    if choice["finish_reason"] is not None:
        heard.finishes.append(choice["finish_reason"])


def anthropic(data: bytes) -> Heard:
    """Blocks, one after the other."""
    heard, open_, blocks, begun = Heard(), None, 0, False
    for name, text in events(data):
        event = strict(text)
        assert event["type"] == name
        assert not heard.is_over, "something after the end"
        assert begun or name in {"message_start", "error"}
        match name:
            case "message_start":
                assert not begun
                begun = True
            case "content_block_start":
                assert open_ is None
                assert not heard.finishes
                assert event["index"] == blocks
                open_, blocks = event["index"], blocks + 1
                _block(heard, open_, event["content_block"])
            case "content_block_delta":
                assert event["index"] == open_
                _block_delta(heard, open_, event["delta"])
            case "content_block_stop":
                assert event["index"] == open_
                open_ = None
            case "message_delta":
                assert open_ is None
                heard.finishes.append(event["delta"]["stop_reason"])
                heard.usage = event["usage"]["input_tokens"], event["usage"]["output_tokens"]
            case "message_stop":
                heard.ends += 1
            case "error":
                heard.errors.append(event["error"])
            case _:
                raise AssertionError(name)
    return heard


def _block(heard: Heard, index: int, block: Mapping[str, Any]) -> None:
    if block["type"] == "tool_use":
        assert block["id"]
        assert block["input"] == {}
        heard.begin(index, block["name"])


def _block_delta(heard: Heard, index: int, delta: Mapping[str, Any]) -> None:
    match delta["type"]:
        case "text_delta":
            heard.text += delta["text"]
        case "thinking_delta":
            heard.thinking += delta["thinking"]
        case "input_json_delta":
            heard.argue(index, delta["partial_json"])
        case kind:
            assert kind == "signature_delta"


def responses(data: bytes) -> Heard:
    """Items, counted through."""
    heard = Heard()
    for number, (name, text) in enumerate(events(data)):
        event = strict(text)
        assert event["type"] == name
        assert event["sequence_number"] == number
        assert not heard.is_over, "something after the end"
        _response_event(heard, name, event)
    return heard


def _response_event(heard: Heard, name: str, event: Mapping[str, Any]) -> None:
    match name:
        case "response.output_text.delta" | "response.refusal.delta":
            heard.text += event["delta"]
        case "response.reasoning_summary_text.delta":
            heard.thinking += event["delta"]
        case "response.output_item.added" if event["item"]["type"] == "function_call":
            heard.begin(event["item"]["id"], event["item"]["name"])
        case "response.function_call_arguments.delta":
            heard.argue(event["item_id"], event["delta"])
        case "response.completed" | "response.incomplete":
            _response(heard, event["response"])
        case "response.failed":
            heard.errors.append(event["response"]["error"])
        case "error":
            heard.errors.append(event)


def _response(heard: Heard, response: Mapping[str, Any]) -> None:
    heard.ends += 1
    heard.finishes.append(response["status"])
    parts = [p for item in response["output"] for p in item.get("content", ())]
    assert "".join(p.get("text", p.get("refusal", "")) for p in parts) == heard.text
    if response["usage"]:
        heard.usage = response["usage"]["input_tokens"], response["usage"]["output_tokens"]


def ollama(data: bytes) -> Heard:
    """Lines of both endpoints."""
    heard = Heard()
    text = data.decode("utf-8")
    assert not text or text.endswith("\n")
    for line in map(strict, text.split("\n")[:-1]):
        assert not heard.is_over, "something after the end"
        if "error" in line:
            heard.errors.append(line)
            continue
        said = line.get("message", line)
        heard.text += said.get("content", said.get("response", ""))
        heard.thinking += said.get("thinking", "")
        for call in said.get("tool_calls", ()):
            assert isinstance(call["function"]["arguments"], dict)
            heard.begin(len(heard.calls), call["function"]["name"])
            heard.argue(len(heard.calls) - 1, json.dumps(call["function"]["arguments"]))
        if line["done"]:
            heard.ends += 1
            heard.finishes.append(line["done_reason"])
            heard.usage = line.get("prompt_eval_count", 0), line.get("eval_count", 0)
    return heard


CALLERS: Mapping[str, Callable[[bytes], Heard]] = {
    "openai.chat": openai,
    "openai.completions": openai,
    "openai.responses": responses,
    "anthropic.messages": anthropic,
    "ollama.chat": ollama,
    "ollama.generate": ollama,
}
