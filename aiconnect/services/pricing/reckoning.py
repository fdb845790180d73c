"""From tokens and a price to a cost: pure, exact, rounded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from aiconnect.models import CostState

MILLION = 10**6
NANO = Decimal(10) ** 9
MOST_TOKENS = 2**31 - 1
MOST = 2**63 - 1
"""What the columns of the ledger hold: more than anybody uses or owes."""

Tokens = Sequence[int | None]
"""Input, cache read, cache write, output, reasoning: disjoint; None where nobody counted."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Nano-dollars per million tokens, in the order of `Tokens`."""

    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int

    @property
    def parts(self) -> tuple[int, ...]:
        return self.input, self.cache_read, self.cache_write, self.output, self.reasoning

    @classmethod
    def of(
        cls,
        input_: int | None,
        output: int | None,
        *,
        cache_read: int | None = None,
        cache_write: int | None = None,
        reasoning: int | None = None,
    ) -> Rates:
        """A part without a rate costs what its counterpart does: cached input, reasoned output."""
        inward, outward = input_ or 0, output or 0
        return cls(
            inward,
            inward if cache_read is None else cache_read,
            inward if cache_write is None else cache_write,
            outward,
            outward if reasoning is None else reasoning,
        )


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs at one time. `source` is how a record names it.

    Each of `tiers` is (start, rates), the highest start first: more input than that, cached or
    not, and every token of the call costs those. `per_call` is nano-dollars beside the tokens.
    """

    source: str
    rates: Rates
    tiers: tuple[tuple[int, Rates], ...] = ()
    per_call: int = 0

    def rates_for(self, inward: int) -> Rates:
        """The rates of a call with so much input."""
        return next((rates for start, rates in self.tiers if inward > start), self.rates)


@dataclass(frozen=True, slots=True)
class Cost:
    """Nano-dollars, how well they are known, and which price gave them."""

    nano: int | None
    state: CostState
    price: str | None = None


FREE = Cost(0, CostState.FREE)
UNKNOWN = Cost(None, CostState.UNKNOWN)
PROVIDER = "provider"


def cost(
    tokens: Tokens | None,
    price: Price | None,
    *,
    stated: Decimal | None = None,
    is_estimated: bool = False,
) -> Cost:
    """What a call costs: as its provider states (USD), or its tokens at this price.

    A count that is missing where it costs something makes an estimate of what is left.
    """
    state = CostState.ESTIMATED if is_estimated else CostState.MEASURED
    if stated is not None and stated >= 0:
        return Cost(nano(stated), state, PROVIDER)
    if price is None or tokens is None or all(part is None for part in tokens):
        return UNKNOWN
    counts = [min(max(part or 0, 0), MOST_TOKENS) for part in tokens]
    rates = price.rates_for(sum(counts[:3]))
    if (tokens[0] is None and rates.input) or (tokens[3] is None and rates.output):
        state = CostState.ESTIMATED
    owed = sum(part * rate for part, rate in zip(counts, rates.parts, strict=True))
    rounded = (owed + price.per_call * MILLION + MILLION // 2) // MILLION
    return Cost(min(rounded, MOST), state, price.source)


def nano(dollars: Decimal) -> int:
    """Dollars as nano-dollars, rounded half up."""
    return min(int((dollars * NANO).to_integral_value(ROUND_HALF_UP)), MOST)


def usd(amount: int | None) -> Decimal | None:
    """Nano-dollars as exact dollars."""
    return None if amount is None else Decimal(amount) / NANO
