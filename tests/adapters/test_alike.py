"""The short cut for events that differ in their text alone gives what reading them would give."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.dialects.alike import Alike
from aiconnect.adapters.dialects.anthropic.passing import PassingStream
from aiconnect.adapters.dialects.base import Stream
from aiconnect.adapters.dialects.openai.passing import Passing
from aiconnect.wire import sse

TRICKS = [
    "error", "finish_reason", '"finish_reason": "stop"', '", "error": "x', "[DONE]", "\\", '"', "",
    "\n\ndata: [DONE]\n\n", "message_stop", '"}}]}', "event: message_stop",
]  # fmt: skip
texts = st.sampled_from(TRICKS) | st.text(st.characters(codec="utf-8"), max_size=12)


def openai(text: str, **more: Any) -> bytes:
    delta = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return sse.encode(json.dumps({"choices": [delta], **more}, ensure_ascii=False).encode())


def anthropic(text: str, **more: Any) -> bytes:
    delta = {"type": "content_block_delta", "index": 0,
             "delta": {"type": "text_delta", "text": text}}  # fmt: skip
    data = json.dumps({**delta, **more}, ensure_ascii=False).encode()
    return b"event: content_block_delta\n" + sse.encode(data)


OPENAI_END = [
    sse.encode(b'{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'),
    sse.encode(b'{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}'),
    sse.encode(b"[DONE]"),
]
ANTHROPIC_END = [
    sse.encode(
        b'{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}'
    ),
    sse.encode(b'{"type":"message_stop"}'),
]
WIRES = [
    pytest.param(lambda: Passing(wants_usage=False), openai, OPENAI_END, id="openai"),
    pytest.param(PassingStream, anthropic, ANTHROPIC_END, id="anthropic"),
]
New = Callable[[], Stream]
Write = Callable[..., bytes]


def by_short_cut(stream: Stream, event: bytes) -> bytes:
    return event if stream.passes(event) else stream.feed(event)


@pytest.mark.parametrize(("new", "write", "end"), WIRES)
@given(data=st.data())
def test_the_short_cut_changes_nothing(
    new: New, write: Write, end: list[bytes], data: st.DataObject
) -> None:
    said = [write(text) for text in data.draw(st.lists(texts, max_size=12))]
    other = [write(text, more=1) for text in data.draw(st.lists(texts, max_size=2))]
    other += [write(text, obfuscation="x") for text in data.draw(st.lists(texts, max_size=3))]
    other += [write("y", obfuscation=text) for text in data.draw(st.lists(texts, max_size=3))]
    odd = data.draw(
        st.lists(st.sampled_from([b": comment\n\n", *end]) | st.binary(max_size=30), max_size=3)
    )
    events = [write("a"), *data.draw(st.permutations([*said, *other, *odd])), *end]
    read, cut = new(), new()
    for event in events:
        assert by_short_cut(cut, event) == read.feed(event)
        assert (cut.started, cut.finished, cut.done) == (read.started, read.finished, read.done)
        assert (cut.usage, cut.error, cut.refused) == (read.usage, read.error, read.refused)
        assert cut.estimated_tokens == read.estimated_tokens


@pytest.mark.parametrize(("new", "write", "end"), WIRES)
def test_what_a_stream_is_made_of_takes_the_short_cut(
    new: New, write: Write, end: list[bytes]
) -> None:
    stream = new()
    stream.feed(write("one"))
    stream.feed(write("two"))
    assert stream.passes(write("three"))
    assert stream.passes(write("a line that ends\n, and a backslash \\"))
    assert not stream.passes(write('says "four"'))
    assert not any(stream.passes(event) for event in end)


def test_what_openai_hides_the_length_of_a_text_with_is_a_text_too() -> None:
    stream = Passing(wants_usage=False)
    stream.feed(openai("one"))
    stream.feed(openai("two", usage=None, obfuscation="x7Rq"))
    assert stream.passes(openai("three", usage=None, obfuscation="A"))
    assert not stream.passes(openai("four", usage={"prompt_tokens": 1}, obfuscation="A"))


def test_events_that_never_repeat_are_not_looked_at_for_ever() -> None:
    alike = Alike()
    for number in range(100):
        alike.learn(openai("x", number=number))
    assert not alike.has(openai("x", number=99))
    assert not alike.has(b"")
