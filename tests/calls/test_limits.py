"""The rule of limits, the same in memory and in Redis."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from aiconnect.calls.limits import Limited, Limits
from aiconnect.calls.limits.memory import MemoryLimits
from aiconnect.calls.snapshot import NO_LIMIT, Limit
from tests.calls.counting import CONNECTION, PERSON, TOKEN, Clock, carried, entered, refused, shared

PER_MINUTE = Limit(requests_per_minute=3)
TOKENS = Limit(tokens_per_minute=100)
AT_ONCE = Limit(parallel=2)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.system)])
def limits(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Limits]:
    if request.param == "memory":
        yield MemoryLimits(clock)
        return
    with shared(request.getfixturevalue("redis_server"), clock) as limits:
        yield limits
        carried(limits)
        assert not limits.is_away


def test_no_more_requests_than_the_limit_get_in(limits):
    assert len(entered(limits, PER_MINUTE, 5)) == 3
    reason = refused(limits, [(TOKEN, PER_MINUTE)])
    assert (reason.key, reason.which, reason.limit, reason.retry_after) == (
        TOKEN, "requests", 3, 61,
    )  # fmt: skip


def test_room_comes_back_as_requests_grow_old(limits, clock):
    entered(limits, PER_MINUTE, 2)
    clock.now += 30.5
    entered(limits, PER_MINUTE, 1)
    reason = refused(limits, [(TOKEN, PER_MINUTE)])
    clock.now += reason.retry_after - 0.01
    assert refused(limits, [(TOKEN, PER_MINUTE)])
    clock.now += 0.02
    assert len(entered(limits, PER_MINUTE, 5)) == 2


def test_tokens_count_as_estimated_until_they_are_known(limits, clock):
    hold = limits.enter([(TOKEN, TOKENS)], 90)
    assert refused(limits, [(TOKEN, TOKENS)], 20).which == "tokens"
    hold.settle(30)
    clock.now += 1
    carried(limits)
    assert refused(limits, [(TOKEN, TOKENS)], 70) is None
    assert refused(limits, [(TOKEN, TOKENS)], 1)


def test_what_was_used_beyond_the_estimate_counts_afterwards(limits, clock):
    limits.enter([(TOKEN, TOKENS)], 10).settle(250)
    carried(limits)
    clock.now += 1
    reason = refused(limits, [(TOKEN, TOKENS)], 1)
    assert (reason.which, reason.retry_after) == ("tokens", 60)
    clock.now += 60
    assert refused(limits, [(TOKEN, TOKENS)], 1) is None


def test_enough_old_tokens_must_go_for_a_large_call(limits, clock):
    for tokens in (40, 40, 20):
        limits.enter([(TOKEN, TOKENS)], tokens)
        clock.now += 10
    assert refused(limits, [(TOKEN, TOKENS)], 30).retry_after == 61 - 30
    assert refused(limits, [(TOKEN, TOKENS)], 70).retry_after == 61 - 20
    assert refused(limits, [(TOKEN, TOKENS)], 90).retry_after == 61 - 10


def test_a_call_beyond_the_whole_limit_goes_out_when_nothing_else_counts(limits):
    assert refused(limits, [(TOKEN, TOKENS)], 500) is None
    assert refused(limits, [(TOKEN, TOKENS)], 0)


def test_calls_at_once_are_freed_however_they_end(limits):
    first, second = entered(limits, AT_ONCE, 5)
    assert refused(limits, [(TOKEN, AT_ONCE)]).which == "parallel"
    first.settle(0)
    second.release()
    assert len(entered(limits, AT_ONCE, 5)) == 2


def test_a_hold_ends_once(limits):
    first, _ = entered(limits, AT_ONCE, 5)
    for end in (first.release, first.release, lambda: first.settle(50)):
        end()
    assert len(entered(limits, AT_ONCE, 5)) == 1


def test_a_call_that_reached_nobody_is_given_back(limits):
    both = Limit(requests_per_minute=2, tokens_per_minute=100, parallel=2)
    limits.enter([(TOKEN, both)], 60).release()
    carried(limits)
    assert len(entered(limits, both, 5, tokens=50)) == 2


def test_a_late_release_takes_nothing_from_the_minute_of_now(limits, clock):
    hold = limits.enter([(TOKEN, PER_MINUTE)], 0)
    clock.now += 120
    hold.release()
    assert len(entered(limits, PER_MINUTE, 5)) == 3


def test_a_refused_call_leaves_no_trace(limits):
    full = Limit(parallel=0)
    for _ in range(20):
        assert refused(limits, [(TOKEN, PER_MINUTE), (PERSON, TOKENS), (CONNECTION, full)], 60)
    assert len(entered(limits, PER_MINUTE, 5)) == 3
    assert refused(limits, [(PERSON, TOKENS)], 100) is None


def test_the_limit_that_is_reached_is_named(limits):
    wanted = [(TOKEN, PER_MINUTE), (PERSON, Limit(requests_per_minute=1)), (CONNECTION, AT_ONCE)]
    limits.enter(wanted, 0)
    assert refused(limits, wanted).key == PERSON


@pytest.mark.parametrize(
    "limit", [Limit(requests_per_minute=0), Limit(tokens_per_minute=0), Limit(parallel=0)]
)
def test_a_limit_of_none_lets_nothing_in(limits, limit):
    assert refused(limits, [(TOKEN, limit)], 0).retry_after > 0


def test_no_limit_lets_everything_in(limits):
    assert len(entered(limits, NO_LIMIT, 200, tokens=10**30)) == 200


@pytest.mark.parametrize("tokens", [-5, 10**30])
def test_wild_numbers_are_taken(limits, tokens):
    hold = limits.enter([(TOKEN, TOKENS)], tokens)
    hold.settle(tokens)
    carried(limits)
    assert refused(limits, [(PERSON, TOKENS)], tokens) is None


def test_of_many_threads_exactly_as_many_get_in_as_may(limits):
    limit = Limit(requests_per_minute=37, parallel=50)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: refused(limits, [(TOKEN, limit)]), range(150)))
    assert found.count(None) == 37


def test_threads_that_come_and_go_leave_nothing_behind(limits):
    limit = Limit(parallel=3)

    def call(_: int) -> int:
        try:
            hold = limits.enter([(TOKEN, limit), (PERSON, limit)], 5)
        except Limited:
            return 0
        hold.settle(5)
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(call, range(300)))
    assert len(entered(limits, limit, 9)) == 3


@pytest.mark.parametrize(
    ("key", "limit", "code", "words"),
    [
        (TOKEN, PER_MINUTE, "token_limited", "3 requests per minute"),
        (PERSON, Limit(tokens_per_minute=0), "person_limited", "0 tokens per minute"),
        (CONNECTION, Limit(parallel=0), "connection_limited", "0 calls at once"),
    ],
)
def test_callers_are_told_which_limit_and_how_long(clock, key, limit, code, words):
    limits = MemoryLimits(clock)
    for _ in range(3):
        reason = refused(limits, [(key, limit)])
    reason = refused(limits, [(key, limit)])
    error = reason.error("openai")
    assert (error.code, error.status) == (code, 429)
    assert words in str(error)
    assert error.retry_after >= 1
