"""Random answers, and how each provider streams them when nothing goes wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from aiconnect.adapters.chat import (
    Chat,
    Delta,
    Finish,
    Finished,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
)
from aiconnect.adapters.dialects.base import Answering
from aiconnect.adapters.types import Usage
from aiconnect.adapters.wires import INBOUND
from aiconnect.wire import sse

WORDS = ("a", " ", "\n\n", "data: x\n\n", '"', "\\", "{}", "é", "🙂", "\u2028", "[DONE]", "\ud83d",
         "</think>", '"done":true', '"finish_reason":"stop"', "x" * 300, "\r\n",
         "\x00")  # fmt: skip
FINISHES: tuple[Finish, ...] = ("stop", "length")


@dataclass
class Talk:
    """`pieces` are (kind, text); `calls` are (name, arguments); `usage` is (input, output)."""

    pieces: list[tuple[str, str]] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    finish: Finish = "stop"
    usage: tuple[int, int] = (1, 1)

    @property
    def text(self) -> str:
        return "".join(text for kind, text in self.pieces if kind == "text")

    @property
    def thinking(self) -> str:
        return "".join(text for kind, text in self.pieces if kind == "thinking")


def talk(rng: Random) -> Talk:
    """Thoughts, text and calls; something at least."""
    thoughts = [("thinking", rng.choice(WORDS)) for _ in range(rng.choice([0, 0, 1, 3]))]
    texts = [("text", rng.choice(WORDS)) for _ in range(rng.choice([0, 1, 2, 8]))]
    calls = [(rng.choice("fgh"), _arguments(rng)) for _ in range(rng.choice([0, 0, 1, 2, 4]))]
    if not texts and not calls:
        texts = [("text", "so")]
    usage = rng.randrange(1, 9000), rng.randrange(1, 9000)
    finish: Finish = rng.choice(FINISHES)
    return Talk([*thoughts, *texts], calls, "tool_calls" if calls else finish, usage)


def _arguments(rng: Random) -> dict[str, Any]:
    values = (1, None, True, "é", [1, {"b": ""}], '"', "\n", {}, 1.5, 2**53)
    return {rng.choice(WORDS): rng.choice(values) for _ in range(rng.randrange(3))}


def spoken(wire: str, said: Talk) -> bytes:
    """The provider's bytes."""
    return _gemini(said) if wire == "gemini.chat" else _written(wire, said)


def _written(wire: str, said: Talk) -> bytes:
    chat = Chat("m", is_stream=True, wants_usage=True)
    writer = INBOUND[wire].writer(Answering("id-1", "m", 1795300081, chat, lambda: 1_000_000))
    deltas: list[Delta] = [Started("id-1", "m")]
    for kind, text in said.pieces:
        deltas.append(TextDelta(text) if kind == "text" else ThinkingDelta(text))
    for at, (name, arguments) in enumerate(said.calls):
        text = json.dumps(arguments)
        deltas.append(ToolStart(at, f"call_{at}", name))
        deltas += [ToolArguments(at, text[i : i + 7]) for i in range(0, len(text), 7)]
    usage = Usage(input=said.usage[0], output=said.usage[1])
    return b"".join(map(writer.write, deltas)) + writer.end(Finished(said.finish), usage)


def _gemini(said: Talk) -> bytes:
    parts = [{"text": text} | ({"thought": True} if kind == "thinking" else {})
             for kind, text in said.pieces]  # fmt: skip
    parts += [{"functionCall": {"name": name, "args": arguments}} for name, arguments in said.calls]
    last = {"finishReason": "MAX_TOKENS" if said.finish == "length" else "STOP"}
    return b"".join(
        _event(said, [part], last if at == len(parts) - 1 else {}) for at, part in enumerate(parts)
    )


def _event(said: Talk, parts: list[dict[str, Any]], last: dict[str, Any]) -> bytes:
    """Gemini counts in every event; the last one counts."""
    prompt, output = said.usage
    candidate = {"content": {"parts": parts, "role": "model"}, "index": 0, **last}
    counted = {"promptTokenCount": prompt, "candidatesTokenCount": output if last else 1}
    return sse.encode(json.dumps({
        "candidates": [candidate], "usageMetadata": counted, "modelVersion": "m", "responseId": "r",
    }).encode())  # fmt: skip
