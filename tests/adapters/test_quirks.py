"""What hosts take otherwise than OpenAI does, as data of their rows."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters import quirks
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Quirk
from tests.adapters.openai_values import json_values

BODY = {
    "model": "x",
    "max_tokens": 5,
    "temperature": 0.5,
    "stream_options": {"include_usage": True, "other": 1},
    "messages": [{"role": "user", "name": "ada"}, {"role": "user"}, "odd"],
}


def changed(quirk: Quirk, body: dict[str, Any] = BODY) -> dict[str, Any]:
    return quirks.apply(body, [quirk], "x")[0]


def test_a_field_gets_another_name_in_its_place() -> None:
    found = changed(Quirk("max_tokens", to="max_completion_tokens"))
    assert list(found) == [
        "model", "max_completion_tokens", "temperature", "stream_options", "messages",
    ]  # fmt: skip
    assert found["max_completion_tokens"] == 5


def test_a_name_that_is_taken_wins_over_the_one_that_is_not_known() -> None:
    body = {"max_tokens": 5, "max_completion_tokens": 7}
    quirk = Quirk("max_tokens", to="max_completion_tokens")
    assert quirks.apply(body, [quirk], "x") == ({"max_completion_tokens": 7}, ())


def test_a_name_that_is_null_is_not_taken() -> None:
    body = {"max_tokens": 5, "max_completion_tokens": None}
    assert changed(Quirk("max_tokens", to="max_completion_tokens"), body) == {
        "max_completion_tokens": 5
    }


def test_what_is_left_out_is_named_once() -> None:
    found, dropped = quirks.apply(BODY, [Quirk("temperature", drop=True)] * 2, "x")
    assert "temperature" not in found
    assert dropped == ("temperature",)


def test_null_is_left_out_unnamed() -> None:
    assert quirks.apply({"a": None}, [Quirk("a", drop=True)], "x") == ({}, ())


def test_fields_within_fields_are_reached() -> None:
    inner = changed(Quirk("stream_options.include_usage", drop=True))["stream_options"]
    assert inner == {"other": 1}
    found, dropped = quirks.apply(BODY, [Quirk("messages[].name", drop=True)], "x")
    assert found["messages"] == [{"role": "user"}, {"role": "user"}, "odd"]
    assert dropped == ("messages[].name",)


@pytest.mark.parametrize(
    ("value", "fits"), [(0.5, 0.5), (-1, 0), (7, 2), (True, True), ("x", "x"), (None, None)]
)
def test_a_number_is_kept_within_bounds(value: Any, fits: Any) -> None:
    assert changed(Quirk("a", least=0, most=2), {"a": value}) == {"a": fits}


def test_it_holds_only_for_its_models() -> None:
    quirk = Quirk("temperature", drop=True, models=r"^o\d")
    assert "temperature" in quirks.apply(BODY, [quirk], "gpt-4o")[0]
    assert "temperature" not in quirks.apply(BODY, [quirk], "o3")[0]


def test_what_does_not_change_stays_the_same_value() -> None:
    found, _ = quirks.apply(BODY, [Quirk("messages[].frob", drop=True)], "x")
    assert found["messages"] is BODY["messages"]


def test_mistral_gets_ids_of_nine_letters_that_still_pair() -> None:
    body = {
        "messages": [
            {"tool_calls": [{"id": "call_a1"}, {"id": "abcDEF123"}, {"id": "\ud800"}]},
            {"tool_call_id": "call_a1"},
        ]
    }
    found, dropped = quirks.apply(body, PROVIDERS["mistral"].quirks, "mistral-large")
    ids = [call["id"] for call in found["messages"][0]["tool_calls"]]
    assert ids[0] == found["messages"][1]["tool_call_id"]
    assert ids[1] == "abcDEF123"
    assert all(re.fullmatch(r"[a-zA-Z0-9]{9}", one) for one in ids)
    assert dropped == ()


paths = st.sampled_from(
    ["a", "a.b", "a[].b", "a[].b[].c", "a.b[].c", "messages[].tool_calls[].id", "b"]
)
any_quirks = st.builds(
    Quirk,
    paths,
    to=st.sampled_from(["", "b", "z"]),
    drop=st.booleans(),
    least=st.none() | st.just(0.0),
    most=st.none() | st.just(1.0),
    letters=st.none() | st.just(9),
)
keys = st.sampled_from(["a", "b", "c", "messages", "tool_calls", "id"])
bodies = st.dictionaries(
    keys,
    st.recursive(
        json_values, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=6
    ),
)


@given(bodies, st.lists(any_quirks, max_size=4))
def test_any_body_comes_through_and_the_given_one_stays(
    body: dict[str, Any], found: list[Quirk]
) -> None:
    before = repr(copy.deepcopy(body))
    once, dropped = quirks.apply(body, found, "x")
    assert repr(body) == before
    assert isinstance(once, dict)
    assert set(dropped) <= {quirk.field for quirk in found}


@given(bodies)
def test_every_row_can_be_applied_to_anything(body: dict[str, Any]) -> None:
    for row in PROVIDERS.values():
        quirks.apply(body, row.quirks, "o3-mini")


REASONING = ["o1", "o3-mini", "gpt-5.4", "gpt-6-sol", "ft:gpt-5-mini:org::1"]
OTHERS = ["gpt-4o", "gpt-4.1-mini", "chatgpt-4o-latest", "gpt-5-chat-latest", "ft:gpt-4o:org::1"]


@pytest.mark.parametrize(("model", "reasons"), [(m, m in REASONING) for m in REASONING + OTHERS])
def test_openais_models_that_reason_take_no_sampling(model: str, reasons: bool) -> None:
    body = {"max_tokens": 5, "temperature": 0, "reasoning_effort": "low", "stop": ["x"]}
    found, _ = quirks.apply(body, PROVIDERS["openai"].quirks, model)
    assert ("temperature" not in found) == reasons
    assert ("max_completion_tokens" in found) == reasons
    assert ("reasoning_effort" in found) == reasons


@pytest.mark.parametrize(
    ("model", "left"),
    [
        ("grok-4.7", {"reasoning_effort"}),
        ("grok-4", set()),
        ("grok-4-0709", set()),
        ("grok-4.20-non-reasoning", {"stop", "reasoning_effort"}),
    ],
)
def test_groks_that_reason_take_no_stop(model: str, left: set[str]) -> None:
    body = {"stop": ["x"], "reasoning_effort": "low", "logit_bias": {"1": 1}}
    assert set(quirks.apply(body, PROVIDERS["xai"].quirks, model)[0]) == left


def test_every_quirk_says_what_it_does() -> None:
    """A quirk says one thing: another name, no place, a bound or a form."""
    for row in PROVIDERS.values():
        for quirk in row.quirks:
            said = [quirk.to, quirk.drop, quirk.least, quirk.most, quirk.letters]
            assert sum(bool(one) for one in said) >= 1, (row.slug, quirk)
            assert not (quirk.to and quirk.drop), (row.slug, quirk)
            re.compile(quirk.models)
