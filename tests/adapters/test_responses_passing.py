"""A stream of /v1/responses on its way through: nothing is changed, and what matters is read."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aiconnect.adapters.chat import Failed
from aiconnect.adapters.dialects.base import Stream
from aiconnect.adapters.types import Usage
from aiconnect.errors import CallError
from aiconnect.wire.http1 import Malformed
from tests.adapters.responses import EVENT, WIRE, events, kinds
from tests.fakes.samples import sample

SAMPLES = ("openai/responses.stream.sse", "openai/responses.tools.stream.sse")
BROKE = CallError("provider_broke", connection="c")

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
places = st.lists(st.integers(0, 9000), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def event(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def said(text: str, number: int = 0) -> bytes:
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "logprobs": []}
    return event("response.output_text.delta", **at, delta=text, sequence_number=number)


def ended(kind: str = "response.completed", **response: Any) -> bytes:
    usage = {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}
    return event(kind, response={"usage": usage, **response}, sequence_number=99)


BEGUN = event("response.created", response={"id": "resp_1", "model": "m"}, sequence_number=0)


def passing() -> Stream:
    return WIRE.passing({})


def feed(stream: Stream, data: bytes, at: list[int]) -> bytes:
    edges = sorted({min(place, len(data)) for place in at} | {0, len(data)})
    return b"".join(stream.feed(data[a:b]) for a, b in pairwise(edges))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_openais_own_streams_go_through_byte_by_byte(name: str, newline: bytes) -> None:
    data, stream = sample(name).encode().replace(b"\n", newline), passing()
    out = b"".join(stream.feed(data[at : at + 1]) for at in range(len(data))) + stream.end()
    assert out.strip() == data.strip()  # a file's last line has a newline more
    assert stream.started
    assert stream.finished
    assert stream.done
    assert stream.error is None


def test_usage_is_read_at_the_end() -> None:
    stream = passing()
    stream.feed(sample(SAMPLES[0]).encode())
    assert stream.usage == Usage(input=219, cache_read=1024, cache_write=0, output=32, reasoning=64)


@given(st.lists(texts, min_size=1, max_size=8), places)
def test_any_cutting_gives_the_same_bytes(parts: list[str], at: list[int]) -> None:
    data = BEGUN + b"".join(said(part, n) for n, part in enumerate(parts)) + ended()
    stream = passing()
    assert feed(stream, data, at) + stream.end() == data
    assert (stream.finished, stream.usage) == (True, Usage(input=7, output=3))


def test_an_incomplete_answer_is_an_answer_with_its_usage() -> None:
    stream = passing()
    stream.feed(said("a") + ended("response.incomplete"))
    assert (stream.finished, stream.done, stream.usage) == (True, True, Usage(input=7, output=3))


def test_nothing_follows_the_end() -> None:
    stream = passing()
    whole = said("a") + ended()
    assert stream.feed(whole + b"data: [DONE]\n\n" + said("b")) == whole
    assert stream.feed(said("c") + ended()) == b""


@pytest.mark.parametrize("shown", ["message", "reasoning"])
def test_the_announcement_of_an_item_is_no_beginning(shown: str) -> None:
    stream = passing()
    stream.feed(BEGUN + event("response.output_item.added", item={"type": shown}))
    assert (stream.started, stream.estimated_tokens) == (False, 0)
    stream.feed(said(""))
    assert not stream.started
    stream.feed(said("a"))
    assert stream.started


def test_a_call_begins_with_its_name() -> None:
    stream = passing()
    stream.feed(event("response.output_item.added", item={"type": "function_call", "name": "f"}))
    assert stream.started


def test_a_cut_stream_is_not_finished() -> None:
    stream = passing()
    data = sample(SAMPLES[0]).encode()
    stream.feed(data[: data.index(b"event: response.completed")])
    assert (stream.started, stream.finished, stream.done) == (True, False, False)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (
            sample("openai/responses.error.stream.sse").encode(),
            Failed("Rate limit reached for gpt-6-sol.", "rate_limit_exceeded"),
        ),
        (
            sample("openai/responses.failed.stream.sse").encode(),
            Failed("The model failed to generate a response.", "server_error"),
        ),
        (event("error", error={"message": "m", "type": "t"}), Failed("m", "t")),
        (b'data: {"error": {"message": "m", "code": 5}}\n\n', Failed("m")),
        (event("response.cancelled", response={}), Failed("", "response.cancelled")),
    ],
)
def test_a_providers_error_is_read_and_nothing_goes_on(data: bytes, error: Failed) -> None:
    stream = passing()
    out = stream.feed(said("a") + data + said("b"))
    assert stream.error == error
    assert out.startswith(said("a"))
    assert b"error" not in out.replace(b'"error":null', b"")
    assert stream.feed(said("c") + ended()) == b""
    assert not stream.finished


def test_our_error_goes_on_where_the_stream_stopped() -> None:
    stream, data = passing(), sample(SAMPLES[0]).encode()
    out = stream.feed(data[: data.index(b"event: response.output_text.done")])
    out += stream.fail(BROKE, "req_1")
    told = events(out)
    EVENT.validate_python(told[-1] | {"response": told[0]["response"]}, strict=True)
    assert [one["sequence_number"] for one in told] == list(range(len(told)))
    response = told[-1]["response"]
    assert (kinds(out)[-1], response["status"]) == ("failed", "failed")
    assert (response["id"], response["error"]["code"]) == ("resp_0a91c7e4b2d84f", "provider_broke")
    assert response["error"]["help_url"] == "/help/errors#provider_broke"


def test_an_error_before_anything_came_is_an_event_too() -> None:
    (event,) = events(passing().fail(BROKE, "req_1"))
    assert (event["sequence_number"], event["response"]["error"]["request_id"]) == (0, "req_1")


@pytest.mark.parametrize(
    "text",
    ["response.completed", "response.failed", '"error"', '"type":"error"', "x.delta", "\n\n"],
)
def test_a_text_that_looks_like_an_end_is_none(text: str) -> None:
    data = BEGUN + said("a") + said(text) + said(text) + said("b")
    stream = passing()
    out = b"".join(stream.feed(one) for one in (data, said(text)))
    assert out == data + said(text)
    assert (stream.finished, stream.error) == (False, None)


def test_an_end_whose_text_looks_like_a_delta_is_an_end() -> None:
    stream = passing()
    stream.feed(said("a"))
    stream.feed(ended(output=[{"content": [{"text": "see response.output_text.delta"}]}]))
    assert stream.done


def test_comments_and_unknown_events_go_through() -> None:
    data = (
        b": ping\n\n" + event("response.sauce.stirred", item=[]) + b"data: [DONE]\n\n" + said("a")
    )
    assert passing().feed(data) == data


def test_a_server_that_names_its_events_once_is_understood() -> None:
    stream = passing()
    raw = json.dumps({"response": {"usage": {"input_tokens": 1, "output_tokens": 2}}})
    stream.feed(f"event: response.completed\ndata: {raw}\n\n".encode())
    assert (stream.done, stream.usage) == (True, Usage(input=1, output=2))


def test_an_end_that_is_no_json_is_malformed() -> None:
    with pytest.raises(Malformed):
        passing().feed(said("a") + b'event: response.completed\ndata: {"type": "resp\n\n')


def test_a_broken_delta_goes_on_as_it_is() -> None:
    broken = b'event: response.output_text.delta\ndata: {"type": "resp\n\n'
    assert passing().feed(said("a") + broken) == said("a") + broken


def test_the_estimate_grows_with_what_was_said() -> None:
    stream = passing()
    before = 0
    for size in (4, 40, 400):
        stream.feed(said("x" * size))
        assert stream.estimated_tokens > before
        before = stream.estimated_tokens
    assert 400 // 4 <= before <= 444


def test_the_growing_numbers_of_events_are_no_output() -> None:
    stream = passing()
    for number in range(2000):
        stream.feed(said("word", number))
    assert stream.estimated_tokens == 2000


def test_a_repetition_of_the_text_is_not_counted() -> None:
    stream = passing()
    stream.feed(said("a" * 40))
    before = stream.estimated_tokens
    stream.feed(event("response.output_text.done", text="a" * 4000))
    assert stream.estimated_tokens == before


KINDS = st.sampled_from(
    ["response.created", "response.output_item.added", "response.output_text.delta", "error",
     "response.failed", "response.completed", "response.incomplete"]
)  # fmt: skip
FIELDS = st.dictionaries(
    st.sampled_from(["response", "item", "delta", "error", "message", "sequence_number", "usage"]),
    json_values,
    max_size=4,
)


@given(st.lists(st.tuples(KINDS | json_values, FIELDS), max_size=6), places)
def test_any_json_goes_through_or_is_malformed(told: list[Any], at: list[int]) -> None:
    data = b"".join(
        b"data: " + json.dumps({**fields, "type": kind}).encode() + b"\n\n" for kind, fields in told
    )
    stream = passing()
    with suppress(Malformed):
        out = feed(stream, data, at)
        assert data.startswith(out)
        assert stream.estimated_tokens >= 0
    assert json.loads(stream.fail(BROKE, "req").split(b"data: ", 1)[1])


def test_a_response_that_is_endlessly_deep_does_not_break_our_error() -> None:
    stream = passing()
    deep = b'{"a":' * 500 + b"1" + b"}" * 500
    stream.feed(
        b'data: {"type":"response.created","response":{"id":"resp_1","text":' + deep + b"}}\n\n"
    )
    (event,) = events(stream.fail(BROKE, "req"))
    assert (event["type"], event["response"]["id"]) == ("response.failed", "resp_1")


def test_the_union_of_events_refuses_what_is_none() -> None:
    with pytest.raises(ValidationError):
        EVENT.validate_python({"type": "response.sauce", "sequence_number": 0}, strict=True)
