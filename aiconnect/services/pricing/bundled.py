"""The table of genai-prices, as it is installed: no network, and loaded for the first question.

It takes 36 MB and a third of a second, so a server whose models are all its own never loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from aiconnect.services.pricing.reckoning import Price, Rates, nano

if TYPE_CHECKING:
    from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, Provider, TieredPrices

Rate: TypeAlias = "Decimal | TieredPrices | None"
MODELS = 4096
TOKENS = {
    "input_": "input_mtok", "output": "output_mtok", "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok", "reasoning": "output_reasoning_mtok",
}  # fmt: skip
PER_CALL = "requests_kcount"
"""What is priced here. Pictures, sound, searches and caches of an hour are not counted apart."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A price of the table, and whether it holds at a time; None: it always does."""

    price: Price | None
    holds: Callable[[datetime], bool] | None = None


def find(prices: str, base_url: str, model: str, at: datetime) -> Price | None:
    """The price of a provider's model at this time; None where the table knows none.

    `prices` is the provider's id in the table; "" looks for whose address `base_url` is.
    """
    listed = _listed(prices, "" if prices else base_url, model)
    for dated in listed:
        if dated.holds is None or dated.holds(at):
            return dated.price
    return listed[-1].price if listed else None


@lru_cache(maxsize=MODELS)
def _listed(prices: str, base_url: str, model: str) -> tuple[Dated, ...]:
    """The prices of a model, those that go first at the front."""
    provider = _provider(prices, base_url)
    if provider is None:
        return ()
    found = provider.find_model(model, all_providers=_providers())
    return () if found is None else _all(found)


@lru_cache(maxsize=MODELS)
def _provider(prices: str, base_url: str) -> Provider | None:
    from genai_prices import data_snapshot  # noqa: PLC0415 (heavy: see above)

    try:
        snapshot = data_snapshot.get_snapshot()
        return snapshot.find_provider(None, prices or None, base_url or None)
    except LookupError:
        return None


def _providers() -> list[Provider]:
    from genai_prices import data_snapshot  # noqa: PLC0415

    return data_snapshot.get_snapshot().providers


def _all(model: ModelInfo) -> tuple[Dated, ...]:
    if not isinstance(model.prices, list):
        return (Dated(_price(model.prices, "")),)
    return tuple(_dated(one) for one in reversed(model.prices))  # there the last one goes first


def _dated(one: ConditionalPrice) -> Dated:
    since = getattr(one.constraint, "start_date", "")
    holds = one.constraint.active if one.constraint else None
    return Dated(_price(one.prices, f" {since}" if since else ""), holds)


def _price(found: ModelPrice, since: str) -> Price | None:
    """None where something else than tokens is paid for; nothing at all is free of charge."""
    rates: Mapping[str, Rate] = {name: getattr(found, key) for name, key in TOKENS.items()}
    stated = [value for value in vars(found).values() if value is not None]
    if stated and rates["input_"] is None and rates["output"] is None:
        return None
    starts = {tier.start for rate in rates.values() for tier in getattr(rate, "tiers", ())}
    tiers = tuple((start, _rates(rates, start)) for start in sorted(starts, reverse=True))
    thousand = _at(getattr(found, PER_CALL), -1) or 0
    return Price(_version() + since, _rates(rates, -1), tiers, thousand // 1000)


def _rates(rates: Mapping[str, Rate], start: int) -> Rates:
    at = {name: _at(rate, start) for name, rate in rates.items()}
    return Rates.of(at.pop("input_"), at.pop("output"), **at)


def _at(rate: Rate, start: int) -> int | None:
    """Nano-dollars of a rate with more input than `start`."""
    if rate is None or isinstance(rate, Decimal):
        return None if rate is None else nano(rate)
    price = next((tier.price for tier in reversed(rate.tiers) if tier.start <= start), rate.base)
    return nano(price)


@lru_cache(maxsize=1)
def _version() -> str:
    from genai_prices import __version__  # noqa: PLC0415

    return f"genai-prices {__version__}"
