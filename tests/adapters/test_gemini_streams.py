"""Gemini's stream as deltas: however it is cut, whatever is in it."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import (
    Counted,
    Delta,
    Ended,
    Failed,
    Finished,
    Started,
    TextDelta,
    ThinkingDelta,
    ToolArguments,
    ToolStart,
)
from aiconnect.adapters.dialects.gemini import GeminiChat
from aiconnect.adapters.types import Usage
from aiconnect.wire.http1 import Malformed
from tests.adapters.test_gemini_answers import answers, values
from tests.fakes.samples import sample, sample_json

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
places = st.lists(st.integers(0, 3000), max_size=20)


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\r\n\r\n"


def piece(*parts: dict[str, Any], reason: str = "", tokens: int = 0, **more: Any) -> bytes:
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    counts = {"promptTokenCount": 9, "candidatesTokenCount": tokens, "totalTokenCount": 9 + tokens}
    return event({"candidates": [candidate | more], "usageMetadata": counts, "responseId": "r"})


FINISH = piece({"text": ""}, reason="STOP", tokens=99)


def run(data: bytes, where: list[int] | None = None) -> list[Delta]:
    reader = GeminiChat().reader()
    edges = sorted({min(place, len(data)) for place in where or []} | {0, len(data)})
    return [d for a, b in pairwise(edges) for d in reader.feed(data[a:b])] + reader.end()


def kind(deltas: list[Delta], of: type[Any]) -> list[Any]:
    return [delta for delta in deltas if isinstance(delta, of)]


def said(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in kind(deltas, TextDelta))


def published(name: str) -> bytes:
    return sample(name).replace("\n", "\r\n").encode()


def test_the_published_stream_has_thoughts_words_and_one_finish():
    found = run(published("gemini/generateContent.stream.sse"))
    assert found[0] == Started("mJ4hacGtK7Ws1MkP1sKhqAk", "gemini-3.8-flash")
    assert kind(found, ThinkingDelta) == [ThinkingDelta("**Greeting**")]
    assert said(found) == "Hello world"
    assert kind(found, Finished) == [Finished("stop")]
    assert found[-1] == Ended()
    last = Usage(input=9, cache_read=0, output=2, reasoning=20)
    assert kind(found, Counted)[-1] == Counted(last)


def test_the_published_calls_are_those_that_openai_callers_see():
    found = run(published("gemini/generateContent.tools.stream.sse"))
    lines = sample("translate/stream.gemini_tools.as_openai.sse").splitlines()
    chunks = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    calls = [call for chunk in chunks for choice in chunk["choices"]
             for call in choice["delta"].get("tool_calls", ())]  # fmt: skip
    assert [(d.index, d.id, d.name) for d in kind(found, ToolStart)] == [
        (call["index"], call["id"], call["function"]["name"]) for call in calls
    ]
    assert [(d.index, d.text) for d in kind(found, ToolArguments)] == [
        (call["index"], call["function"]["arguments"]) for call in calls
    ]
    assert kind(found, ToolStart)[0].signature == "EvcBCvQBAdHtim9hYmNk"
    assert kind(found, Finished) == [Finished("tool_calls")]
    usage, stated = kind(found, Counted)[-1].usage, chunks[-1]["usage"]
    assert usage.output + usage.reasoning == stated["completion_tokens"]
    assert usage.input == stated["prompt_tokens"]


@pytest.mark.parametrize("name", ["stream", "tools.stream"])
@given(where=places, ending=st.sampled_from([b"\r\n", b"\n"]))
def test_published_streams_are_the_same_however_they_are_cut(
    name: str, where: list[int], ending: bytes
):
    data = published(f"gemini/generateContent.{name}.sse").replace(b"\r\n", ending)
    assert run(data, where) == run(data)


@given(st.lists(texts, max_size=8), places)
def test_what_is_said_is_what_was_sent(parts: list[str], where: list[int]):
    data = b"".join(piece({"text": part}, tokens=n) for n, part in enumerate(parts)) + FINISH
    found = run(data, where)
    assert said(found) == "".join(parts)
    assert kind(found, Finished) == [Finished("stop")]
    assert kind(found[found.index(Finished("stop")) :], TextDelta) == []
    counts = [counted.usage.output for counted in kind(found, Counted)]
    assert counts == sorted(counts)
    assert found[-1] == Ended()


@given(st.lists(st.dictionaries(texts, texts | st.integers() | st.booleans()), max_size=4))
def test_arguments_are_the_json_that_was_sent(given_: list[dict[str, Any]]):
    sent = [{"functionCall": {"name": "f", "args": args}} for args in given_]
    found = run(piece(*sent) + FINISH)
    assert [json.loads(d.text) for d in kind(found, ToolArguments)] == given_
    assert [d.index for d in kind(found, ToolStart)] == list(range(len(given_)))
    assert len({d.id for d in kind(found, ToolStart)}) == len(given_)


def test_a_body_that_ends_without_a_finish_is_cut():
    assert Ended() not in run(piece({"text": "Hello"}))
    assert run(b"") == []


def test_a_blocked_prompt_is_a_finish():
    found = run(event(sample_json("gemini/generateContent.blocked.response.json")))
    assert kind(found, Finished) == [Finished("content_filter")]
    assert found[-1] == Ended()


@pytest.mark.parametrize(
    ("given_", "failed"),
    [
        (sample_json("gemini/error.503.overloaded.json"),
         Failed("The model is overloaded. Please try again later.", "UNAVAILABLE")),
        ({"error": "no"}, Failed("no")),
        ({"error": [1]}, Failed("The provider reported an error.")),
    ],
)  # fmt: skip
def test_an_error_ends_everything(given_: Any, failed: Failed):
    found = run(piece({"text": "a"}) + event(given_) + piece({"text": "b"}) + FINISH)
    assert found[-1] == failed
    assert said(found) == "a"


@pytest.mark.parametrize("reason", ["MALFORMED_FUNCTION_CALL", "MISSING_THOUGHT_SIGNATURE"])
def test_a_model_that_fails_is_an_error_even_after_words(reason: str):
    found = run(piece({"text": "a"}) + piece(reason=reason) + FINISH)
    assert found[-1] == Failed(f"The model ended its answer with {reason}.", reason)
    assert kind(found, Finished) == []


def test_another_ending_is_an_error_only_where_nothing_was_said():
    assert run(piece({"text": "a"}) + piece(reason="OTHER"))[-1] == Ended()
    assert isinstance(run(piece(reason="OTHER"))[-1], Failed)


def test_a_finish_in_every_event_loses_no_words():
    call = {"functionCall": {"name": "f"}}
    found = run(
        piece({"text": "a"}, reason="STOP") + piece({"text": "b"}, reason="STOP") + piece(call)
    )
    assert said(found) == "ab"
    assert kind(found, Finished)[-1] == Finished("tool_calls")
    cut = run(piece({"text": "a"}, reason="MAX_TOKENS") + piece({"text": "b"}))
    assert kind(cut, Finished) == [Finished("length")]


def test_comments_and_empty_events_say_nothing():
    assert run(b": keep-alive\n\ndata:\n\ndata: \r\n\r\n" + FINISH)[0] == Started("r")


@pytest.mark.parametrize("data", [b'{"cand', b"[1]", b"\xff", b"[" * 10**5])
def test_an_event_that_is_no_object_is_malformed(data: bytes):
    with pytest.raises(Malformed):
        run(b"data: " + data + b"\n\n")


@given(st.lists(answers | values, max_size=6), places)
def test_any_events_give_deltas_or_malformed(given_: list[Any], where: list[int]):
    with suppress(Malformed):
        found = run(b"".join(map(event, given_)), where)
        failed = [at for at, delta in enumerate(found) if isinstance(delta, Failed)]
        assert failed in ([], [len(found) - 1])
        assert (Ended() in found) == (bool(kind(found, Finished)) and not failed)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_any_bytes_give_deltas_or_malformed(data: bytes, where: list[int]):
    with suppress(Malformed):
        run(data, where)
