"""The search for the capacity: it stops where it should, and forgives one bad moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bench import capacity
from bench.measured import Measured


def server(most: int, *, stumbles: tuple[int, ...] = ()) -> Callable[[int, int], Measured]:
    """One that holds so many; at the first try of these numbers something else disturbs it."""

    def attempt(count: int, number: int) -> Measured:
        is_late = count > most or (count in stumbles and number == 0)
        figures = {"errors": 0.0, "delay_p99": 150.0 if is_late else 40.0}
        return Measured("capacity", "aiconnect", "main", count, number, figures)

    return attempt


@pytest.mark.parametrize(
    ("most", "found"),
    [(1000, 1000), (1349, 1300), (9999, capacity.MOST), (700, 700), (999, 900), (499, None)],
)
def test_the_highest_number_that_goes_well_is_found(most, found):
    assert capacity.found(list(capacity.climb(server(most)))) == found


def test_one_bad_moment_does_not_end_the_search():
    tried = list(capacity.climb(server(1200, stumbles=(1000, 1100))))
    assert capacity.found(tried) == 1200
    assert [one.at_once for one in tried] == [1000, 1000, 1100, 1100, 1200, 1300, 1300]


@pytest.mark.parametrize(
    "figures",
    [{"errors": 1.0, "delay_p99": 5.0}, {"errors": 0.0}, {"errors": 0.0, "delay_p99": 100.0}],
)
def test_errors_silence_and_a_delay_at_the_limit_are_not_well(figures):
    assert not capacity.is_well(Measured("capacity", "aiconnect", "main", 1000, 0, figures))


def test_nothing_is_found_where_nothing_was_tried():
    assert capacity.found([]) is None
