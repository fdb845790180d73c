"""What calls cost, worked out by hand from the providers' prices.

Each line of costs.jsonl is a call: the provider's row and the model, when it began, what the answer
stated in the provider's own words (`openai`, `anthropic`, `gemini`, `ollama`, or what an endpoint
for pictures and sound was asked and answered), how the cost was worked out, and what it comes to
in nano-dollars. `how` is arithmetic in USD, its rates typed by hand as genai-prices 0.2.3 has them
from the providers' price pages: `500 x 2` is so many tokens (or characters) at so many USD per
million, `3 x 10 a thousand` searches, `9 s x 0.36 an hour` sound, `0.012 a call`, and `stated 0.5`
what the provider said. Nothing here reads that table: it is what our reading of it is held against.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from aiconnect.adapters import media
from aiconnect.adapters.dialects.anthropic.usage import read_usage as read_anthropic
from aiconnect.adapters.dialects.gemini.answers import usage_of as read_gemini
from aiconnect.adapters.dialects.ollama.counts import read_usage as read_ollama
from aiconnect.adapters.types import Usage
from aiconnect.adapters.usage import read_usage as read_openai
from aiconnect.providers import PROVIDERS
from aiconnect.services.pricing import Book, Cost, Price, Rates, nano, settled
from aiconnect.services.pricing.book import Place
from aiconnect.services.pricing.own import History, OwnRow

Case = Mapping[str, Any]

CASES: list[Case] = [
    json.loads(line)
    for line in Path(__file__).with_name("costs.jsonl").read_text("utf-8").splitlines()
]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
AMOUNT = r"([0-9.]+)"
TERMS: tuple[tuple[str, Callable[..., Fraction]], ...] = (
    (rf"(\d+) s x {AMOUNT} an hour", lambda n, usd: Fraction(n) * Fraction(usd) / 3600),
    (rf"(\d+) x {AMOUNT} a thousand", lambda n, usd: Fraction(n) * Fraction(usd) / 1000),
    (rf"(\d+) x {AMOUNT}", lambda n, usd: Fraction(n) * Fraction(usd) / 10**6),
    (rf"{AMOUNT} a call", Fraction),
    (rf"stated {AMOUNT}", Fraction),
    (r"0", lambda: Fraction(0)),
)


def name(case: Case) -> str:
    number = CASES.index(case) + 1
    return f"{number}-{case['provider']}-{case['model']}"


def worked_out(how: str) -> int | None:
    """The arithmetic of `how`, in nano-dollars, rounded half up once."""
    if not how:
        return None
    total = sum((term(one.strip()) for one in how.split("+")), Fraction(0))
    return int((total * 10**9 + Fraction(1, 2)) // 1)


def term(words: str) -> Fraction:
    for pattern, value in TERMS:
        found = re.fullmatch(pattern, words)
        if found:
            return value(*found.groups())
    raise ValueError(words)


def used(case: Case) -> Usage | None:
    """What our readers make of what was stated."""
    if "wire" in case:
        answer = case["answer"]
        found = media.read(case["wire"], answer) if answer is not None else None
        return found or media.asked(case["wire"], case["body"] or {})
    readers = {
        "openai": read_openai, "anthropic": read_anthropic, "gemini": read_gemini,
        "ollama": read_ollama,
    }  # fmt: skip
    (dialect,) = readers.keys() & case.keys()
    return readers[dialect](case[dialect])


def book(case: Case) -> Book:
    """Prices as a team has them that has connected this provider as `work`."""
    row = PROVIDERS[case["provider"]]
    place = Place(row, case.get("url", row.base_url), case.get("flat_fee", False))
    own, listed = case.get("own"), case.get("list")
    histories = {own["name"]: History((own_row(own),))} if own else {}
    lists = {(1, case["model"]): price("list:work", listed)} if listed else {}
    return Book({1: place}, frozenset({"work", "other"}), histories, lists)


def own_row(stated: Mapping[str, str]) -> OwnRow:
    since = stated.get("since")
    begins = datetime.fromisoformat(since).replace(tzinfo=UTC) if since else LONG_AGO
    return OwnRow(stated["name"], begins, price("own:1", stated))


def price(source: str, stated: Mapping[str, str]) -> Price:
    parts = ("input", "output", "cache_read", "cache_write", "reasoning", "per_call")
    given = {part: nano(Decimal(stated[part])) for part in parts if part in stated}
    per_call = given.pop("per_call", 0)
    return Price(source, Rates.of(given.pop("input"), given.pop("output"), **given), (), per_call)


def cost(case: Case) -> Cost:
    """What the ledger would keep."""
    usage, row = used(case), PROVIDERS[case["provider"]]
    counts = usage and (
        usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning,
    )  # fmt: skip
    line = {
        "at": round(datetime.fromisoformat(case["at"]).timestamp() * 1000), "c": 1, "cn": "work",
        "m": case["model"], "u": counts and list(counts), "ud": usage and dict(usage.details),
        "es": case.get("estimated", False), "f": row.free,
        "sc": None if usage is None or usage.cost is None else str(usage.cost),
    }  # fmt: skip
    return settled(line, book(case))


@pytest.mark.parametrize("case", CASES, ids=name)
def test_it_costs_what_was_worked_out_by_hand(case: Case) -> None:
    found = cost(case)
    assert (found.nano, found.state) == (case["nano"], case["state"])


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_arithmetic_is_right(case: Case) -> None:
    assert worked_out(case["how"]) == case["nano"]


@pytest.mark.parametrize(
    "case", [one for one in CASES if one["how"].startswith("stated")], ids=name
)
def test_what_was_stated_is_never_reckoned(case: Case) -> None:
    assert cost(case).price == "provider"


def test_there_are_enough_of_every_kind() -> None:
    """At least 120, of every provider whose calls cost something, and of every state."""
    assert len(CASES) >= 120
    providers = Counter(case["provider"] for case in CASES)
    known = {row.slug for row in PROVIDERS.values() if row.prices or row.states_cost}
    assert known <= providers.keys()
    states = Counter(case["state"] for case in CASES)
    assert states.keys() == {"measured", "estimated", "unknown", "free", "notional"}
    details = {key for case in CASES for key in dict((used(case) or Usage()).details)}
    assert {"cache_write_1h", "input_audio", "output_image", "seconds", "characters", "searches",
            "batch", "flex", "priority", "fast"} <= details  # fmt: skip
