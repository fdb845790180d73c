"""How long a provider asks to wait, and what it still allows, from headers or words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from aiconnect import clock
from aiconnect.adapters.values import moment

LONGEST = 7 * 24 * 3600.0
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h|d)")
_WORDS = re.compile(r"(?i)(?:try again|retry) in (?P<time>(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)")
_EPOCH_MS = re.compile(r"[12]\d{12}")
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,12})?")
_EPOCH = re.compile(r"[12]\d{9}(?:\d{3})?")  # in seconds or milliseconds


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a provider still allows, by the headers of one answer; None where they do not say.

    `resets_in` is seconds until all that is used up starts anew, or else until the first limit
    does; `asked` is how many seconds the provider asks to wait.
    """

    requests_left: int | None = None
    tokens_left: int | None = None
    resets_in: float | None = None
    asked: float | None = None

    @property
    def wait(self) -> float:
        """Seconds before which another call would be refused."""
        if self.asked is not None:
            return self.asked
        is_used_up = self.requests_left == 0 or self.tokens_left == 0
        return self.resets_in or 0.0 if is_used_up else 0.0


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """What the headers of an answer say about limits; None where they say nothing.

    Reads `x-ratelimit-remaining-…` with its `-reset-…` (OpenAI, Azure, Groq, xAI; with `-minute`
    or `-day` at the end Cerebras and Mistral; bare OpenRouter), `x-tokenlimit-…` (Together) and
    `anthropic-ratelimit-…-remaining`, by the providers' pages on limits, 2026-11; resets are
    durations, seconds, moments in RFC 3339, or times since 1970.
    """
    named = [name for name in headers if "remaining" in name and "limit-" in name]
    asks = "retry-after" in headers or "retry-after-ms" in headers
    if not named and not asks:
        return None
    asked = retry_after({name: headers.get(name, "") for name in _ASKING}) if asks else None
    left = [found for name in named if (found := _left(headers, name))]
    if not left and asked is None:
        return None
    resets = [(one.left, one.resets_in) for one in left if one.resets_in is not None]
    used_up = [resets_in for left, resets_in in resets if not left]
    return Allowance(
        min((one.left for one in left if not one.is_tokens), default=None),
        min((one.left for one in left if one.is_tokens), default=None),
        max(used_up) if used_up else min((resets_in for _, resets_in in resets), default=None),
        asked,
    )


_ASKING = ("retry-after-ms", "retry-after")


class _Left(NamedTuple):
    """What is left of one limit, and in how many seconds it starts anew."""

    is_tokens: bool
    left: int
    resets_in: float | None


def _left(headers: Mapping[str, str], name: str) -> _Left | None:
    value = headers[name].strip()
    if "priority" in name or not _NUMBER.fullmatch(value):
        return None  # what is bought as priority is used first, then the usual limits hold
    reset = headers.get(name.replace("remaining", "reset"), "")
    return _Left("token" in name, int(float(value)), _resets_in(reset, headers))


def _resets_in(reset: str, headers: Mapping[str, str]) -> float | None:
    reset = reset.strip()
    if _EPOCH.fullmatch(reset):
        at: datetime | None = clock.from_ms(int(reset.ljust(13, "0")))
    else:
        wait = seconds(reset)
        if wait is not None:
            return _bounded(wait)
        at = moment(reset)
    return None if at is None else _bounded((at - _answered_at(headers)).total_seconds())


def _answered_at(headers: Mapping[str, str]) -> datetime:
    """The provider's own time: its clock and ours may differ by more than a wait."""
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError, OverflowError):
        return clock.now()
    return date if date.tzinfo is not None else clock.now()


def retry_after(
    headers: Mapping[str, str],
    message: str = "",
    *,
    stated: float | None = None,
    until: datetime | None = None,
) -> float | None:
    """Seconds to wait, from the first place that names them; None where none does.

    `stated` is what the body says in a field, `until` when a limit starts anew.
    """
    milliseconds = seconds(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return _bounded(milliseconds / 1000)
    given = headers.get("retry-after", "")
    left = None if until is None else (until - clock.now()).total_seconds()
    waits = (seconds(given), _until(given), stated, _said(message), _reset(headers), left)
    return next((_bounded(wait) for wait in waits if wait is not None), None)


def resets_at(headers: Mapping[str, str]) -> datetime | None:
    """When a limit that is used up starts anew, where the headers name a moment.

    Anthropic's in RFC 3339 (one of several limits); OpenRouter's in milliseconds since 1970.
    """
    for what in ("requests", "tokens", "input-tokens", "output-tokens"):
        if headers.get(f"anthropic-ratelimit-{what}-remaining", "").strip() == "0":
            return moment(headers.get(f"anthropic-ratelimit-{what}-reset"))
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining", "").strip() == "0" and _EPOCH_MS.fullmatch(reset):
        return clock.from_ms(int(reset))
    return None


def seconds(value: str) -> float | None:
    """A bare number of seconds, or a duration such as 120ms, 1.4s, 6m0s, 1h2m3s."""
    value = value.strip().lower()
    if _NUMBER.fullmatch(value):
        return float(value)
    if not value or _DURATION.sub("", value):
        return None
    return sum(float(number) * SECONDS[unit] for number, unit in _DURATION.findall(value))


def _until(date: str) -> float | None:
    try:
        return (parsedate_to_datetime(date) - clock.now()).total_seconds()
    except (TypeError, ValueError, OverflowError):  # no date, or one without a zone
        return None


def _said(message: str) -> float | None:
    found = _WORDS.search(message)
    return seconds(found["time"]) if found else None


def _reset(headers: Mapping[str, str]) -> float | None:
    """When the limit that is used up starts anew."""
    for what in ("requests", "tokens"):
        if headers.get(f"x-ratelimit-remaining-{what}", "").strip() == "0":
            return seconds(headers.get(f"x-ratelimit-reset-{what}", ""))
    return None


def _bounded(wait: float) -> float:
    return min(max(wait, 0.0), LONGEST)
