"""The contract of a provider row."""

from __future__ import annotations

import json
import logging
import re

import pytest

from aiconnect.adapters.openai import read_usage
from aiconnect.errors import ProviderError
from aiconnect.services import findings
from tests.contract.conftest import MARKER

MOODS = {
    "refuse_key": {"key_refused"},
    "no_credit": {"no_credit"},
    "limit": {"rate_limited"},
    "not_found": {"model_not_found"},
    "too_long": {"too_long"},
    "overload": {"provider_down"},
    "error_with_200": {"provider_down", "unknown_answer"},
    "html_error": {"provider_down"},
    "empty": {"unknown_answer"},
    "malformed": {"unknown_answer"},
    "reject_stream_options": {"request_refused"},
}
BREAKS = {
    "stall": "silent",
    "hang_up": "reset",
    "redirect": "redirected",
    "cut_after": "broke",
    "go_silent_after": "silent",
}


def test_models_are_listed_and_their_ids_are_unique(spoken):
    cards = spoken.client.models(spoken.target).cards
    assert cards
    assert len({card.id for card in cards}) == len(cards)
    assert {"chat"} <= {card.type for card in cards}


def test_a_list_of_thousands_is_read(spoken):
    ids = [f"model-{n}" for n in range(3000)]
    spoken.fake.serve_models(ids)
    assert [card.id for card in spoken.client.models(spoken.target).cards] == ids


def test_an_answer_has_text_a_finish_and_usage(spoken):
    spoken.fake.answer("It works.", prompt=20, completion=7)
    answer = json.loads(spoken.chat().body)
    usage = read_usage(answer)
    assert answer["choices"][0]["message"]["content"] == "It works."
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert usage is not None
    assert ((usage.input or 0) + (usage.cache_read or 0), usage.output) == (20, 7)


@pytest.mark.parametrize("mood", MOODS)
def test_each_refusal_has_its_code(spoken, mood):
    getattr(spoken.fake, mood)()
    reply = spoken.chat(stream_options={"include_usage": True})
    bad = spoken.adapter.answers_badly(reply)
    assert bad is not None
    assert bad.code in MOODS[mood]


def test_a_limit_keeps_its_wait(spoken):
    spoken.fake.limit(retry_after=7)
    assert spoken.adapter.failure(spoken.chat()).retry_after == 7


@pytest.mark.parametrize("mood", BREAKS)
def test_each_break_has_its_code(spoken, mood):
    getattr(spoken.fake, mood)()
    with pytest.raises(ProviderError) as failure:
        spoken.chat()
    assert failure.value.code == BREAKS[mood]


@pytest.mark.parametrize("mood", ["refuse_key", "limit", "stall", "hang_up", "redirect", "empty"])
def test_what_a_listing_finds_is_worded(spoken, mood):
    getattr(spoken.fake, mood)()
    with pytest.raises(ProviderError) as failure:
        spoken.client.models(spoken.target)
    finding = failure.value.finding
    assert finding.code in findings.FINDINGS
    assert findings.word(finding.code, finding.facts).title


@pytest.mark.parametrize("mood", [*MOODS, *BREAKS])
def test_the_secret_is_in_no_error_repr_or_log(spoken, mood, caplog):
    caplog.set_level(logging.DEBUG)
    getattr(spoken.fake, mood)()
    seen = [repr(spoken.target), repr(spoken.adapter.chat_call(spoken.target))]
    for ask in (spoken.chat, lambda: spoken.client.models(spoken.target)):
        try:
            seen.append(repr(ask()))
        except ProviderError as error:
            seen += [
                repr(error),
                str(error.finding),
                repr(error.__context__),
                repr(error.__cause__),
            ]
    assert spoken.fake.last.headers["authorization"] == f"Bearer {MARKER}"
    assert MARKER not in "".join(seen) + caplog.text


def test_a_provider_that_repeats_the_key_is_not_repeated(spoken):
    spoken.fake.refuse(403, {"error": {"message": f"The key {MARKER} may not."}})
    with pytest.raises(ProviderError) as failure:
        spoken.client.models(spoken.target)
    assert MARKER not in str(failure.value.finding)


@pytest.mark.parametrize("mood", ["stall", "huge"])
def test_giving_up_closes_the_providers_side(spoken, mood):
    getattr(spoken.fake, mood)()
    with pytest.raises(ProviderError):
        spoken.client.models(spoken.target)
    assert spoken.fake.hung_up.wait(5)
    spoken.fake.wait_until_idle()


def test_the_question_of_kind_is_asked_without_the_key(spoken):
    spoken.client.kind(spoken.target)
    assert spoken.fake.requests
    assert not any("authorization" in request.headers for request in spoken.fake.requests)


def test_a_row_says_what_a_form_needs(spoken):
    row = spoken.row
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.slug)
    assert row.docs_url.startswith("https://")
    assert not row.keys_url or row.keys_url.startswith("https://")
    assert row.has("api_key")
    assert row.has("url") or row.base_url
    assert all(field.label and field.hint for field in row.fields)
    assert [field.name for field in row.fields if field.is_secret] == ["api_key"]
    assert 1 <= len(row.mark) <= 2
    assert row.summary
    re.compile(row.key_form)
