"""Whether a file is a sane table of prices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from aiconnect.errors import N_, Refused
from aiconnect.services.price_updates import costly
from aiconnect.services.pricing import tables

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

DEAREST = Decimal(1_000_000)
"""USD for a million of anything: nothing costs as much."""

LONGEST_PATTERN = 1000
LONGEST_NAME = 200


def judge(content: bytes) -> list[Provider]:
    """The providers of a table; raises Refused for what is none, or has absurd prices in it."""
    try:
        providers = tables.read(content)
    except Exception:  # noqa: BLE001 (a library reads it, which never thought of such files)
        raise Refused(
            N_("What came is no table of prices, so nothing was taken over. Check price-url.")
        ) from None
    models = [(provider, model) for provider in providers for model in provider.models]
    if not models or len({one.id for one in providers}) != len(providers):
        raise Refused(N_("What came has no prices in it, or a provider twice; nothing was taken."))
    for provider in providers:
        _check_pattern(provider.api_pattern, provider.id)
    for provider, model in models:
        _check(model, f"{provider.id}/{model.id}")
    return providers


def _check(model: ModelInfo, name: str) -> None:
    if len(model.id) > LONGEST_NAME:
        raise _absurd(name[:LONGEST_NAME])
    for text in _patterns(model.match):
        _check_pattern(text, name)
    for price in _prices(model):
        for amount in _amounts(price):
            if not amount.is_finite() or not 0 <= amount <= DEAREST:
                raise _absurd(name)


def _check_pattern(text: str, name: str) -> None:
    if len(text) > LONGEST_PATTERN:
        raise _absurd(name)
    try:
        re.compile(text)
        is_fit = not costly.is_costly(text)
    except (re.error, RecursionError, OverflowError):
        is_fit = False
    if not is_fit:
        raise _absurd(name)


def _patterns(match: object) -> Iterator[str]:
    """The regular expressions among the rules of a model's name."""
    inner: Iterable[object] = getattr(match, "or_", None) or getattr(match, "and_", None) or ()
    for one in inner:
        yield from _patterns(one)
    regex = getattr(match, "regex", None)
    if isinstance(regex, str):
        yield regex


def _prices(model: ModelInfo) -> Iterator[ModelPrice]:
    if isinstance(model.prices, list):
        yield from (one.prices for one in model.prices)
    else:
        yield model.prices
    yield from (one.prices for one in model.price_variants or ())


def _amounts(price: ModelPrice) -> Iterator[Decimal]:
    for value in vars(price).values():
        if isinstance(value, Decimal):
            yield value
        elif value is not None:
            yield value.base
            yield from (tier.price for tier in value.tiers)


def _absurd(name: str) -> Refused:
    sentence = N_("What came says of %(model)s what cannot be, so nothing was taken over.")
    return Refused(sentence, model=name)
