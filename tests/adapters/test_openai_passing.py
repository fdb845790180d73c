"""A stream on its way through: nothing is changed, and what matters is read."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import Failed
from aiconnect.adapters.dialects.openai import OpenAIChat
from aiconnect.adapters.dialects.openai.passing import Passing
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError
from aiconnect.wire import sse
from aiconnect.wire.http1 import Malformed

SAMPLES = Path(__file__).parents[1] / "samples"
DONE = b"data: [DONE]\n\n"

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def event(value: object) -> bytes:
    return sse.encode(json.dumps(value).encode())


def said(text: str, **more: Any) -> bytes:
    return event(
        {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], **more}
    )


FINISH = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
USAGE = event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})


def run(stream: Passing, data: bytes, places: list[int]) -> bytes:
    edges = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    out = b"".join(stream.feed(data[a:b]) for a, b in pairwise(edges))
    return out + stream.end()


@given(st.lists(texts, min_size=1, max_size=8), st.lists(st.integers(0, 3000), max_size=20))
def test_a_caller_who_asked_for_usage_gets_every_byte(parts: list[str], places: list[int]) -> None:
    data = b"".join(map(said, parts)) + FINISH + USAGE + DONE
    assert run(Passing(wants_usage=True), data, places) == data


@given(st.lists(texts, min_size=1, max_size=8), st.lists(st.integers(0, 3000), max_size=20))
def test_only_the_usage_event_is_kept_from_one_who_did_not(
    parts: list[str], places: list[int]
) -> None:
    words = b"".join(map(said, parts))
    stream = Passing(wants_usage=False)
    assert run(stream, words + FINISH + USAGE + DONE, places) == words + FINISH + DONE
    assert stream.usage == Usage(input=7, output=3)
    assert stream.done


@given(
    st.lists(json_values, max_size=6), st.lists(st.integers(0, 2000), max_size=10), st.booleans()
)
def test_arbitrary_events_raise_nothing(values: list[Any], places: list[int], wants: bool) -> None:
    run(Passing(wants_usage=wants), b"".join(map(event, values)), places)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_arbitrary_bytes_raise_nothing_but_malformed(data: bytes, places: list[int]) -> None:
    with suppress(Malformed):
        run(Passing(wants_usage=False), data, places)


@given(st.lists(texts, min_size=1, max_size=8), st.lists(st.integers(0, 3000), max_size=20))
def test_a_finish_is_held_back_until_the_stream_has_ended_well(
    parts: list[str], places: list[int]
) -> None:
    words = b"".join(map(said, parts))
    stream = Passing(wants_usage=False)
    data = words + FINISH + USAGE
    edges = sorted({min(place, len(data)) for place in places} | {0, len(data)})
    assert b"".join(stream.feed(data[a:b]) for a, b in pairwise(edges)) == words


def test_nesting_to_any_depth_raises_nothing() -> None:
    for depth in range(800, 1000):
        nested = b"[" * depth + b"]" * depth
        Passing(wants_usage=False).feed(
            b'data: {"choices": [{"delta": {"content": ' + nested + b"}}]}\n\n"
        )


def test_usage_on_a_chunk_of_its_own_is_never_taken_for_words() -> None:
    stream = Passing(wants_usage=False)
    stream.feed(said("x"))
    assert stream.feed(USAGE) == b""
    assert stream.usage == Usage(input=7, output=3)


def test_choices_that_are_none_are_passed_over() -> None:
    odd = event({"choices": [1, None]})
    assert Passing(wants_usage=False).feed(odd) == odd


def test_words_that_look_like_keys_are_only_words() -> None:
    tricky = said('"usage": {"prompt_tokens": 1}, "finish_reason": "stop", "error": [DONE]')
    stream = Passing(wants_usage=False)
    data = said("x") + tricky + FINISH + DONE
    assert run(stream, data, []) == data
    assert stream.error is None
    assert stream.usage is None


def test_an_error_event_stops_the_stream() -> None:
    stream = Passing(wants_usage=False)
    out = stream.feed(said("x")) + stream.feed(
        event({"error": {"message": "overloaded"}}) + said("y")
    )
    assert out == said("x")
    assert stream.error == Failed("overloaded")


def test_the_usage_of_a_failed_stream_is_kept() -> None:
    stream = Passing(wants_usage=False)
    counts = {"prompt_tokens": 7, "completion_tokens": 3}
    stream.feed(event({"error": "no", "usage": counts}))
    assert stream.usage == Usage(input=7, output=3)


def test_a_failure_is_one_event_without_an_end_mark() -> None:
    out = Passing(wants_usage=False).fail(CallError("internal"), "r1")
    assert json.loads(sse.data_of(out))["error"]["code"] == "internal"
    assert len(sse.split(out)) == 1


def test_comments_pass() -> None:
    stream = Passing(wants_usage=False)
    assert stream.feed(b": keep-alive\n\n") == b": keep-alive\n\n"
    assert not stream.started


def test_a_role_alone_starts_nothing() -> None:
    stream = Passing(wants_usage=False)
    stream.feed(event({"choices": [{"delta": {"role": "assistant", "content": ""}}]}))
    assert not stream.started


@pytest.mark.parametrize("field", ["content", "reasoning", "reasoning_content", "refusal"])
def test_any_kind_of_words_starts_the_answer(field: str) -> None:
    stream = Passing(wants_usage=False)
    stream.feed(event({"choices": [{"delta": {field: "x"}}]}))
    assert stream.started


def test_the_text_of_an_older_completion_starts_the_answer() -> None:
    stream = Passing(wants_usage=False)
    stream.feed(event({"choices": [{"text": "", "finish_reason": None}]}))
    assert not stream.started
    stream.feed(event({"choices": [{"text": "Once", "finish_reason": None}]}))
    assert stream.started
    assert stream.estimated_tokens == 1


def test_the_estimate_grows_with_what_was_said() -> None:
    stream = Passing(wants_usage=False)
    for _ in range(10):
        stream.feed(said("a few words here and there"))
    assert 10 <= stream.estimated_tokens <= 100


@pytest.mark.parametrize(
    "sample",
    [
        "openai/chat.stream.sse",
        "openai/chat.tools.stream.sse",
        "ollama/v1.chat.stream.sse",
        "llamacpp/chat.stream.sse",
    ],
)
def test_published_streams_pass_byte_for_byte(sample: str) -> None:
    data = (SAMPLES / sample).read_bytes()
    for size in (1, 7, 4096):
        stream = Passing(wants_usage=True)
        assert run(stream, data, list(range(0, len(data), size))) == data
        assert stream.finished


BODY = {"model": "a/b", "messages": [], "frob": [1]}


def test_only_the_models_name_changes_on_the_way_to_the_provider() -> None:
    assert OpenAIChat().prepare(BODY, "b") == BODY | {"model": "b"}


def test_usage_is_always_asked_of_a_stream() -> None:
    options = {"include_obfuscation": False}
    body = BODY | {"stream": True, "stream_options": options}
    assert OpenAIChat().prepare(body, "b")["stream_options"] == {
        "include_obfuscation": False,
        "include_usage": True,
    }
    assert options == {"include_obfuscation": False}
    assert "stream_options" not in OpenAIChat().prepare(body, "b", no_stream_options=True)


@pytest.mark.parametrize("body", [{"stream": 1}, {"stream_options": "x"}])
def test_streaming_fields_of_a_wrong_type_are_the_callers_fault(body: dict[str, Any]) -> None:
    with pytest.raises(CallError):
        OpenAIChat().prepare(body, "b")


@pytest.mark.parametrize(("options", "wants"), [({"include_usage": True}, True), (None, False)])
def test_whether_the_caller_sees_the_usage_is_its_own_wish(options: Any, wants: bool) -> None:
    stream = OpenAIChat().passing({"stream_options": options})
    assert (USAGE in stream.feed(said("x") + FINISH + USAGE + DONE)) == wants


@pytest.mark.parametrize("words", ["I cannot write this.", None])
def test_a_refusal_in_pieces_names_who_refused(words: str | None) -> None:
    stream = Passing(wants_usage=True)
    delta = {"choices": [{"index": 0, "delta": {"refusal": words}, "finish_reason": None}]}
    stream.feed(event(delta) + said("x"))
    assert stream.refused == ("model_refused" if words else "")
