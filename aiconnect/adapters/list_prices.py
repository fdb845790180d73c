"""What lists of models say that their models cost, as nano-dollars for a million of a unit.

A price is {"input": …, "output": …, "cache_read": …, "cache_write": …, "reasoning": …,
"per_call": …} with what is said of these, and counts of `adapters.details` that have one of their
own. `per_call` is for one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, TypeAlias

from aiconnect.adapters import cards
from aiconnect.adapters.types import ModelCard
from aiconnect.adapters.values import amount, entries, mapping

Price: TypeAlias = dict[str, int]

NANO, MILLION = 10**9, 10**6
DEAREST = 10**15
"""A million dollars for a million tokens: nothing that is meant costs more."""

PER_TOKEN = {
    "prompt": "input", "completion": "output", "input_cache_read": "cache_read",
    "input_cache_write": "cache_write", "input_cache_write_1h": "cache_write_1h",
    "internal_reasoning": "reasoning", "audio": "input_audio", "image_token": "input_image",
    "audio_output": "output_audio", "web_search": "searches",
}  # fmt: skip
UNLESS_ZERO = {"reasoning", "cache_read", "cache_write", "cache_write_1h", "input_audio",
               "input_image", "output_audio", "searches"}  # fmt: skip
"""A nought stands there for nothing said: it costs what its counterpart does."""

XAI = {
    "prompt_text_token_price": "input", "completion_text_token_price": "output",
    "cached_prompt_text_token_price": "cache_read", "prompt_image_token_price": "input_image",
}  # fmt: skip
CENTS_PER_100_MILLION = Decimal(1) / 10_000


def per_token(entry: Mapping[str, Any]) -> Price | None:
    """OpenRouter's: USD for one token, as text (openrouter.ai/docs, models, 2026-11).

    One below 0 is that of a router which chooses among models. Where there are dearer prices for
    long prompts or some hours, nobody can say one price: then none is given.
    """
    stated = mapping(entry.get("pricing"))
    if entries(stated.get("overrides")):
        return None
    price = _read(stated, PER_TOKEN, MILLION)
    if price is None:
        return None
    call = amount(stated.get("request"))
    return price | ({"per_call": int(call * NANO)} if call is not None and call > 0 else {})


def per_million(entry: Mapping[str, Any]) -> Price | None:
    """Together's: USD for a million tokens (docs.together.ai, models, 2026-11)."""
    return _read(mapping(entry.get("pricing")), {"input": "input", "output": "output"}, 1)


def in_metadata(entry: Mapping[str, Any]) -> Price | None:
    """DeepInfra's: USD for a million tokens (deepinfra.com/docs, 2026-11)."""
    stated = mapping(mapping(entry.get("metadata")).get("pricing"))
    names = {"input_tokens": "input", "output_tokens": "output", "cache_read_tokens": "cache_read"}
    return _read(stated, names, 1)


def of_providers(entry: Mapping[str, Any]) -> Price | None:
    """The router of Hugging Face: one price only where all that serve the model state the same."""
    live = [one for one in entries(entry.get("providers")) if one.get("status") == "live"]
    found = [per_million(one) for one in live]
    return found[0] if found and all(one == found[0] for one in found) else None


def of_xai(entry: Mapping[str, Any]) -> Price | None:
    """xAI's: cents for 100 million tokens (docs.x.ai, language models, 2026-11)."""
    return _read(entry, XAI, CENTS_PER_100_MILLION)


SHAPES: Mapping[str, Callable[[Mapping[str, Any]], Price | None]] = MappingProxyType(
    {
        "per_token": per_token,
        "per_million": per_million,
        "in_metadata": in_metadata,
        "of_providers": of_providers,
    }
)
"""How a provider's row says that its list states prices."""


def priced(
    found: Iterable[ModelCard], listed: Iterable[Mapping[str, Any]], shape: str
) -> tuple[ModelCard, ...]:
    """The cards with what their entries say that they cost."""
    read = SHAPES.get(shape)
    if read is None:
        return tuple(found)
    prices: dict[str, Price | None] = {}
    for entry in listed:
        prices.setdefault(cards.model_id(entry), read(entry))
    return tuple(replace(card, price=prices.get(card.id)) for card in found)


def _read(stated: Mapping[str, Any], names: Mapping[str, str], unit: Decimal | int) -> Price | None:
    """None where input or output is not said, or one is below 0 or absurd."""
    price: Price = {}
    for theirs, ours in names.items():
        found = amount(stated.get(theirs))
        if found is None or (not found and ours in UNLESS_ZERO):
            continue
        nano = int((found * unit * NANO).to_integral_value())
        if not 0 <= nano <= DEAREST * (10_000 if ours == "searches" else 1):
            return None
        price[ours] = nano
    return price if "input" in price and "output" in price else None
