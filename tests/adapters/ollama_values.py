"""Strategies and makers for the tests of Ollama's wires."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from aiconnect.adapters.chat import (
    Chat,
    Delta,
    Format,
    Image,
    Message,
    Text,
    Thinking,
    Tool,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.base import Answering, Reader, Stream

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)
places = st.lists(st.integers(0, 3000), max_size=20)
words = st.text(min_size=1, max_size=20)
names = st.text("abcdefgh_", min_size=1, max_size=8)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
objects = st.dictionaries(
    st.text(max_size=6),
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers()),
    max_size=3,
)
FIELDS = (
    "model", "messages", "role", "content", "thinking", "images", "tool_calls", "id", "function",
    "name", "arguments", "index", "tool_name", "tool_call_id", "tools", "type", "parameters",
    "options", "num_predict", "temperature", "top_k", "stop", "seed", "think", "format", "stream",
    "prompt", "system", "suffix", "raw", "response", "done", "done_reason", "error", "message",
    "prompt_eval_count", "eval_count", "eval_duration", "embeddings", "input", "dimensions",
    "keep_alive", "created_at", "logprobs",
)  # fmt: skip
"""The wires' own names: what is arbitrary below them gets read."""
shaped = st.recursive(
    json_values
    | st.sampled_from(["user", "tool", "assistant", "length", "function", "high", PIXEL]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
    ),
    max_leaves=24,
)
bodies = st.dictionaries(st.sampled_from(FIELDS), shaped, max_size=8)


def answering(chat: Chat | None = None, step_ns: int = 1_000) -> Answering:
    """Each look at the clock finds it so many nanoseconds later."""
    now = iter(range(0, 10**15, step_ns))
    return Answering("call-1", "the-model", 1_795_300_081, chat or Chat("m"), lambda: next(now))


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value, separators=(",", ":")).encode() + b"\n" for value in values)


def cuts(data: bytes, at: list[int]) -> list[bytes]:
    edges = sorted({min(place, len(data)) for place in at} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(edges)]


def read(reader: Reader, data: bytes, at: list[int] | None = None) -> list[Delta]:
    return [delta for piece in cuts(data, at or []) for delta in reader.feed(piece)] + reader.end()


def run(stream: Stream, data: bytes, at: list[int] | None = None) -> bytes:
    """As the gateway does: a body that ends without a finish was cut."""
    out = b"".join(stream.feed(piece) for piece in cuts(data, at or []))
    return out + stream.end() if stream.finished else out


# --- chats that the wire can carry ---------------------------------------------------------------


@st.composite
def turns(draw: st.DrawFn) -> tuple[Message, ...]:
    """A conversation whose calls are answered; ids are its own."""
    found: list[Message] = []
    for turn in range(draw(st.integers(1, 3))):
        found.append(
            Message(
                "user",
                (Text(draw(words)), *([Image("image/png", PIXEL)] if draw(st.booleans()) else [])),
            )
        )
        called = draw(st.lists(st.tuples(names, objects), max_size=2))
        uses = tuple(
            ToolUse(f"id{turn}.{at}", name, json.dumps(given, separators=(",", ":")))
            for at, (name, given) in enumerate(called)
        )
        thoughts = (Thinking(draw(words)),) if draw(st.booleans()) else ()
        found.append(Message("assistant", (*thoughts, Text(draw(words)), *uses)))
        found.extend(
            Message("tool", (ToolResult(use.id, (Text(draw(words)),), use.name),)) for use in uses
        )
    return tuple(found)


tools = st.lists(
    st.builds(Tool, names, st.text(max_size=8), st.just({"type": "object", "properties": {}})),
    max_size=2,
)
finite = st.floats(0, 2)
efforts = st.sampled_from([(None, None), ("none", False), ("low", True), ("high", True),
                           ("medium", True), ("max", True)])  # fmt: skip
formats = st.none() | st.just(Format()) | st.just(Format(schema={"type": "object"}))


@st.composite
def chats(draw: st.DrawFn) -> Chat:
    effort, shows = draw(efforts)
    return Chat(
        model="m",
        messages=draw(turns()),
        tools=tuple(draw(tools)),
        format=draw(formats),
        limit=draw(st.none() | st.integers(1, 10**6)),
        temperature=draw(st.none() | finite),
        top_p=draw(st.none() | finite),
        top_k=draw(st.none() | st.integers(1, 100)),
        stop=tuple(draw(st.lists(words, max_size=3))),
        seed=draw(st.none() | st.integers(-(2**31), 2**31)),
        presence_penalty=draw(st.none() | finite),
        frequency_penalty=draw(st.none() | finite),
        effort=effort,
        shows_thinking=shows,
        wants_usage=True,
        is_stream=draw(st.booleans()),
    )
