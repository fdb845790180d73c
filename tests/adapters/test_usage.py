"""Usage in disjoint parts, whoever states it and however."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters.openai import read_usage
from aiconnect.adapters.types import Usage
from tests.fakes.samples import sample, sample_json

STATED = [
    ("openai/chat.response.json", Usage(219, 1024, 0, 32, 64)),
    ("openai/chat.tools.response.json", Usage(121, 0, None, 22, 0)),
    ("lmstudio/v1.chat.response.json", Usage(24, None, None, 53, None)),
    ("llamacpp/chat.response.json", Usage(4, 20, None, 12, None, 221)),
    ("groq/chat.response.json", Usage(14, 64, None, 110, 120, 471)),
    ("others/cerebras.chat.response.json", Usage(24, 0, None, 12, None, 6)),
    ("others/deepseek.chat.response.json", Usage(0, 64, None, 9, 21)),
    ("xai/chat.response.json", Usage(26, 6, None, 9, 94)),
    ("openrouter/chat.response.json", Usage(94, 0, 100, 20, 40)),
    ("vllm/chat.response.json", Usage(24, None, None, 12, None)),
]


@pytest.mark.parametrize(("name", "usage"), STATED)
def test_a_whole_answer_states_its_usage(name, usage):
    found = read_usage(sample_json(name))
    assert found is not None
    assert replace(found, cost=None) == usage


@pytest.mark.parametrize(
    ("name", "usage"),
    [("openai/chat.stream.sse", Usage(9, 0, None, 2, 0)),
     ("ollama/v1.chat.stream.sse", Usage(26, None, None, 282, None)),
     ("llamacpp/chat.stream.sse", Usage(4, 20, None, 12, None, 221)),
     ("xai/chat.stream.sse", Usage(26, 6, None, 9, 94)),
     ("openrouter/chat.stream.sse", Usage(94, 0, 100, 20, 40))],
)  # fmt: skip
def test_the_last_chunk_of_a_stream_states_its_usage(name, usage):
    chunks = [
        json.loads(line[6:]) for line in sample(name).splitlines() if line.startswith("data: {")
    ]
    stated = [found for chunk in chunks if (found := read_usage(chunk))]
    assert [replace(found, cost=None) for found in stated] == [usage]


@pytest.mark.parametrize(
    "answer",
    [{}, {"usage": None}, {"usage": {}}, {"usage": []}, {"usage": "9"}, {"timings": None},
     {"usage": {"prompt_tokens": None}}, {"usage": {"prompt_tokens": "9"}}, {"x_groq": 3},
     {"usage": {"prompt_tokens": True}}, {"usage": {"completion_tokens": -4}},
     {"usage": {"completion_tokens": 10**30}}, {"usage": {"completion_tokens": 1.5}}],
)  # fmt: skip
def test_an_answer_that_states_none_has_none(answer):
    assert read_usage(answer) is None


def test_whole_numbers_may_be_written_with_a_point():
    assert read_usage({"usage": {"prompt_tokens": 3.0}}) == Usage(input=3)


def test_groq_states_it_in_a_place_of_its_own():
    answer = {"x_groq": {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}}
    assert read_usage(answer) == Usage(3, None, None, 4, None)


def test_timings_count_where_there_is_no_usage():
    answer = {"timings": {"cache_n": 20, "prompt_n": 4, "predicted_n": 12}}
    assert read_usage(answer) == Usage(4, 20, None, 12, None)


TIMES = [
    ({"timings": {"predicted_n": 5, "predicted_ms": 220.6}}, 221),
    ({"usage": {"prompt_tokens": 1, "completion_time": 0.4714}}, 471),
    ({"usage": {"prompt_tokens": 1}, "time_info": {"completion_time": 2}}, 2000),
    ({"usage": {"prompt_tokens": 1}, "timings": {"predicted_ms": 7}}, 7),
    ({"x_groq": {"usage": {"prompt_tokens": 1, "completion_time": 1.5}}}, 1500),
    ({"usage": {"prompt_tokens": 1, "completion_time": -1}}, None),
    ({"usage": {"prompt_tokens": 1, "completion_time": "2"}}, None),
    ({"usage": {"prompt_tokens": 1, "completion_time": True}}, None),
    ({"usage": {"prompt_tokens": 1, "completion_time": 1e300}}, None),
    ({"usage": {"prompt_tokens": 1, "completion_time": float("nan")}}, None),
    ({"usage": {"prompt_tokens": 1}, "time_info": 3}, None),
]


@pytest.mark.parametrize(("answer", "taken"), TIMES)
def test_the_time_that_the_output_took_is_the_providers_own(answer, taken):
    usage = read_usage(answer)
    assert usage is not None
    assert usage.generation_ms == taken


def test_groq_states_its_times_in_the_last_chunks_of_a_stream():
    chunks = [
        json.loads(line[6:])
        for line in sample("groq/chat.stream.sse").splitlines()
        if line.startswith("data: {")
    ]
    stated = [found for chunk in chunks if (found := read_usage(chunk))]
    assert stated == [Usage(14, 64, None, 110, 120, 471)] * 2


def test_deepseek_names_its_cache_in_another_way():
    counts = {"prompt_tokens": 10, "completion_tokens": 1, "prompt_cache_hit_tokens": 8}
    assert read_usage({"usage": counts}) == Usage(2, 8, None, 1, None)


def test_reasoning_that_stands_beside_the_completion_is_not_taken_from_it():
    counts = {"prompt_tokens": 5, "completion_tokens": 10, "total_tokens": 115,
              "completion_tokens_details": {"reasoning_tokens": 100}}  # fmt: skip
    assert read_usage({"usage": counts}) == Usage(5, None, None, 10, 100)


def test_parts_larger_than_the_whole_leave_nothing_of_it():
    counts = {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 9}}
    assert read_usage({"usage": counts}) == Usage(0, 9, None, None, None)


counts = st.integers(0, 10**6)


@given(counts, counts, counts, counts, counts)
def test_the_parts_add_up_to_what_was_stated(fresh, read, write, output, reasoning):
    prompt, completion = fresh + read + write, output + reasoning
    usage = read_usage({"usage": {
        "prompt_tokens": prompt, "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": write},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }})  # fmt: skip
    assert usage == Usage(fresh, read, write, output, reasoning)


COSTS = [
    ({"cost": 0.00197}, "0.00197"),
    ({"estimated_cost": 0.00031}, "0.00031"),
    ({"estimated_cost": -1}, None),
    ({"cost": "0.5"}, "0.5"),
    ({"cost": 0}, "0"),
    ({"cost": 0.01, "is_byok": False, "cost_details": {"upstream_inference_cost": 3}}, "0.01"),
    ({"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.3}}, "0.31"),
    ({"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": -1}}, "0.01"),
    ({"cost": {"total_cost": 0.0062, "request_cost": 0.006}}, "0.0062"),
    ({"cost_in_usd_ticks": 6_730_000}, "0.000673"),
    ({"cost_in_usd_ticks": 25 * 10**10}, "25"),
    ({"cost_in_usd_ticks": 10**30}, None),
    ({"cost_in_usd_ticks": -1}, None),
    ({"cost": -0.5}, None),
    ({"cost": {"total_cost": -2}}, None),
    ({"cost": 1e300}, None),
    ({"cost": float("nan")}, None),
    ({"cost": True}, None),
    ({"cost": "free"}, None),
    ({"cost": []}, None),
    ({}, None),
]


@pytest.mark.parametrize(("stated", "cost"), COSTS)
def test_what_a_provider_says_that_it_costs_is_dollars(stated, cost):
    usage = read_usage({"usage": {"prompt_tokens": 1, **stated}})
    assert usage is not None
    assert usage.cost == (None if cost is None else Decimal(cost))


@pytest.mark.parametrize(
    ("name", "cost"),
    [("openrouter/chat.response.json", "0.00197"), ("xai/chat.response.json", "0.000673"),
     ("others/perplexity.chat.response.json", "0.0062"), ("openai/chat.response.json", None)],
)  # fmt: skip
def test_the_cost_of_a_whole_answer_is_read_where_it_is_stated(name, cost):
    usage = read_usage(sample_json(name))
    assert usage is not None
    assert usage.cost == (None if cost is None else Decimal(cost))
