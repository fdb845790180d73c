"""Chats and answers of any content, for properties of OpenAI's wires."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from aiconnect.adapters.chat import (
    Audio,
    Chat,
    Completion,
    File,
    Format,
    Image,
    Message,
    Refusal,
    Text,
    Thinking,
    Tool,
    ToolChoice,
    ToolResult,
    ToolUse,
)
from aiconnect.adapters.dialects.base import Answering
from aiconnect.adapters.types import ModelCard, Usage
from aiconnect.wire import sse

SAMPLES = Path(__file__).parents[1] / "samples"
DONE = b"data: [DONE]\n\n"
CARD = ModelCard("m")

words = st.text(min_size=1, max_size=12)
names = st.text("abcXYZ_-09", min_size=1, max_size=12)
maybe = st.none() | st.booleans()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
schemas = st.dictionaries(words, st.integers() | words, max_size=2)
arguments = st.dictionaries(words, st.integers() | words, max_size=3).map(json.dumps)
images = st.builds(
    Image, st.sampled_from(["image/png", "image/webp"]), st.just("aGk="), detail=st.just("low")
) | st.builds(Image, url=st.just("https://example.com/a.png"))
files = st.builds(File, names, st.just("application/pdf"), st.just("aGk="))
audios = st.builds(Audio, st.just("aGk="), st.just("wav"))
uses = st.builds(ToolUse, names, names, arguments, st.just("") | words)
thoughts = st.builds(Thinking, words, words) | st.builds(Thinking, redacted=words)
systems = st.builds(Message, st.just("system"), st.tuples(st.builds(Text, words)))
users = st.builds(
    Message,
    st.just("user"),
    st.tuples(st.builds(Text, words))
    | st.lists(images | files | audios | st.builds(Text, words), min_size=2, max_size=4)
    .map(tuple)
    .filter(lambda parts: not all(isinstance(part, Text) for part in parts)),
)
results = st.builds(ToolResult, names, st.tuples(st.builds(Text, words)))
tools = st.lists(st.builds(Tool, names, words, schemas, maybe), min_size=1, max_size=3).map(tuple)


@st.composite
def turns(draw: st.DrawFn) -> list[Message]:
    """A question, an answer that calls tools, their results."""
    calls = draw(st.lists(uses, max_size=2, unique_by=lambda use: use.id))
    said: tuple[Any, ...] = (
        *draw(st.lists(thoughts, max_size=1)),
        *draw(st.lists(st.builds(Text, words), max_size=1)),
        *draw(st.lists(st.builds(Refusal, words), max_size=1)),
        *calls,
    )
    answered = tuple(ToolResult(use.id, (Text(draw(words)),)) for use in calls)
    found = [draw(users), Message("assistant", said)]
    return [*found, Message("tool", answered)] if answered else found


chats = st.builds(
    Chat,
    model=st.just("m"),
    messages=st.tuples(st.lists(systems, max_size=1), turns()).map(lambda two: (*two[0], *two[1])),
    tools=tools,
    tool_choice=st.sampled_from([None, ToolChoice("auto"), ToolChoice("none"), ToolChoice("any")]),
    parallel=maybe,
    format=st.none() | st.just(Format()) | st.builds(Format, schemas, names, words, maybe),
    limit=st.none() | st.integers(1, 10**6),
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    top_k=st.none() | st.integers(1, 100),
    stop=st.lists(words, max_size=4).map(tuple),
    presence_penalty=st.none() | st.floats(-2, 2),
    frequency_penalty=st.none() | st.floats(-2, 2),
    seed=st.none() | st.integers(-(2**60), 2**60),
    effort=st.sampled_from([None, "none", "low", "high", "max"]),
    user=st.just("") | names,
)
counts = st.integers(0, 10**6)
usages = st.builds(
    Usage, input=counts, cache_read=counts, cache_write=st.none(), output=counts, reasoning=counts
)


@st.composite
def completions(draw: st.DrawFn) -> Completion:
    calls = draw(st.lists(uses, max_size=3))
    said: tuple[Any, ...] = (
        *draw(st.lists(thoughts, max_size=2)),
        *draw(st.lists(st.builds(Text, words), max_size=1)),
        *draw(st.lists(st.builds(Refusal, words), max_size=1)),
        *calls,
    )
    finishes = ["tool_calls", "length"] if calls else ["stop", "length", "content_filter"]
    return Completion(
        said,
        draw(st.sampled_from(finishes)),
        id=draw(names),
        model=draw(names),
        usage=draw(st.none() | usages),
        created=draw(counts),
    )


def answering(chat: Chat | None = None) -> Answering:
    return Answering("01-a", "m", 1_795_300_081, chat or Chat("m"), lambda: 0)


def event(value: object) -> bytes:
    return sse.encode(json.dumps(value).encode())


def chunk(delta: object, finish: object = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event({"id": "c", "model": "m", "choices": [choice], **more})


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(edges)]


def sample(path: str) -> Any:
    return json.loads((SAMPLES / path).read_text())


def events_in(data: bytes) -> list[Any]:
    """The JSON of every event but the end mark."""
    payloads = [sse.data_of(one) for one in sse.split(data)]
    return [json.loads(payload) for payload in payloads if payload not in (b"[DONE]", b"")]
