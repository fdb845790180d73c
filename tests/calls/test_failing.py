"""How a provider's failure is told to the program that called."""

from __future__ import annotations

import pytest

from aiconnect.adapters.chat import Failed
from aiconnect.adapters.types import Target
from aiconnect.calls.failing import call_error, said_in_stream
from aiconnect.calls.faults import REACHED
from aiconnect.calls.plan import Attempt
from aiconnect.calls.snapshot import Opened
from aiconnect.errors import ProviderError
from aiconnect.providers import PROVIDERS

ROW = PROVIDERS["openrouter"]
ATTEMPT = Attempt(Opened(1, "one", Target("one", ROW, ROW.base_url)), "m")


@pytest.mark.parametrize(
    ("code", "reason", "told"),
    [
        ("no_credit", "balance", "provider_no_credit"),
        ("no_credit", "in_flight", "provider_rate_limited"),
        ("key_refused", "", "provider_auth"),
        ("no_permission", "region", "provider_auth"),
        ("proxy_auth", "", "provider_unreachable"),
        ("refused", "", "provider_unreachable"),
        ("request_refused", "", "provider_refused"),
        ("request_refused", "unsupported", "cannot_carry"),
        ("content_refused", "moderation", "content_moderated"),
        ("content_refused", "filter", "content_filtered"),
        ("content_refused", "model", "model_refused"),
        ("content_refused", "", "content_filtered"),
    ],
)
def test_a_finding_has_its_code(code: str, reason: str, told: str) -> None:
    facts = {"reason": reason} if reason else {}
    assert call_error(ATTEMPT, ProviderError(code, facts=facts)).code == told


def test_a_refusal_of_content_says_what_was_flagged_and_for_whom() -> None:
    facts = {
        "reason": "moderation", "flagged": "violence", "upstream": "OpenAI", "detail": "Flagged.",
    }  # fmt: skip
    said = str(call_error(ATTEMPT, ProviderError("content_refused", facts=facts)))
    assert said.startswith("The router of one refused")
    assert said.endswith("Flagged. (violence, OpenAI)")


@pytest.mark.parametrize("kind", ["content_filter", "invalid_prompt", "refusal", "moderation"])
def test_a_refusal_in_a_stream_is_no_fault_of_the_provider(kind: str) -> None:
    found = said_in_stream(ATTEMPT, Failed("no", kind), ())
    assert found.code == "content_refused"
    assert call_error(ATTEMPT, found).code in REACHED


def test_what_stands_in_the_way_is_said_in_words_without_the_inside() -> None:
    facts = {"host": "10.0.0.7", "port": "11434"}
    said = str(call_error(ATTEMPT, ProviderError("refused", facts=facts)))
    assert "nothing answers at its address" in said
    assert "10.0.0.7" not in said


@pytest.mark.parametrize("kind", ["²", "²²²", "\u0664\u0660\u0661", "401", "4" * 5000, "-401", ""])
def test_any_code_of_an_error_in_a_stream_comes_to_a_finding(kind: str) -> None:
    assert said_in_stream(ATTEMPT, Failed("no", kind), ()).status in {200, 401, 444, 500}
