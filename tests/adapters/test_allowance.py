"""What the rate-limit headers of providers say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect import clock
from aiconnect.adapters.waiting import LONGEST, Allowance, allowance
from tests.fakes.samples import sample

NOON = datetime(2026, 11, 22, 12, 40, 0, tzinfo=UTC)
DATE = {"date": format_datetime(NOON, usegmt=True)}


def sampled(name: str) -> dict[str, str]:
    """The sample's headers as an answer of status 200 carries them."""
    lines = sample(f"{name}/headers.ratelimit.txt").splitlines()
    read = dict(line.split(": ", 1) for line in lines)
    return {key: value for key, value in read.items() if not key.startswith("retry-after")} | DATE


@pytest.mark.parametrize(
    ("name", "requests", "tokens", "resets_in"),
    [("openai", 499, 28800, 0.12), ("groq", 14370, 17997, 7.66), ("anthropic", 999, 16000, 59)],
)
def test_samples_say_what_is_left(name, requests, tokens, resets_in):
    found = allowance(sampled(name))
    assert (found.requests_left, found.tokens_left) == (requests, tokens)
    assert found.resets_in == pytest.approx(resets_in)
    assert found.wait == 0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "12"}, Allowance(asked=12)),
        ({"retry-after": "2", "retry-after-ms": "1400"}, Allowance(asked=1.4)),
        (
            {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"},
            Allowance(0, None, 360),
        ),
        (
            {
                "x-ratelimit-remaining-requests-day": "99", "x-ratelimit-reset-requests-day": "3e4",
                "x-ratelimit-remaining-tokens-minute": "0",
                "x-ratelimit-reset-tokens-minute": "11.382867",
            },
            Allowance(99, 0, 11.382867),
        ),
        (
            {"x-ratelimit-remaining-req-minute": "59", "x-ratelimit-remaining-tokens-minute": "7"},
            Allowance(59, 7),
        ),
        (
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795351203000"},
            Allowance(0, None, 3),
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795351203"}, Allowance(0, None, 3)),
        ({"x-ratelimit-remaining": "5", "x-tokenlimit-remaining": "9"}, Allowance(5, 9)),
        (
            {
                "anthropic-ratelimit-tokens-remaining": "0",
                "anthropic-ratelimit-tokens-reset": "2026-11-22T12:40:04Z",
                "anthropic-ratelimit-input-tokens-remaining": "0",
                "anthropic-ratelimit-input-tokens-reset": "2026-11-22T12:40:02Z",
                "anthropic-ratelimit-priority-input-tokens-remaining": "0",
                "anthropic-ratelimit-priority-input-tokens-reset": "2026-11-22T13:00:00Z",
            },
            Allowance(None, 0, 4),
        ),
        ({"content-type": "text/event-stream", "x-request-id": "1"}, None),
        ({"x-ratelimit-remaining-requests": "many"}, None),
        ({"x-ratelimit-remaining-requests": "-1"}, None),
        ({"x-ratelimit-limit-requests": "5"}, None),
    ],
    ids=str,
)  # fmt: skip
def test_every_way_of_saying_it_is_read(headers, expected):
    assert allowance(headers | DATE) == expected


def test_what_is_used_up_says_how_long_to_wait():
    left = {"x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "9h"}
    used = {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2.5s"}
    assert allowance(left | used).wait == 2.5
    assert allowance(left).wait == 0


def test_without_a_date_our_own_clock_counts():
    later = clock.iso(clock.now() + timedelta(seconds=30))
    headers = {
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": later,
    }
    assert allowance(headers).wait == pytest.approx(30, abs=2)


def test_a_date_without_a_zone_is_not_compared_with():
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795351203"}
    assert allowance(headers | {"date": "Sun, 22 Nov 2026 12:40:00 -0000"}) is not None


NAMES = st.sampled_from([
    "date", "retry-after", "retry-after-ms", "x-ratelimit-remaining", "x-ratelimit-reset",
    "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-tokens", "anthropic-ratelimit-tokens-remaining",
    "anthropic-ratelimit-tokens-reset",
])  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(ms|s|m|h|d)?", fullmatch=True),
    st.sampled_from(["0", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "²", "1e309"]),
)


@given(st.dictionaries(NAMES, VALUES))
def test_any_headers_give_numbers_that_make_sense(headers):
    found = allowance(headers)
    if found is not None:
        assert 0 <= found.wait <= LONGEST
        assert (found.requests_left or 0) >= 0
        assert (found.tokens_left or 0) >= 0
