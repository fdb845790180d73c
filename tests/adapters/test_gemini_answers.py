"""Gemini's answers as values: parts, finishes, usage; and anything else is Malformed."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.chat import Completion, Embed, Embedded, Text, Thinking, ToolUse
from aiconnect.adapters.dialects.gemini import GeminiChat, GeminiEmbeddings
from aiconnect.adapters.types import ModelCard, Usage
from aiconnect.wire.http1 import Malformed
from tests.fakes.samples import sample_json

KEYS = [
    "candidates", "content", "parts", "text", "thought", "thoughtSignature", "functionCall", "id",
    "name", "args", "finishReason", "finishMessage", "index", "usageMetadata", "promptTokenCount",
    "candidatesTokenCount", "thoughtsTokenCount", "cachedContentTokenCount", "totalTokenCount",
    "toolUsePromptTokenCount", "promptFeedback", "blockReason", "modelVersion", "responseId",
    "error", "message", "status", "code", "embeddings", "values",
]  # fmt: skip
WORDS = ["STOP", "MAX_TOKENS", "SAFETY", "OTHER", "MALFORMED_FUNCTION_CALL", "a", "\ud800"]
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=25,
)
parts = st.dictionaries(st.sampled_from(KEYS), values, max_size=4)
candidates = st.fixed_dictionaries(
    {}, optional={"content": st.fixed_dictionaries({"parts": st.lists(parts) | values}),
                  "finishReason": values, "index": values}
)  # fmt: skip
answers = st.dictionaries(st.sampled_from(KEYS), values, max_size=6) | st.fixed_dictionaries(
    {"candidates": st.lists(candidates, max_size=2)}, optional={"usageMetadata": values}
)


def read(answer: dict[str, Any]) -> Completion:
    return GeminiChat().completion(answer)


def sampled(name: str) -> Completion:
    return read(sample_json(name))


def answer(*given_: dict[str, Any], reason: str = "STOP", **more: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": list(given_), "role": "model"}, "finishReason": reason}
    return {"candidates": [candidate | more]}


def test_the_published_reply_reads_as_it_is_published():
    found, expected = sampled("translate/reply.gemini.json"), sample_json(
        "translate/reply.neutral.json"
    )  # fmt: skip
    usage = expected["usage"]
    assert found.parts == (Thinking(expected["reasoning"]), Text(expected["text"]))
    assert found.finish == expected["finish"]
    assert found.usage == Usage(
        input=usage["input_total"] - usage["cache_read"],
        cache_read=usage["cache_read"],
        output=usage["output_total"] - usage["reasoning"],
        reasoning=usage["reasoning"],
        details={"input_image": 258},
    )
    assert (found.id, found.model) == ("T1", "gemini-3.8-flash")


def test_calls_keep_their_ids_and_signatures():
    found = sampled("gemini/generateContent.tools.response.json")
    assert found.finish == "tool_calls"
    assert found.parts == (
        ToolUse("8f2b1a3c", "get_weather", '{"city":"Oslo","unit":"celsius"}',
                "EvcBCvQBAdHtim9hYmNk"),
        ToolUse("9c0d2e4f", "get_weather", '{"city":"Rome","unit":"celsius"}'),
    )  # fmt: skip


def test_calls_without_an_id_get_one_each():
    call = {"functionCall": {"name": "f"}}
    first, second = read(answer(call, call) | {"responseId": "r-1"}).parts
    assert (first, second) == (ToolUse("call_r-1_0", "f", "{}"), ToolUse("call_r-1_1", "f", "{}"))
    nameless, other = read(answer(call, call)).parts
    assert isinstance(nameless, ToolUse)
    assert isinstance(other, ToolUse)
    assert nameless.id != other.id


def test_thoughts_stand_before_the_words():
    found = sampled("gemini/generateContent.thinking.response.json")
    thought = Thinking("**Considering the image**\n\nIt is tiny.")
    assert found.parts == (thought, Text("A one-pixel image."))


def test_neighbouring_words_are_one_text():
    found = read(answer({"text": "a"}, {"text": ""}, {"text": "b", "thoughtSignature": "x"}))
    assert found.parts == (Text("ab"),)


def test_a_limit_reached_in_thought_is_an_empty_answer():
    found = sampled("gemini/generateContent.max_tokens.response.json")
    assert (found.parts, found.finish) == ((), "length")
    assert found.usage == Usage(input=10, cache_read=0, output=0, reasoning=512)


def test_a_blocked_prompt_is_a_filtered_answer():
    found = sampled("gemini/generateContent.blocked.response.json")
    assert (found.parts, found.finish) == ((), "content_filter")
    assert found.usage == Usage(input=12, cache_read=0, output=0, reasoning=0)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter"),
        ("SPII", "content_filter"), ("IMAGE_RECITATION", "content_filter"), ("OTHER", "stop"),
        ("A_WORD_OF_TOMORROW", "stop"), ("", "stop"),
    ],
)  # fmt: skip
def test_each_reason_is_one_of_our_words(reason: str, finish: str):
    assert read(answer({"text": "x"}, reason=reason)).finish == finish


@pytest.mark.parametrize(
    "said",
    [
        answer({"text": "x"}, reason="MALFORMED_FUNCTION_CALL"),
        answer(reason="OTHER"),
        answer({"text": "x", "thought": True}, reason="OTHER"),
        {},
        {"candidates": [{}]},
        {"candidates": {}},
        answer({"functionCall": {}}),
        answer({"functionCall": {"name": "f", "args": [1]}}),
        answer({"functionCall": {"name": "f", "args": {"a": float("nan")}}}),
    ],
)
def test_what_is_no_answer_is_malformed(said: dict[str, Any]):
    with pytest.raises(Malformed):
        read(said)


def test_a_failure_of_the_model_is_told_in_googles_words():
    with pytest.raises(Malformed, match="no such tool"):
        read(answer(reason="UNEXPECTED_TOOL_CALL", finishMessage="no such tool"))


@pytest.mark.parametrize(
    ("stated", "usage"),
    [
        ({"promptTokenCount": 5, "toolUsePromptTokenCount": 4, "cachedContentTokenCount": 2},
         Usage(input=7, cache_read=2, output=0, reasoning=0)),
        ({"promptTokenCount": 1, "cachedContentTokenCount": 9},
         Usage(input=0, cache_read=9, output=0, reasoning=0)),
        ({"totalTokenCount": 9, "candidatesTokenCount": 9},
         Usage(cache_read=0, output=9, reasoning=0)),
        ({"trafficType": "ON_DEMAND"}, None),
        ({"promptTokenCount": "five"}, None),
    ],
)  # fmt: skip
def test_tokens_are_counted_in_disjoint_parts(stated: dict[str, Any], usage: Usage | None):
    assert read(answer({"text": "x"}) | {"usageMetadata": stated}).usage == usage


def test_the_answer_is_the_first_candidate():
    first, second = answer({"text": "a"})["candidates"], answer({"text": "b"})["candidates"]
    both = {"candidates": [second[0] | {"index": 1}, first[0] | {"index": 0}]}
    assert read(both).parts == (Text("a"),)


@given(answers)
def test_any_object_is_an_answer_or_malformed(said: dict[str, Any]):
    with suppress(Malformed):
        found = read(said)
        assert found.finish in {"stop", "length", "tool_calls", "content_filter"}
        for part in found.parts:
            assert not isinstance(part, ToolUse) or isinstance(json.loads(part.arguments), dict)


# --- embeddings ----------------------------------------------------------------------------------


def test_each_text_is_a_request_of_its_own():
    embed = Embed("m", ("first text", "second text"), dimensions=768)
    written = GeminiEmbeddings().write(embed, ModelCard("gemini-embedding-001"))
    expected = sample_json("gemini/batchEmbedContents.request.json")["requests"]
    expected[0].pop("taskType")
    expected[1]["outputDimensionality"] = 768
    assert written.body == {"requests": expected}
    assert written.dropped == ()


def test_without_a_size_none_is_asked_for():
    (request,) = (
        GeminiEmbeddings().write(Embed("m", ("a",)), ModelCard("models/m")).body["requests"]
    )
    assert request == {"model": "models/m", "content": {"parts": [{"text": "a"}]}}


def test_reduced_vectors_become_of_length_one_in_their_order():
    found = GeminiEmbeddings().embedded(sample_json("gemini/batchEmbedContents.response.json"))
    assert [round(sum(x * x for x in vector), 9) for vector in found.vectors] == [1, 1]
    assert [vector[0] > 0 for vector in found.vectors] == [True, False]
    assert found.usage is None


def test_vectors_of_length_one_and_of_none_stay_as_they_are():
    given_ = {"embeddings": [{"values": [0.6, 0.8]}, {"values": [0, 0]}],
              "usageMetadata": {"promptTokenCount": 4}}  # fmt: skip
    found = GeminiEmbeddings().embedded(given_)
    assert found.vectors == ((0.6, 0.8), (0.0, 0.0))
    assert found.usage is not None
    assert found.usage.input == 4


@pytest.mark.parametrize(
    "said",
    [
        {}, {"embeddings": {}}, {"embeddings": [1]}, {"embeddings": [{}]},
        {"embeddings": [{"values": ["1"]}]}, {"embeddings": [{"values": [True]}]},
        {"embeddings": [{"values": [float("inf")]}]}, {"embeddings": [{"values": [10**400]}]},
    ],
)  # fmt: skip
def test_what_are_no_vectors_is_malformed(said: dict[str, Any]):
    with pytest.raises(Malformed):
        GeminiEmbeddings().embedded(said)


@given(st.dictionaries(st.just("embeddings"), values) | values.filter(lambda v: type(v) is dict))
def test_any_object_holds_vectors_or_is_malformed(said: dict[str, Any]):
    with suppress(Malformed):
        assert isinstance(GeminiEmbeddings().embedded(said), Embedded)
