"""Limits of several processes in one Redis, and what happens while it is away."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from aiconnect.calls.limits.shared import ALIVE, SharedLimits
from aiconnect.calls.snapshot import Limit
from tests.calls.counting import TOKEN, Clock, carried, entered, refused, shared
from tests.redis_server import RedisServer
from tests.running import ROOT, SOON, until

pytestmark = pytest.mark.system

PER_MINUTE = Limit(requests_per_minute=50)
AT_ONCE = Limit(parallel=2)

ANOTHER_PROCESS = """
import sys
from aiconnect.calls.limits.memory import MemoryLimits
from aiconnect.calls.limits.shared import SharedLimits
from aiconnect.calls.snapshot import Limit
from aiconnect.secret import Secret
from tests.calls.counting import Clock, entered

url, requests, parallel = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
clock = Clock()
limits = SharedLimits(Secret(url), MemoryLimits(clock), clock=clock)
limits.start()
print("ready", flush=True)
input()
limit = Limit(requests_per_minute=requests or None, parallel=parallel or None)
print(len(entered(limits, limit, 200)), limits.alone, flush=True)
input()
"""


def process(server: RedisServer, requests: int, parallel: int) -> subprocess.Popen[str]:
    """Another process: at a line it enters as often as it may, and holds on."""
    command = [sys.executable, "-c", ANOTHER_PROCESS, server.url.reveal(), str(requests)]
    pipe = subprocess.PIPE
    other = subprocess.Popen(
        [*command, str(parallel)], stdin=pipe, stdout=pipe, text=True, cwd=ROOT
    )
    assert line(other) == "ready"
    return other


def line(other: subprocess.Popen[str]) -> str:
    assert other.stdout is not None
    return other.stdout.readline().strip()


def go(other: subprocess.Popen[str]) -> None:
    assert other.stdin is not None
    other.stdin.write("\n")
    other.stdin.flush()


def end(other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    for pipe in (other.stdin, other.stdout):
        assert pipe is not None
        pipe.close()


@pytest.fixture
def limits(redis_server: RedisServer) -> Iterator[SharedLimits]:
    """Without a clock of the test's: Redis' own counts."""
    with shared(redis_server) as limits:
        yield limits


def test_two_processes_share_a_limit_exactly(redis_server):
    others = [process(redis_server, 101, 0) for _ in range(2)]
    for other in others:
        go(other)
    found = [line(other).split() for other in others]
    for other in others:
        end(other)
    assert sum(int(count) for count, _ in found) == 101
    assert [alone for _, alone in found] == ["0", "0"]


def test_calls_of_a_killed_process_do_not_count_for_ever(redis_server):
    other = process(redis_server, 0, 2)
    go(other)
    assert line(other) == "2 0"
    end(other)
    clock = Clock()
    with shared(redis_server, clock) as limits:
        assert refused(limits, [(TOKEN, AT_ONCE)]).which == "parallel"
        clock.now += ALIVE + 1
        assert len(entered(limits, AT_ONCE, 9)) == 2


def test_a_process_that_was_thought_dead_does_not_free_what_is_not_its_own(redis_server):
    clock = Clock()
    with shared(redis_server, clock) as slow, shared(redis_server, clock) as quick:
        old = entered(slow, AT_ONCE, 9)
        clock.now += ALIVE + 1
        assert len(entered(quick, AT_ONCE, 9)) == 2
        for hold in old:
            hold.settle(0)
        carried(slow)
        assert refused(quick, [(TOKEN, AT_ONCE)])


def test_redis_clock_counts_where_none_is_given(limits):
    assert len(entered(limits, PER_MINUTE, 99)) == 50
    reason = refused(limits, [(TOKEN, PER_MINUTE)])
    assert 50 < reason.retry_after <= 61


def test_everything_in_redis_vanishes_by_itself(limits, redis_server):
    first, _ = entered(limits, Limit(9, 9999, 9), 2, tokens=5)
    first.settle(7)
    carried(limits)
    client = redis_server.client
    keys = list(client.scan_iter())
    assert len(keys) == 3
    assert all(client.ttl(key) > 0 for key in keys)


def test_without_redis_calls_go_on_under_limits_of_this_process(limits, redis_server, caplog):
    entered(limits, PER_MINUTE, 10)
    redis_server.stop()
    try:
        with caplog.at_level(logging.WARNING):
            assert len(entered(limits, PER_MINUTE, 99)) == 50
            refused(limits, [(TOKEN, PER_MINUTE)])
        assert limits.is_away
        assert limits.alone == 52
        assert len(caplog.records) == 1
        assert "Redis is away" in caplog.text
    finally:
        redis_server.start()
    assert until(lambda: not limits.is_away)
    assert len(entered(limits, PER_MINUTE, 99)) == 50


def test_ends_of_calls_that_redis_never_hears_of_are_counted(limits, redis_server):
    holds = entered(limits, AT_ONCE, 2)
    redis_server.stop()
    try:
        for hold in holds:
            hold.settle(1)
        assert until(lambda: limits.lost == 2)
    finally:
        redis_server.start()


def test_a_redis_that_hangs_does_not_hold_up_calls(limits, redis_server):
    entered(limits, PER_MINUTE, 1)
    os.kill(redis_server.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert len(entered(limits, PER_MINUTE, 40)) == 40
        assert time.monotonic() - began < SOON
    finally:
        os.kill(redis_server.pid, signal.SIGCONT)
    assert until(lambda: not limits.is_away)


def test_calls_without_limits_never_ask_redis(redis_server):
    with shared(redis_server) as limits:
        before = redis_server.client.info("commandstats")
        limits.enter([(TOKEN, Limit())], 5).settle(5)
        after = redis_server.client.info("commandstats")
    assert before.get("cmdstat_evalsha") == after.get("cmdstat_evalsha")
    assert limits.alone == 0
