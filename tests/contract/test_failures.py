"""Each refusal and break has its kind, no secret is in it, and giving up closes both sides."""

from __future__ import annotations

import logging

import pytest

from aiconnect.errors import ProviderError
from aiconnect.services import findings
from tests.contract.conftest import MARKER, TEAM, Spoken

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
IN_A_LIST = ("no_credit", "limit", "overload", "html_error", "empty", "malformed", "hang_up",
             "redirect", "stall")  # fmt: skip


@pytest.mark.parametrize("mood", MOODS)
def test_each_refusal_has_its_code(spoken: Spoken, mood: str) -> None:
    reply = spoken.in_mood(mood).chat(stream_options={"include_usage": True})
    bad = spoken.adapter.answers_badly(reply)
    assert bad is not None
    assert bad.code in MOODS[mood]


def test_a_limit_keeps_its_wait(spoken: Spoken) -> None:
    spoken.fake.limit(retry_after=7)
    assert spoken.adapter.failure(spoken.chat()).retry_after == 7


@pytest.mark.parametrize("mood", BREAKS)
def test_each_break_has_its_code(spoken: Spoken, mood: str) -> None:
    with pytest.raises(ProviderError) as failure:
        spoken.in_mood(mood).chat()
    assert failure.value.code == BREAKS[mood]


@pytest.mark.parametrize("mood", IN_A_LIST)
def test_what_a_listing_finds_is_worded(spoken: Spoken, mood: str) -> None:
    with pytest.raises(ProviderError) as failure:
        spoken.in_mood(mood).list()
    finding = failure.value.finding
    assert finding.code in (MOODS.get(mood) or {BREAKS[mood]})
    assert finding.code in findings.FINDINGS
    assert findings.word(finding.code, finding.facts).title


def test_the_secret_is_in_no_error_repr_or_log(
    spoken: Spoken, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen = [repr(spoken.target), repr(spoken.adapter.chat_call(spoken.target))]
    for mood in (*MOODS, *BREAKS):
        spoken.fake.calm()
        seen += _attempts(spoken.in_mood(mood))
        assert MARKER in str(spoken.fake.last.headers)
    assert MARKER not in "".join(seen) + caplog.text
    assert TEAM not in "".join(seen) + caplog.text


def test_a_provider_that_repeats_the_key_is_not_repeated(spoken: Spoken) -> None:
    spoken.fake.refuse(403, {"error": {"message": f"The key {MARKER} of {TEAM} may not."}})
    with pytest.raises(ProviderError) as failure:
        spoken.list()
    assert MARKER not in str(failure.value.finding)
    assert TEAM not in str(failure.value.finding)


@pytest.mark.parametrize("mood", ["stall", "huge"])
def test_giving_up_closes_the_providers_side(spoken: Spoken, mood: str) -> None:
    with pytest.raises(ProviderError):
        spoken.in_mood(mood).list()
    assert spoken.fake.hung_up.wait(20)
    spoken.fake.wait_until_idle()


def _attempts(spoken: Spoken) -> list[str]:
    """What can be seen of a list, a proof and a chat that all fail."""
    seen: list[str] = []
    for ask in (spoken.list, lambda: spoken.client.prove(spoken.target), spoken.chat):
        try:
            seen.append(repr(ask()))
        except ProviderError as error:
            parts = (error, error.finding, error.__context__, error.__cause__)
            seen += [repr(part) for part in parts]
    return seen
