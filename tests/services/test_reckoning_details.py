"""What stands beside the tokens of a call costs what its own rate says, and nothing twice."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.models import CostState
from aiconnect.services.pricing import Price, Rates, cost
from aiconnect.services.pricing.reckoning import PART_OF

USD = 10**9


def price(*details: tuple[str, int], input_: int = 1_000, output: int = 2_000) -> Price:
    return Price("test", Rates.of(input_, output, details=details))


def nano(tokens: Any, at: Price, **details: Any) -> int | None:
    return cost(tokens, at, details=details).nano


ONE_MILLION = [10**6, 0, 0, 10**6, 0]


def test_a_part_costs_its_own_rate_instead_of_the_whole_s() -> None:
    at = price(("input_audio", 10_000), ("output_audio", 1))
    assert nano(ONE_MILLION, at) == 3_000
    assert nano(ONE_MILLION, at, input_audio=500_000) == 500 + 5_000 + 2_000
    assert nano(ONE_MILLION, at, output_audio=10**6) == 1_000 + 1


def test_a_part_without_a_rate_costs_what_its_whole_does() -> None:
    assert nano(ONE_MILLION, price(), input_audio=500_000, cache_write_1h=3, images=9) == 3_000


def test_an_hour_in_the_cache_is_a_part_of_what_was_written() -> None:
    at = Price("x", Rates.of(0, 0, cache_write=5_000, details=(("cache_write_1h", 8_000),)))
    assert nano([0, 0, 10**6, 0, 0], at, cache_write_1h=250_000) == 3_750 + 2_000


def test_parts_larger_than_their_whole_are_the_whole() -> None:
    at = price(("input_audio", 10_000), ("input_image", 20_000))
    assert nano([100, 0, 0, 0, 0], at, input_audio=10**9) == 1
    assert nano([10**6, 0, 0, 0, 0], at, input_audio=10**6, input_image=10**6) == 10_000


@pytest.mark.parametrize(
    ("name", "rate", "number", "expected"),
    [("searches", 10 * USD * 1000, 3, 30_000_000), ("characters", 15 * USD, 12, 180_000),
     ("images", 40_000 * USD, 2, 80_000_000), ("seconds", 360_000_000, 9, 900_000),
     ("seconds", 111_000_000, 10, 308_333), ("seconds", 40_000_000, 1, 11_111)],
)  # fmt: skip
def test_what_is_no_token_has_its_own_unit(name, rate, number, expected) -> None:
    assert nano(None, price((name, rate), input_=0, output=0), **{name: number}) == expected


def test_a_count_that_nothing_is_charged_for_makes_no_cost() -> None:
    by_time = price(("seconds", 360_000_000), input_=0, output=0)
    assert cost([14, None, None, 45, None], by_time).state is CostState.UNKNOWN
    assert cost(None, by_time).state is CostState.UNKNOWN
    assert cost(None, by_time, details={"characters": 5}).state is CostState.UNKNOWN
    assert cost(None, by_time, details={"seconds": 5}).state is CostState.MEASURED


def test_a_model_that_costs_nothing_at_all_costs_nothing() -> None:
    found = cost([1, 0, 0, 1, 0], price(input_=0, output=0))
    assert (found.nano, found.state) == (0, CostState.MEASURED)


def test_tokens_that_nobody_counted_beside_a_search_make_an_estimate() -> None:
    found = cost(None, price(("searches", 10 * USD * 1000)), details={"searches": 1})
    assert (found.nano, found.state) == (10_000_000, CostState.ESTIMATED)


@pytest.mark.parametrize("odd", ["9", 1.5, True, -4, None, [], 10**40])
def test_odd_details_cost_nothing_or_fit_the_ledger(odd: object) -> None:
    found = nano([10, 0, 0, 0, 0], price(("searches", 2**62)), searches=odd)
    assert found is not None
    assert 0 <= found < 2**63


def test_the_dearest_token_is_known_beforehand() -> None:
    rates = price(("input_audio", 9_000), ("cache_write_1h", 7_000), ("searches", 10**15)).rates
    assert (rates.dearest_in, rates.dearest_out) == (9_000, 2_000)
    rates = price(("output_image", 9_000)).rates
    assert (rates.dearest_in, rates.dearest_out) == (1_000, 9_000)


names = st.sampled_from([*PART_OF, "images", "characters", "searches", "seconds"])
rates_ = st.integers(0, 10**12)
counts = st.integers(0, 10**7)


@given(
    st.lists(counts, min_size=5, max_size=5),
    st.lists(rates_, min_size=5, max_size=5),
    st.dictionaries(names, rates_, max_size=5),
    st.dictionaries(names, counts, max_size=5),
)
def test_a_cost_is_the_exact_sum_to_half_a_nano_dollar(tokens, rates, at, found) -> None:
    exact = Fraction(0)
    left = list(tokens)
    for name, rate in at.items():
        number = found.get(name, 0)
        if name in PART_OF:
            number = min(number, left[PART_OF[name]])
            left[PART_OF[name]] -= number
        exact += Fraction(number * rate, 3600 if name == "seconds" else 10**6)
    exact += sum(Fraction(n * rate, 10**6) for n, rate in zip(left, rates, strict=True))
    owed = cost(tokens, Price("x", Rates(*rates, tuple(at.items()))), details=found).nano
    if owed is not None:
        assert Fraction(-1, 2) < owed - exact <= Fraction(1, 2)
