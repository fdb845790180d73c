"""Several processes of one server, on PostgreSQL and Redis: they act as one."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from aiconnect.models import Connection, UsageRecord
from aiconnect.services import collections, tokens
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import retrying
from tests.fakes.dialects import OpenAI
from tests.faults.test_kill import Load
from tests.redis_server import RedisServer
from tests.running import SAY, SOON, Instance, Running, serving, until

pytestmark = [pytest.mark.on_postgresql, pytest.mark.system]

CALL = {"model": "fake/x", **SAY}
PATIENT = {"breaker": {"in_row": 3, "pause": 600.0}}


def all_settled(instance: Instance, least: int) -> bool:
    """Whether no record is open, and at least so many are there."""
    rows = select(func.count(), func.count(UsageRecord.outcome)).select_from(UsageRecord)
    with instance.session() as session:
        every, settled = session.execute(rows).one()
    return least <= every == settled


@contextmanager
def two(instance: Instance, log: Path, **plan: Any) -> Iterator[Running]:
    """A server of two processes, both of which serve and have heard of each other."""
    with serving(instance, log, workers=2, **plan) as server:
        assert until(lambda: all_heard(server, 2)), log.read_text()
        yield server


@pytest.fixture
def instance(
    environ: dict[str, str], openai_fake: OpenAI, redis_server: RedisServer
) -> Iterator[Instance]:
    url = {"AICONNECT_REDIS_URL": redis_server.url.reveal()}
    made = Instance(Path(environ["AICONNECT_INSTANCE"]), {**environ, **url})
    made.add_owner()
    made.add_connection("compatible", openai_fake.url, name="fake", key="sk-planted-in-the-test")
    made.hold_clock()
    yield made
    made.close()


def workers(server: Running) -> list[int]:
    pid = server.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def who_answer(server: Running) -> set[str]:
    """The processes whose metrics are told by whichever answers."""
    return set(re.findall(r'process="(\d+)"', server.get("/metrics").body.decode()))


def all_heard(server: Running, count: int) -> bool:
    """Whether every process tells of all of them: each answer may come from another one."""
    return all(len(who_answer(server)) == count for _ in range(6))


def test_both_answer_and_every_call_is_in_the_ledger_once(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    openai_fake.stream(("It ", "rained."), gap=0.002)
    token = instance.add_token()
    with two(instance, log) as server:
        load = Load(server.port, token)
        assert until(lambda: len(load.answered) >= 300, 30)
        load.stop()
        records = instance.settled(len(load.answered))
        assert Counter(one.id for one in records) == Counter(load.answered)
        assert {one.outcome for one in records} == {"ok"}
        assert len({one.writer for one in records}) == 2
        assert server.stop() == 0
    assert load.refused == []


def test_one_that_is_killed_loses_nothing_and_the_other_serves_on(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    openai_fake.stream(("It ", "rained."), gap=0.002)
    token = instance.add_token()
    with two(instance, log) as server:
        load = Load(server.port, token)
        assert until(lambda: len(load.answered) >= 100, 30)
        killed = workers(server)[0]
        os.kill(killed, signal.SIGKILL)
        load.stop()
        again = Load(server.port, token)
        assert until(lambda: len(again.answered) >= 100, 30)
        again.stop()
        assert until(lambda: killed not in workers(server) and len(workers(server)) == 2)
        answered = {*load.answered, *again.answered}
        assert until(lambda: all_settled(instance, len(answered)), 30)
        # What the killed one had begun, its follower takes in when it starts.
        assert until(lambda: all_settled(instance, len(openai_fake.calls())), 30)
        found = {one.id: one.outcome for one in instance.records()}
        assert {found[one] for one in answered} == {"ok"}
        assert set(found.values()) <= {"ok", "interrupted", "caller_left"}


def test_a_limit_holds_for_all_of_them_together(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token(limited={"requests_per_minute": 20})
    with two(instance, log) as server:
        statuses = Counter(server.chat(token, CALL).status for _ in range(40))
    assert statuses == {200: 20, 429: 20}


def test_a_change_counts_in_each_of_them_within_a_second(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    with two(instance, log) as server:
        assert {server.chat(token, CALL).status for _ in range(12)} == {200}
        with instance.session() as session:
            tokens.revoke(session, SYSTEM, "program")
        began = time.monotonic()
        # As many calls as reach both: of a few, one may answer all.
        assert until(lambda: {server.chat(token, CALL).status for _ in range(20)} == {401})
        assert time.monotonic() - began < SOON


def test_metrics_and_breakers_of_one_are_told_by_the_other(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    openai_fake.overload(on="chat")
    with two(instance, log, limits=PATIENT) as server:
        refused = [server.chat(token, CALL).status for _ in range(20)]
        assert set(refused) <= {502, 503}
        asked = len(openai_fake.calls())
        assert asked < 20  # each process learns by itself, and then leaves it alone

        def is_told() -> bool:
            text = server.get("/metrics").body.decode()
            open_in = re.findall(
                r'breaker_state\{process="(\d+)",connection="fake",kind="outage"\} 1\.0', text
            )
            return len(open_in) >= 1

        assert until(lambda: all(is_told() for _ in range(6)))
        openai_fake.calm()
        with instance.session() as session:
            found = session.scalars(select(Connection)).one()
            retrying.retry(session, SYSTEM, found.id)
        answers = lambda: {server.chat(token, CALL).status for _ in range(12)}  # noqa: E731
        assert until(lambda: answers() == {200})


def test_redis_that_goes_away_stops_no_call(
    instance: Instance, log: Path, openai_fake: OpenAI, redis_server: RedisServer
) -> None:
    openai_fake.stream(("It ", "rained."), gap=0.002)
    token = instance.add_token(limited={"requests_per_minute": 1_000_000, "parallel": 100})
    with two(instance, log) as server:
        load = Load(server.port, token)
        assert until(lambda: len(load.answered) >= 50, 30)
        redis_server.stop()
        try:
            before = len(load.answered)
            assert until(lambda: len(load.answered) >= before + 100, 30)
        finally:
            redis_server.start()
        after = len(load.answered)
        assert until(lambda: len(load.answered) >= after + 100, 30)
        load.stop()
        assert load.refused == []
        records = instance.settled(len(load.answered))
        assert {one.outcome for one in records} == {"ok"}
        assert until(lambda: all_heard(server, 2))
        # What the other one said last may be from before Redis was back.
        assert until(lambda: b"limits_away 1.0" not in server.get("/metrics").body)


def test_a_reload_leaves_no_process_out(instance: Instance, log: Path, openai_fake: OpenAI) -> None:
    token = instance.add_token()
    with two(instance, log) as server:
        before = set(workers(server))
        os.kill(server.process.pid, signal.SIGHUP)
        assert until(lambda: not before & set(workers(server)))
        assert until(lambda: len(workers(server)) == 2)
        assert {server.chat(token, CALL).status for _ in range(10)} == {200}
        with instance.session() as session:
            collections.add(session, SYSTEM, "kept")
            collections.put(session, SYSTEM, "kept", ["fake/x"])
        asked = {**CALL, "model": "collection/kept"}
        assert until(lambda: {server.chat(token, asked).status for _ in range(6)} == {200})
