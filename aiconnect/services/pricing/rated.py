"""From a price as genai-prices writes it to ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
DETAILS: Mapping[str, tuple[str, ...]] = {
    "input_audio": ("input_audio_mtok",), "input_image": ("input_image_mtok",),
    "input_video": ("input_video_mtok",), "cache_read_audio": ("cache_audio_read_mtok",),
    "cache_read_image": ("cache_image_read_mtok",), "cache_write_1h": ("cache_write_1h_mtok",),
    "output_audio": ("output_audio_mtok",), "output_image": ("output_image_mtok",),
    "output_video": ("output_video_mtok",), "characters": ("input_mchars",),
    "seconds": ("input_audio_hours", "audio_hours"), "searches": ("web_searches_kcount",),
}  # fmt: skip
"""The keys of what stands beside the tokens: for each the first one that is there."""

THOUSANDS = frozenset({"searches"})
"""Priced for a thousand there, for a million here."""

PER_CALL = "requests_kcount"


def price_of(found: ModelPrice, source: str) -> Price | None:
    """None where what is paid for is not counted here; nothing at all is free of charge."""
    rates = {name: getattr(found, key) for name, key in TOKENS.items()}
    beside = dict(_beside(found))
    stated = [value for value in vars(found).values() if value is not None]
    if stated and not beside and rates["input"] is None and rates["output"] is None:
        return None
    every = {**rates, **beside}
    starts = {tier.start for rate in every.values() for tier in getattr(rate, "tiers", ())}
    tiers = tuple((start, _rates(rates, beside, start)) for start in sorted(starts, reverse=True))
    thousand = _at(getattr(found, PER_CALL), -1) or 0
    return Price(source, _rates(rates, beside, -1), tiers, thousand // 1000)


def _beside(found: ModelPrice) -> Iterator[tuple[str, Rate]]:
    for name, keys in DETAILS.items():
        stated = [rate for key in keys if (rate := getattr(found, key)) is not None]
        if stated:
            yield name, stated[0]


def _rates(rates: Mapping[str, Rate], beside: Mapping[str, Rate], start: int) -> Rates:
    at = {name: _at(rate, start) for name, rate in rates.items()}
    return Rates.of(
        at["input"],
        at["output"],
        cache_read=at["cache_read"],
        cache_write=at["cache_write"],
        reasoning=at["reasoning"],
        details=tuple(_details(beside, start)),
    )


def _details(beside: Mapping[str, Rate], start: int) -> Iterator[tuple[str, int]]:
    for name, rate in beside.items():
        yield name, (_at(rate, start) or 0) * (1000 if name in THOUSANDS else 1)


def _at(rate: Rate, start: int) -> int | None:
    """Nano-dollars of a rate with more input than `start`."""
    if rate is None or isinstance(rate, Decimal):
        return None if rate is None else nano(rate)
    price = next((tier.price for tier in reversed(rate.tiers) if tier.start <= start), rate.base)
    return nano(price)
