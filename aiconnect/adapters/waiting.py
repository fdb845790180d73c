"""How long a provider asks to wait, from headers or words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from aiconnect import clock
from aiconnect.adapters.values import moment

LONGEST = 7 * 24 * 3600.0
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(ms|s|m|h|d)")
_WORDS = re.compile(r"(?i)(?:try again|retry) in (?P<time>(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+)")
_EPOCH_MS = re.compile(r"[12]\d{12}")
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,12})?")


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
