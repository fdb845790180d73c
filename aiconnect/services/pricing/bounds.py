"""The most that a call can cost at a price: what budgets set aside before it."""

from __future__ import annotations

from collections.abc import Iterable

from aiconnect.services.pricing.reckoning import MILLION, MOST, Price, Rates


def most(price: Price, inward: int, outward: int) -> int | None:
    """Nano-dollars at most for up to so many tokens in and out, rounded up.

    Nobody knows beforehand what is cached, written to a cache or thought, nor which tier the
    input reaches: the dearest rate of every one that it may reach counts. None where something
    else than tokens is paid for: hours of sound, pictures.
    """
    inward, outward = max(inward, 0), max(outward, 0)
    rates = list(_reachable(price, inward))
    if not any(one.charges_tokens for one in rates) and any(one.details for one in rates):
        return None
    dearest_in = max(one.dearest_in for one in rates)
    dearest_out = max(one.dearest_out for one in rates)
    owed = inward * dearest_in + outward * dearest_out
    return min(-(-owed // MILLION) + price.per_call, MOST)


def _reachable(price: Price, inward: int) -> Iterable[Rates]:
    yield price.rates
    yield from (rates for start, rates in price.tiers if inward > start)
