"""Counts beside the five: parts with a price of their own, and what is no token at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters import details, media
from aiconnect.adapters.dialects.anthropic.usage import Tally
from aiconnect.adapters.dialects.anthropic.usage import read_usage as anthropic
from aiconnect.adapters.dialects.gemini.answers import usage_of as gemini
from aiconnect.adapters.dialects.openai import counts
from aiconnect.adapters.types import Usage
from aiconnect.adapters.usage import read_usage
from tests.fakes.samples import sample_json


def openai(**stated):
    usage = read_usage({"usage": {"prompt_tokens": 100, "completion_tokens": 50, **stated}})
    assert usage is not None
    return usage.details


PARTS = [
    ({"prompt_tokens_details": {"audio_tokens": 30}}, {"input_audio": 30}),
    ({"prompt_tokens_details": {"image_tokens": 30, "text_tokens": 70}}, {"input_image": 30}),
    ({"completion_tokens_details": {"audio_tokens": 40}}, {"output_audio": 40}),
    ({"prompt_tokens_details": {"audio_tokens": 30, "cached_tokens": 20,
                                "cached_tokens_details": {"audio_tokens": 10}}},
     {"input_audio": 20, "cache_read_audio": 10}),
    ({"prompt_tokens_details": {"audio_tokens": 0}}, {}),
    ({"prompt_tokens_details": {"audio_tokens": -3, "image_tokens": "9"}}, {}),
    ({"prompt_tokens_details": {"audio_tokens": 5, "cached_tokens_details": {"audio_tokens": 9}}},
     {"cache_read_audio": 9}),
    ({"prompt_tokens_details": []}, {}),
    ({"server_tool_use": {"web_search_requests": 3}}, {"searches": 3}),
    ({"service_tier": "flex"}, {"flex": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("stated", "found"), PARTS)
def test_parts_of_openai_s_totals_are_read(stated, found):
    assert openai(**stated) == found


@pytest.mark.parametrize(
    ("tier", "found"),
    [("priority", {"priority": 1}), ("flex", {"flex": 1}), ("fast", {"fast": 1}),
     ("default", {}), ("on_demand", {}), ("standard", {}), (None, {}), (7, {}), ({}, {})],
)  # fmt: skip
def test_how_a_call_was_served_stands_beside_its_usage(tier, found):
    usage = read_usage({"service_tier": tier, "usage": {"prompt_tokens": 1}})
    assert usage is not None
    assert usage.details == found


def test_searches_of_responses_are_items_of_the_answer():
    search = {"type": "web_search_call", "status": "completed"}
    items = [search, {**search, "action": {"type": "search"}}, {"type": "message"},
             {**search, "action": {"type": "open_page"}}]  # fmt: skip
    usage = read_usage({"output": items, "usage": {"input_tokens": 1, "output_tokens": 2}})
    assert usage is not None
    assert usage.details == {"searches": 2}


def test_what_only_an_earlier_chunk_said_stays_known():
    first = Usage(1, details={"flex": 1, "searches": 1})
    assert counts.later(first, Usage(2, details={"searches": 2})).details == {
        "flex": 1,
        "searches": 2,
    }


def test_anthropic_says_what_is_kept_for_an_hour_and_what_was_searched():
    usage = anthropic({
        "input_tokens": 10, "output_tokens": 4, "cache_creation_input_tokens": 300,
        "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
        "server_tool_use": {"web_search_requests": 2}, "service_tier": "batch", "speed": "fast",
    })  # fmt: skip
    assert usage is not None
    assert usage.cache_write == 300
    assert usage.details == {"cache_write_1h": 200, "searches": 2, "batch": 1, "fast": 1}


def test_an_anthropic_stream_keeps_what_its_first_event_said():
    tally = Tally()
    tally.start({"input_tokens": 3, "output_tokens": 1, "cache_creation_input_tokens": 50,
                 "cache_creation": {"ephemeral_1h_input_tokens": 50}})  # fmt: skip
    usage = tally.add({"output_tokens": 9, "server_tool_use": {"web_search_requests": 1},
                       "cache_creation": None})  # fmt: skip
    assert usage == Usage(3, None, 50, 9, None, details={"cache_write_1h": 50, "searches": 1})


def test_the_published_anthropic_answer_has_no_details():
    usage = anthropic(sample_json("anthropic/messages.response.json")["usage"])
    assert usage is not None
    assert usage.details == {}


MODAL = [{"modality": "TEXT", "tokenCount": 60}, {"modality": "AUDIO", "tokenCount": 40}]


def test_gemini_counts_by_modality_and_the_cached_part_stands_apart():
    usage = gemini({
        "usageMetadata": {
            "promptTokenCount": 100, "cachedContentTokenCount": 30, "candidatesTokenCount": 9,
            "promptTokensDetails": MODAL,
            "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 30}],
            "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 9}],
            "serviceTier": "PRIORITY",
        }
    })  # fmt: skip
    assert usage is not None
    assert usage.details == {
        "input_audio": 10, "cache_read_audio": 30, "output_image": 9, "priority": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("model", "searches"), [("gemini-2.5-pro", 1), ("gemini-3.8-flash", 3)])
def test_older_gemini_bills_a_grounded_answer_and_newer_each_query(model, searches):
    usage = gemini({
        "usageMetadata": {"promptTokenCount": 1}, "modelVersion": model,
        "candidates": [{"groundingMetadata": {"webSearchQueries": ["a", "b", "c"]}},
                       {"groundingMetadata": {"webSearchQueries": []}}, {"groundingMetadata": 3}],
    })  # fmt: skip
    assert usage is not None
    assert usage.details == {"searches": searches}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from([
    "prompt_tokens_details", "audio_tokens", "cached_tokens_details", "server_tool_use",
    "web_search_requests", "cache_creation", "ephemeral_1h_input_tokens", "service_tier",
    "promptTokensDetails", "seconds", "output", "duration", "usage", "data", "input_tokens",
])  # fmt: skip


@given(
    st.dictionaries(NAMES, JSON_VALUES | st.dictionaries(NAMES, JSON_VALUES, max_size=3)),
    st.dictionaries(NAMES, JSON_VALUES),
)
def test_whatever_is_stated_counts_are_numbers_that_a_column_holds(answer, stated):
    found = [
        details.of_openai(answer, stated),
        details.of_anthropic(stated),
        details.of_gemini(stated),
    ]
    for wire in (media.SPEECH, "openai.audio.transcriptions", "openai.images.generations"):
        usage = media.read(wire, answer)
        found += [dict(usage.details)] if usage else []
    assert all(0 < number < 2**31 for one in found for number in one.values())


# --- pictures, sound, speech ---------------------------------------------------------------


def test_pictures_are_counted_and_their_tokens_are_of_pictures():
    answer = {
        "data": [{"b64_json": "…"}, {"b64_json": "…"}],
        "usage": {"input_tokens": 60, "output_tokens": 2112, "total_tokens": 2172,
                  "input_tokens_details": {"text_tokens": 10, "image_tokens": 50}},
    }  # fmt: skip
    usage = media.read("openai.images.edits", answer)
    parts = {"input_image": 50, "output_image": 2112, "images": 2}
    assert usage == Usage(60, None, None, 2112, None, details=parts)


def test_pictures_with_words_beside_them_say_which_is_which():
    usage = media.read("openai.images.generations", {
        "data": [{}],
        "usage": {"input_tokens": 6, "output_tokens": 1100,
                  "output_tokens_details": {"image_tokens": 1056, "text_tokens": 44}},
    })  # fmt: skip
    assert usage is not None
    assert usage.details == {"output_image": 1056, "images": 1}


def test_pictures_without_usage_are_counted_all_the_same():
    assert media.read("openai.images.generations", {"data": [{}, {}, {}]}) == Usage(
        details={"images": 3}
    )
    assert media.read("openai.images.generations", {"created": 1}) is None


SOUND = [
    ({"text": "Hi.", "usage": {"type": "duration", "seconds": 8.2}}, {"seconds": 9}),
    ({"text": "Hi.", "duration": 8.47}, {"seconds": 9}),
    ({"text": "Hi.", "duration": 8}, {"seconds": 8}),
    ({"text": "Hi.", "usage": {"seconds": "8"}}, None),
    ({"text": "Hi.", "duration": -1}, None),
    ({"text": "Hi.", "duration": float("nan")}, None),
    ({"text": "Hi."}, None),
]


@pytest.mark.parametrize(("answer", "found"), SOUND)
def test_a_transcription_is_as_long_as_its_sound(answer, found):
    usage = media.read("openai.audio.transcriptions", answer)
    assert usage == (None if found is None else Usage(details=found))


def test_a_transcription_may_be_counted_in_tokens():
    usage = media.read("openai.audio.transcriptions", {
        "text": "Hi.",
        "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 45,
                  "input_token_details": {"text_tokens": 4, "audio_tokens": 10}},
    })  # fmt: skip
    assert usage == Usage(14, None, None, 45, None, details={"input_audio": 10})


def test_speech_is_counted_by_what_is_to_be_said():
    assert media.asked(media.SPEECH, {"input": "Halo, dunia."}) == Usage(details={"characters": 12})
    assert media.asked(media.SPEECH, {"input": 3}) is None
    assert media.asked("openai.images.generations", {"input": "x"}) is None


def test_a_stream_of_pictures_states_its_usage_last():
    event = {"type": "image_generation.completed", "b64_json": "A" * 40_000,
             "usage": {"input_tokens": 5, "output_tokens": 80}}  # fmt: skip
    tail = f"data: {json.dumps(event)}\n\n".encode()[-media.TAIL :]
    assert media.ended("openai.images.generations", tail) == Usage(
        5, None, None, 80, None, details={"output_image": 80}
    )


@pytest.mark.parametrize(
    "tail", [b"", b'"usage"', b'"usage": {', b'"usage": 3', b'"usage": ' + b"[" * 9000, b"\xff"]
)
def test_an_end_that_states_nothing_has_no_usage(tail):
    assert media.ended("openai.audio.transcriptions", tail) is None
    assert media.ended("openai.moderations", b'"usage": {"prompt_tokens": 1}') is None
