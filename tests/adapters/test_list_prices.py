"""What lists of models say that their models cost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiconnect.adapters import cards, list_prices
from aiconnect.providers import PROVIDERS

SAMPLES = Path(__file__).parent.parent / "samples"


def of_sample(path: str, shape: str) -> dict[str, object]:
    listed = cards.read_list(json.loads((SAMPLES / path).read_bytes())) or []
    found = list_prices.priced(cards.cards(listed), listed, shape)
    return {card.id: card.price for card in found}


def test_openrouter_states_dollars_for_a_token() -> None:
    prices = of_sample("openrouter/models.json", "per_token")
    assert next(iter(prices.values())) == {
        "input": 4 * 10**9, "output": 20 * 10**9, "cache_read": 2 * 10**8, "cache_write": 5 * 10**9,
        "cache_write_1h": 8 * 10**9, "searches": 10**13,
    }  # fmt: skip
    assert list(prices.values())[1] == {"input": 0, "output": 0}


def test_together_and_deepinfra_state_dollars_for_a_million() -> None:
    together = of_sample("others/together.models.json", "per_million")
    assert next(iter(together.values())) == {"input": 150_000_000, "output": 600_000_000}
    deepinfra = of_sample("others/deepinfra.models.json", "in_metadata")
    assert next(iter(deepinfra.values())) == {"input": 90_000_000, "output": 450_000_000}


def backing(*prices: object, status: str = "live") -> dict[str, object]:
    return {"providers": [{"status": status, "pricing": one} for one in prices]}


def test_a_router_has_one_price_where_all_behind_it_state_the_same() -> None:
    one, other = {"input": 0.15, "output": 0.6}, {"input": 0.2, "output": 0.6}
    same = {"input": 150_000_000, "output": 600_000_000}
    assert list_prices.of_providers(backing(one, one)) == same
    assert list_prices.of_providers(backing(one, other)) is None
    assert list_prices.of_providers(backing(one, None)) is None
    assert list_prices.of_providers(backing(one, status="down")) is None
    assert list_prices.of_providers({}) is None


def test_xai_states_cents_for_a_hundred_million() -> None:
    entry = json.loads((SAMPLES / "xai/language-models.json").read_bytes())["models"][0]
    assert list_prices.of_xai(entry) == {
        "input": 2 * 10**9, "output": 6 * 10**9, "cache_read": 5 * 10**8, "input_image": 2 * 10**9,
    }  # fmt: skip


@pytest.mark.parametrize(
    "pricing",
    [None, [], "free", {}, {"prompt": "1"}, {"prompt": "-1", "completion": "-1"},
     {"prompt": "nan", "completion": "1"}, {"prompt": True, "completion": "1"},
     {"prompt": "2", "completion": "1"}, {"prompt": "1e9", "completion": "1"},
     {"prompt": "0.1", "completion": "0.1", "overrides": [{"min_prompt_tokens": 5}]}],
)  # fmt: skip
def test_what_is_no_one_price_is_none(pricing: object) -> None:
    assert list_prices.per_token({"pricing": pricing}) is None


def test_a_price_for_a_call_is_read() -> None:
    stated = {"prompt": "0", "completion": "0", "request": "0.005"}
    assert list_prices.per_token({"pricing": stated}) == {
        "input": 0, "output": 0, "per_call": 5_000_000,
    }  # fmt: skip


def test_rows_name_shapes_that_there_are() -> None:
    named = {row.slug: row.list_prices for row in PROVIDERS.values() if row.list_prices}
    assert set(named) == {"openrouter", "together", "deepinfra", "huggingface"}
    assert set(named.values()) <= set(list_prices.SHAPES)
