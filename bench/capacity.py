"""The capacity of one process: how many streams it holds while chunks come in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bench.bodies import MANY, STREAM
from bench.load import Endpoint
from bench.measured import Measured
from bench.rounds import Run

LIMIT_MS = 100.0
STEP, FEWEST, MOST = 100, 500, 2500
TRIES = 2  # one bad moment of the machine is not the end of what the server can do
Try = Callable[[int, int], Measured]


def search(ours: Endpoint, seconds: float = 3.0) -> Iterator[Measured]:
    """Each try, as it is made: from 1,000 up, or down where that is too much already."""

    def attempt(count: int, number: int) -> Measured:
        found = Run("streams", ours, STREAM, count).measure(number, seconds)
        return Measured("capacity", found.who, found.case, count, number, found.figures)

    yield from climb(attempt)


def climb(attempt: Try) -> Iterator[Measured]:
    """Go up in steps while it is well; where the first step is not, down until it is."""
    count, step = MANY, STEP
    while FEWEST <= count <= MOST:
        tries = list(_tries(attempt, count))
        yield from tries
        went_well = is_well(tries[-1])
        if count == MANY and not went_well:
            step = -STEP
        if went_well is not (step > 0):
            return
        count += step


def found(all_: Sequence[Measured]) -> int | None:
    """The highest number that went well; None where none did or none was tried."""
    well = [one.at_once for one in all_ if one.kind == "capacity" and is_well(one)]
    return max(well, default=None)


def is_well(one: Measured) -> bool:
    """No error, and 99 of 100 chunks were under way for less than the limit."""
    return one.figures["errors"] == 0 and one.figures.get("delay_p99", LIMIT_MS) < LIMIT_MS


def _tries(attempt: Try, count: int) -> Iterator[Measured]:
    for number in range(TRIES):
        one = attempt(count, number)
        yield one
        if is_well(one):
            return
