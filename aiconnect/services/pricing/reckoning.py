"""From tokens and a price to a cost: pure, exact, rounded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from aiconnect.models import CostState
from aiconnect.services.amounts import MOST

MILLION = 10**6
HOUR = 3600
NANO = Decimal(10) ** 9
MOST_TOKENS = 2**31 - 1
"""What the columns of the ledger hold: more than anybody uses."""

Tokens = Sequence[int | None]
"""Input, cache read, cache write, output, reasoning: disjoint; None where nobody counted."""

PART_OF: Mapping[str, int] = {
    "input_audio": 0, "input_image": 0, "input_video": 0,
    "cache_read_audio": 1, "cache_read_image": 1, "cache_write_1h": 2,
    "output_audio": 3, "output_image": 3, "output_video": 3,
}  # fmt: skip
"""Which of `Tokens` a detail is a part of; the others are no tokens."""

OTHERS = ("images", "characters", "searches", "seconds")


@dataclass(frozen=True, slots=True)
class Rates:
    """Nano-dollars per million tokens, in the order of `Tokens`.

    `details` are the rates of what stands beside them (adapters.details): per million tokens,
    pictures, characters or searches, and per hour of sound. A part without one costs what the
    whole does that it is a part of; anything else without one costs nothing.
    """

    input: int
    cache_read: int
    cache_write: int
    output: int
    reasoning: int
    details: tuple[tuple[str, int], ...] = ()

    @property
    def parts(self) -> tuple[int, ...]:
        return self.input, self.cache_read, self.cache_write, self.output, self.reasoning

    @property
    def dearest_in(self) -> int:
        """What a token of the input costs at most."""
        return max(self.input, self.cache_read, self.cache_write, *self._details_of({0, 1, 2}))

    @property
    def dearest_out(self) -> int:
        """What a token of the output costs at most."""
        return max(self.output, self.reasoning, *self._details_of({3}))

    @property
    def charges_tokens(self) -> bool:
        """Whether a token of any kind costs something."""
        return any(self.parts)

    def _details_of(self, columns: set[int]) -> list[int]:
        return [rate for name, rate in self.details if PART_OF.get(name) in columns]

    @classmethod
    def of(
        cls,
        input_: int | None,
        output: int | None,
        *,
        cache_read: int | None = None,
        cache_write: int | None = None,
        reasoning: int | None = None,
        details: tuple[tuple[str, int], ...] = (),
    ) -> Rates:
        """A part without a rate costs what its counterpart does: cached input, reasoned output."""
        inward, outward = input_ or 0, output or 0
        return cls(
            inward,
            inward if cache_read is None else cache_read,
            inward if cache_write is None else cache_write,
            outward,
            outward if reasoning is None else reasoning,
            details,
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
    details: Mapping[str, object] | None = None,
) -> Cost:
    """What a call costs: as its provider states (USD), or its tokens and details at this price.

    A count that is missing where it costs something makes an estimate of what is left.
    """
    state = CostState.ESTIMATED if is_estimated else CostState.MEASURED
    if stated is not None and stated >= 0:
        return Cost(nano(stated), state, PROVIDER)
    if price is None:
        return UNKNOWN
    beside, tokens = _known(details), tokens or (None,) * 5
    counts = [min(max(part or 0, 0), MOST_TOKENS) for part in tokens]
    rates = price.rates_for(sum(counts[:3]))
    if not _says_enough(tokens, rates, beside):
        return UNKNOWN
    if (tokens[0] is None and rates.input) or (tokens[3] is None and rates.output):
        state = CostState.ESTIMATED
    owed = sum(part * rate for part, rate in zip(counts, rates.parts, strict=True)) * HOUR
    owed += _beside(counts, rates, beside) + price.per_call * MILLION * HOUR
    return Cost(min(_rounded(owed), MOST), state, price.source)


def _known(details: Mapping[str, object] | None) -> dict[str, int]:
    """Counts that are some; they come from providers, by way of the journal."""
    found = {name: one for name, one in (details or {}).items() if type(one) is int}
    return {name: min(one, MOST_TOKENS) for name, one in found.items() if one > 0}


def _says_enough(tokens: Tokens, rates: Rates, details: Mapping[str, int]) -> bool:
    """Whether something was counted that this price is about."""
    if any(details.get(name) for name, _ in rates.details):
        return True
    is_counted = any(part is not None for part in tokens)
    return is_counted and (rates.charges_tokens or not rates.details)


def _beside(counts: Sequence[int], rates: Rates, details: Mapping[str, int]) -> int:
    """What details cost beyond their tokens, in millionths of a 3600th of a nano-dollar."""
    left, owed = list(counts), 0
    for name, rate in rates.details:
        number, column = details.get(name, 0), PART_OF.get(name)
        if column is not None:
            number = min(number, left[column])
            left[column] -= number
            owed += number * (rate - rates.parts[column]) * HOUR
        else:
            owed += number * rate * (MILLION if name == "seconds" else HOUR)
    return owed


def _rounded(owed: int) -> int:
    """Half up, once."""
    whole = MILLION * HOUR
    return (owed + whole // 2) // whole


def nano(dollars: Decimal) -> int:
    """Dollars as nano-dollars, rounded half up."""
    return min(int((dollars * NANO).to_integral_value(ROUND_HALF_UP)), MOST)


def usd(amount: int | None) -> Decimal | None:
    """Nano-dollars as exact dollars."""
    return None if amount is None else Decimal(amount) / NANO
