"""A database that something else has locked for long: calls go on, and no record is lost."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from sqlalchemy import func, select

from aiconnect.calls import journal
from aiconnect.models import Person
from aiconnect.models.base import open_engine
from tests.fakes.dialects import OpenAI
from tests.faults.reading import Reader
from tests.faults.test_kill import Load
from tests.gateway.scripted import wire_to
from tests.running import ROOT, SAY, Instance, Running, serving, until

STREAMS = 6
LONG = 13.0  # longer than we wait for a lock (models/base.py)

HOLD = """
import sys
from aiconnect.models.base import begin_write, open_engine, sessions
from sqlalchemy import text
with sessions(open_engine(sys.argv[1]))() as session:
    begin_write(session)
    for statement in sys.argv[2:]:
        session.execute(text(statement))
    print("held", flush=True)
    sys.stdin.read()
"""
TABLE = "LOCK TABLE usage_records IN ACCESS EXCLUSIVE MODE"


@contextmanager
def held(instance: Instance, *statements: str) -> Iterator[None]:
    """Another process has the lock that writers need, and what these statements take."""
    url = instance.settings.database_url.reveal()
    command = [sys.executable, "-c", HOLD, url, *statements]
    with Popen(command, stdin=PIPE, stdout=PIPE, cwd=ROOT, text=True) as process:
        assert process.stdin
        assert process.stdout
        try:
            assert process.stdout.readline() == "held\n"
            yield
        finally:
            process.stdin.close()


@pytest.mark.on_both
def test_calls_and_streams_go_on_beyond_our_patience_with_a_lock(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    openai_fake.stream(("It ", "rained."), gap=0.02)
    token = instance.add_token()
    with serving(instance, log) as server:
        reader = Reader(server)
        faults: set[bytes] = set()
        with held(instance):
            load = Load(server.port, token)
            assert until(lambda: is_behind(server, faults), LONG + 5)
            assert "calls wait in the journal" in reader.words()
            before = len(load.answered)
            assert until(lambda: len(load.answered) > before + 20)
            load.stop()
        assert load.refused == []
        assert faults <= {b"ok\n", b"not ready: ledger\n"}
        records = instance.settled(len(load.answered), 20)
        assert until(lambda: server.get("/readyz").status == 200)
        assert "in the journal" not in reader.words()
    assert Counter(one.id for one in records) == Counter(load.answered)
    assert {one.outcome for one in records} == {"ok"}


def is_behind(server: Running, faults: set[bytes]) -> bool:
    faults.add(server.get("/readyz").body)
    return b"not ready: ledger\n" in faults


@pytest.mark.on_both
def test_a_server_killed_under_a_lock_starts_under_it_and_loses_nothing(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    openai_fake.stream(("one", "two"), paused=True)
    token = instance.add_token()
    instance.hold_clock()  # not the clock takes in what is left behind, but the writer
    whole = {"model": "fake/x", **SAY}
    with serving(instance, log) as server, held(instance):
        wires = [wire_to(server, token, model="fake/x", stream=True) for _ in range(STREAMS)]
        openai_fake.wait_for_requests(STREAMS)
        openai_fake.calm()
        answered = [server.chat(token, whole).headers["x-request-id"] for _ in range(20)]
        server.kill()
        for wire in wires:
            wire.close()
        assert list(instance.settings.journal.glob(f"*{journal.SUFFIX}"))
        with serving(instance, log, answers="/healthz") as again:
            answered += [again.chat(token, whole).headers["x-request-id"] for _ in range(20)]
            again.kill()
    with serving(instance, log) as last:
        answered += [last.chat(token, whole).headers["x-request-id"] for _ in range(5)]
        records = instance.settled(len(answered) + STREAMS)
    outcomes = Counter(one.outcome for one in records)
    assert outcomes == {"ok": len(answered), "interrupted": STREAMS}
    assert {one.id for one in records if one.outcome == "ok"} == set(answered)
    assert len(openai_fake.calls()) == len(records)
    assert not (instance.settings.journal / "damaged").exists()


@pytest.mark.on_postgresql
def test_a_table_that_is_locked_for_good_keeps_no_call_from_being_written_later(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    """As a migration or a VACUUM FULL of somebody's holds it; everything else can be read."""
    token = instance.add_token()
    with serving(instance, log) as server:
        reader = Reader(server)
        with held(instance, TABLE):
            for number in range(30):
                body = {"model": "fake/x", "stream": bool(number % 2), **SAY}
                assert server.chat(token, body, timeout=8).status == 200
            assert until(lambda: b"ledger" in server.get("/readyz").body, LONG + 5)
            assert "30 calls wait in the journal" in reader.words("/account")
        assert len(instance.settled(30)) == 30


def test_a_database_that_is_locked_can_be_opened_and_read(instance: Instance) -> None:
    """Opening asks for no lock: else pages, watcher and commands would all wait for theirs."""
    with held(instance):
        began = time.monotonic()
        engine = open_engine(instance.settings.database_url.reveal())
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(Person)) == 1
        engine.dispose()
        assert time.monotonic() - began < LONG / 4
