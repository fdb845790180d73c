"""Holds of several processes in one Redis, and what happens while it is away."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aiconnect.calls.budgets.holding import Reached
from aiconnect.calls.budgets.memory import MemoryBudgets
from aiconnect.calls.budgets.periods import EVER
from aiconnect.calls.budgets.scripts import SETTLED
from aiconnect.calls.budgets.shared import KEPT, SharedBudgets
from tests.calls.counting import Clock
from tests.redis_server import RedisServer
from tests.running import until

pytestmark = pytest.mark.system

WINDOW = (1, EVER)
LIMIT = 100


@contextmanager
def sharing(server: RedisServer, clock: Clock | None = None) -> Iterator[SharedBudgets]:
    """As one process has it."""
    made = SharedBudgets(server.url, MemoryBudgets(), clock=clock)
    made.start()
    assert made.catch_up(5)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def one(redis_server: RedisServer) -> Iterator[SharedBudgets]:
    """Without a clock of the test's: Redis' own counts."""
    with sharing(redis_server) as made:
        yield made


@pytest.fixture
def other(redis_server: RedisServer) -> Iterator[SharedBudgets]:
    with sharing(redis_server) as made:
        yield made


@pytest.fixture
def away(redis_server: RedisServer) -> Iterator[RedisServer]:
    """Stopped and started by the test; running again after it."""
    yield redis_server
    if redis_server.client.connection_pool is not None and not _answers(redis_server):
        redis_server.start()


def _answers(server: RedisServer) -> bool:
    try:
        return bool(server.client.ping())
    except OSError:
        return False
    except Exception:  # noqa: BLE001 (whatever it says, it is not there)
        return False


def refused(budgets: SharedBudgets, call: str, amount: int) -> Reached | None:
    """Why a call gets no room; it holds where it does."""
    try:
        budgets.hold(call, [(WINDOW, LIMIT, amount)])
    except Reached as reason:
        return reason
    return None


def test_what_one_holds_the_other_cannot(one, other):
    assert refused(one, "a", 60) is None
    reason = refused(other, "b", 60)
    assert (reason.is_spent, reason.held, reason.amount) == (False, 60, 60)
    assert other.taken(WINDOW)[1] == one.taken(WINDOW)[1] == 60
    one.release("a")
    assert one.catch_up()
    assert refused(other, "b", 60) is None


def test_what_one_settled_counts_for_the_other_until_it_is_absorbed(one, other):
    assert refused(one, "a", 60) is None
    one.settle("a", 30)
    assert one.catch_up()
    assert refused(other, "b", 71).held == 30
    one.absorbed(["a"], [(WINDOW, 1, 30)])
    assert one.catch_up()
    assert one.taken(WINDOW)[1] == 0
    reason = refused(other, "b", 71)
    assert (reason.is_spent, reason.spent) == (True, 30)
    assert refused(other, "b", 70) is None


def test_the_later_tally_counts_whoever_tells_it(one, other):
    other.absorbed([], [(WINDOW, 7, 90)])
    assert other.catch_up()
    one.absorbed([], [(WINDOW, 3, 10)])
    assert one.catch_up()
    assert refused(one, "a", 11).spent == 90


def test_both_tell_the_same_number(one, other, away):
    assert other.taken(WINDOW) == (0, 0)
    assert refused(one, "a", 60) is None
    assert refused(other, "b", 20) is None
    other.settle("b", 15)
    other.absorbed(["b"], [(WINDOW, 3, 15)])
    assert other.catch_up()
    assert one.taken(WINDOW) == other.taken(WINDOW) == (15, 60)
    away.stop()
    assert one.taken(WINDOW) == (0, 60), "by itself, and without what it has not been told"
    assert other.taken(WINDOW) == (15, 0)


def test_a_process_that_died_holds_for_some_minutes_only(redis_server):
    clock = Clock()
    with sharing(redis_server, clock) as dead:
        assert refused(dead, "a", 60) is None
    with sharing(redis_server, clock) as living:
        assert refused(living, "b", 60).held == 60
        clock.now += KEPT + 1
        assert refused(living, "b", 60) is None


def test_while_redis_is_away_each_counts_its_share_for_itself(one, other, away, caplog):
    caplog.set_level(logging.WARNING)
    assert refused(other, "x", 10) is None
    other.release("x")
    assert other.catch_up()
    assert refused(one, "a", 40) is None
    assert refused(other, "y", 0) is None, "each has heard of the other"
    away.stop()
    reason = refused(other, "b", 60)
    assert (reason.is_spent, reason.limit) == (False, LIMIT), "it waits: the other may hold it"
    assert refused(other, "b", 50) is None
    assert refused(one, "c", 11).held == 40
    assert (one.is_away, other.is_away, other.alone) == (True, True, 2)
    assert one.taken(WINDOW)[1] == 40
    assert "Redis is away" in caplog.text
    other.settle("b", 20)
    away.start()
    assert until(lambda: not one.is_away and not other.is_away)
    assert one.catch_up()
    assert other.catch_up()
    assert one.taken(WINDOW)[1] == 60, "each tells anew what it holds"


def test_what_ended_while_redis_could_not_be_asked_is_held_no_more(one, away):
    assert refused(one, "a", 60) is None
    one._lose(ConnectionError())
    one.release("a")
    assert until(lambda: not one.is_away)
    assert one.taken(WINDOW)[1] == 0


def test_redis_that_has_lost_everything_is_told_anew(one, redis_server):
    one.absorbed([], [(WINDOW, 5, 10)])
    assert refused(one, "a", 50) is None
    redis_server.client.flushall()
    assert refused(one, "b", 1) is None
    assert one.taken(WINDOW) == (10, 51)


def test_an_emptied_redis_has_no_room_until_each_process_has_told_what_it_holds(
    one, other, redis_server
):
    """The first one's call makes the window anew: nobody else can see that it had been lost."""
    assert refused(one, "a", 30) is None
    assert refused(other, "b", 60) is None
    assert refused(one, "a", 30) is None, "it hears of the other"
    redis_server.client.flushall()
    refused(one, "c", 20)
    assert until(lambda: one.taken(WINDOW) == (0, 90)), "each says every second that it lives"
    assert refused(one, "c", 20).held == 90
    assert refused(other, "d", 10) is None


def test_a_window_that_redis_dropped_is_told_anew_by_all(one, other, redis_server):
    """As under `maxmemory` with a policy that evicts."""
    assert refused(one, "a", 30) is None
    assert refused(other, "b", 60) is None
    redis_server.client.delete(one._key(WINDOW))
    refused(one, "c", 20)
    assert until(lambda: one.taken(WINDOW) == (0, 90))


def test_who_is_gone_when_redis_is_emptied_is_waited_for_some_seconds_only(redis_server):
    clock = Clock()
    with sharing(redis_server, clock) as living:
        with sharing(redis_server, clock) as dead:
            assert refused(dead, "a", 60) is None
            assert refused(living, "b", 1) is None
        redis_server.client.flushall()
        assert refused(living, "c", 1).held == 1
        clock.now += SETTLED + 1
        assert refused(living, "c", 99) is None


def test_an_emptied_redis_lets_nobody_in_before_it_knows_what_is_held(one, redis_server):
    assert refused(one, "a", 60) is None
    redis_server.client.flushall()
    assert refused(one, "b", 60).held == 60


def test_calls_whose_ends_were_lost_are_let_go(one):
    assert refused(one, "a", 60) is None
    one.settle("a", 60)
    assert one.catch_up()
    assert one.tidy(float("inf")) == 1
    assert one.catch_up()
    assert one.taken(WINDOW)[1] == 0


def test_large_amounts_are_exact(one):
    million = 10**6 * 10**9
    one.absorbed([], [(WINDOW, 1, million - 1)])
    wanted = [(WINDOW, million, 1)]
    one.hold("a", wanted)
    with pytest.raises(Reached):
        one.hold("b", wanted)
    assert one.taken(WINDOW)[1] == 1
