"""The most that a call can cost at a price: what budgets set aside before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aiconnect.services.amounts import MOST
from aiconnect.services.pricing.reckoning import MILLION, Price, Rates

REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class _Step:
    """From more input than `start` on: the dearest rates of this tier and all below it.

    `is_known` is whether tokens are what is paid for.
    """

    start: int
    inward: int
    outward: int
    is_known: bool


def most(price: Price, inward: int, outward: int) -> int | None:
    """Nano-dollars at most for up to so many tokens in and out, rounded up.

    Nobody knows beforehand what is cached, written to a cache or thought, nor which tier the
    input reaches: the dearest rate of every one that it may reach counts. None where something
    else than tokens is paid for: hours of sound, pictures.
    """
    inward, outward = max(inward, 0), max(outward, 0)
    for step in _steps(price):
        if inward > step.start:
            break
    if not step.is_known:
        return None
    owed = inward * step.inward + outward * step.outward
    return min(-(-owed // MILLION) + price.per_call, MOST)


_known: dict[int, tuple[Price, tuple[_Step, ...]]] = {}
"""By the price's identity: it is asked for before each call, and slow to hash."""


def _steps(price: Price) -> tuple[_Step, ...]:
    """The highest tier first."""
    kept = _known.get(id(price))
    if kept is not None and kept[0] is price:
        return kept[1]
    if len(_known) >= REMEMBERED:
        _known.clear()
    steps = tuple(reversed(list(_rising(price))))
    _known[id(price)] = price, steps
    return steps


def _rising(price: Price) -> Iterator[_Step]:
    """Any tier that asks for tokens makes the ones above it known."""
    inward = outward = 0
    is_priced, has_details = False, False
    for start, rates in ((-1, price.rates), *sorted(price.tiers, key=_start)):
        inward, outward = max(inward, rates.dearest_in), max(outward, rates.dearest_out)
        is_priced, has_details = (
            is_priced or rates.charges_tokens,
            has_details or bool(rates.details),
        )
        yield _Step(start, inward, outward, is_priced or not has_details)


def _start(tier: tuple[int, Rates]) -> int:
    return tier[0]
