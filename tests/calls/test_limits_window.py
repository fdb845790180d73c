"""What holds for any order of calls: how far a limit may be overshot, and that both ways agree."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.calls.limits import Hold, Limited
from aiconnect.calls.limits.memory import TIDY_EVERY, MemoryLimits
from aiconnect.calls.limits.shared import SharedLimits
from aiconnect.calls.snapshot import Limit
from tests.calls.counting import TOKEN, Clock, carried, shared
from tests.redis_server import RedisServer

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["enter", "enter", "enter", "settle", "release"]),
        st.integers(0, 60),
        st.sampled_from([0.0, 0.3, 1.0, 7.7, 29.9, 60.0]),
    ),
    max_size=60,
)
LIMITS = st.builds(
    Limit,
    requests_per_minute=st.none() | st.integers(0, 5),
    tokens_per_minute=st.none() | st.integers(0, 99),
    parallel=st.none() | st.integers(0, 4),
).filter(lambda limit: limit.is_set)


@dataclass
class Made:
    """A call that got in: when, what its tokens count as, and since when."""

    hold: Hold
    at: float
    tokens: int
    since: float
    is_open: bool = True
    is_given_back: bool = False


class Model:
    """Every call in a plain list: the rule by its words, which any way of counting must keep."""

    def __init__(self, limit: Limit) -> None:
        self.limit, self.clock = limit, Clock()
        self.limits = MemoryLimits(self.clock)
        self.made: list[Made] = []

    def enter(self, tokens: int) -> None:
        most = self.limit.tokens_per_minute
        counted = tokens if most is None else min(tokens, most)
        found = attempt(self.limits, TOKEN, self.limit, tokens)
        if isinstance(found, Limited):
            assert self.is_full(found.which, counted)
            assert 0 < found.retry_after <= 61
            return
        now = self.clock.now
        self.made.append(Made(found, now, counted, now))
        self.check_spans()

    def is_full(self, which: str, tokens: int) -> bool:
        """Whether there is no room, were seconds counted to their end."""
        limit, span = self.limit, 61.0
        if which == "parallel":
            return sum(one.is_open for one in self.made) >= (limit.parallel or 0)
        if which == "requests":
            return self.requests(span) >= (limit.requests_per_minute or 0)
        return self.tokens(span) + max(1, tokens) > (limit.tokens_per_minute or 0)

    def check_spans(self) -> None:
        limit, before = self.limit, self.tokens(60.0) - self.made[-1].tokens
        if limit.requests_per_minute is not None:
            assert self.requests(60.0) <= limit.requests_per_minute
        if limit.tokens_per_minute is not None:
            assert before + self.made[-1].tokens <= limit.tokens_per_minute
        if limit.parallel is not None:
            assert sum(one.is_open for one in self.made) <= limit.parallel

    def requests(self, span: float) -> int:
        since = self.clock.now - span
        return sum(one.at > since and not one.is_given_back for one in self.made)

    def tokens(self, span: float) -> int:
        since = self.clock.now - span
        return sum(one.tokens for one in self.made if one.since > since and not one.is_given_back)

    def end(self, tokens: int | None) -> None:
        one = next((one for one in self.made if one.is_open), None)
        if one is None:
            return
        one.is_open = False
        if tokens is None:
            one.hold.release()
            one.is_given_back = True
        else:
            one.hold.settle(tokens)
            one.tokens, one.since = tokens, self.clock.now


@given(LIMITS, STEPS)
def test_no_minute_holds_more_than_the_limit(limit: Limit, steps):
    model = Model(limit)
    for what, tokens, seconds in steps:
        model.clock.now += seconds
        if what == "enter":
            model.enter(tokens)
        else:
            model.end(tokens if what == "settle" else None)


@given(LIMITS, STEPS)
def test_a_call_gets_in_once_it_has_waited_as_told(limit: Limit, steps):
    model = Model(limit)
    for what, tokens, seconds in steps:
        model.clock.now += seconds
        if what != "enter":
            model.end(tokens if what == "settle" else None)
            continue
        found = attempt(model.limits, TOKEN, limit, tokens)
        if isinstance(found, Limited) and found.which != "parallel" and found.limit:
            model.clock.now += found.retry_after
            again = attempt(model.limits, TOKEN, limit, tokens)
            assert not isinstance(again, Limited) or again.which != found.which


@pytest.fixture(scope="module")
def pair(redis_process: RedisServer) -> Iterator[tuple[SharedLimits, Clock]]:
    clock = Clock()
    with shared(redis_process, clock) as limits:
        yield limits, clock


NUMBERS = itertools.count(1)


@pytest.mark.system
@given(limit=LIMITS, steps=STEPS)
def test_memory_and_redis_decide_alike(pair: tuple[SharedLimits, Clock], limit: Limit, steps):
    one, clock = pair
    other, key = MemoryLimits(clock), ("token", next(NUMBERS))
    holds: list[tuple[Hold, Hold]] = []
    for what, tokens, seconds in steps:
        clock.now += seconds
        if what == "enter":
            first, second = (attempt(limits, key, limit, tokens) for limits in (one, other))
            assert not one.is_away
            if isinstance(first, Limited) or isinstance(second, Limited):
                assert told(first) == told(second)
            else:
                holds.append((first, second))
        elif holds:
            for hold in holds.pop(0):
                hold.settle(tokens) if what == "settle" else hold.release()
            carried(one)


def attempt(limits, key, limit: Limit, tokens: int) -> Hold | Limited:
    try:
        return limits.enter([(key, limit)], tokens)
    except Limited as reason:
        return reason


def told(found: Hold | Limited) -> object:
    if not isinstance(found, Limited):
        return "in"
    return found.which, found.limit, pytest.approx(found.retry_after, abs=0.002)


def test_keys_that_count_nothing_are_forgotten():
    clock = Clock()
    limits = MemoryLimits(clock)
    limit = Limit(requests_per_minute=1)
    for number in range(TIDY_EVERY - 1):
        limits.enter([(("token", number), limit)], 0).settle(0)
    kept = limits.enter([(TOKEN, Limit(parallel=1))], 0)
    clock.now += 100
    for number in range(TIDY_EVERY):
        limits.enter([(("person", number % 2), Limit(parallel=9999))], 0).settle(0)
    assert len(limits._windows) <= 3
    with pytest.raises(Limited):
        limits.enter([(TOKEN, Limit(parallel=1))], 0)
    kept.settle(0)
