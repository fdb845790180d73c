"""From a price as genai-prices writes it to ours."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from aiconnect.services.pricing.reckoning import Price, Rates, nano

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice, TieredPrices

Rate: TypeAlias = "Decimal | TieredPrices | None"
TOKENS = {
    "input": "input_mtok", "output": "output_mtok", "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok", "reasoning": "output_reasoning_mtok",
}  # fmt: skip
PER_CALL = "requests_kcount"


def price_of(found: ModelPrice, source: str) -> Price | None:
    """None where something else than tokens is paid for; nothing at all is free of charge."""
    rates: Mapping[str, Rate] = {name: getattr(found, key) for name, key in TOKENS.items()}
    stated = [value for value in vars(found).values() if value is not None]
    if stated and rates["input"] is None and rates["output"] is None:
        return None
    starts = {tier.start for rate in rates.values() for tier in getattr(rate, "tiers", ())}
    tiers = tuple((start, _rates(rates, start)) for start in sorted(starts, reverse=True))
    thousand = _at(getattr(found, PER_CALL), -1) or 0
    return Price(source, _rates(rates, -1), tiers, thousand // 1000)


def _rates(rates: Mapping[str, Rate], start: int) -> Rates:
    at = {name: _at(rate, start) for name, rate in rates.items()}
    return Rates.of(
        at["input"],
        at["output"],
        cache_read=at["cache_read"],
        cache_write=at["cache_write"],
        reasoning=at["reasoning"],
    )


def _at(rate: Rate, start: int) -> int | None:
    """Nano-dollars of a rate with more input than `start`."""
    if rate is None or isinstance(rate, Decimal):
        return None if rate is None else nano(rate)
    price = next((tier.price for tier in reversed(rate.tiers) if tier.start <= start), rate.base)
    return nano(price)
