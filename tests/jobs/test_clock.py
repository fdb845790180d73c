"""The clock in one process: it ticks on whatever happens, and stops within seconds."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from aiconnect.client import Client
from aiconnect.jobs import running
from aiconnect.jobs.clock import Clock
from aiconnect.jobs.running import Job, Runtime
from aiconnect.jobs.table import JOBS, SAID, worded
from aiconnect.models import JobRun
from aiconnect.models.base import sessions
from aiconnect.services import audit, jobs, leases
from aiconnect.services.jobs import Said
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from tests.fakes import OpenPolicy
from tests.running import until

DAY, NOW = timedelta(days=1), timedelta()


@pytest.fixture
def runtime(settings: Settings, vault: Vault) -> Runtime:
    return Runtime(settings, {}, vault, Client(OpenPolicy()))


@pytest.fixture
def engine(engine: Engine) -> Iterator[Engine]:
    yield engine
    # What a daemon thread still held is given back before the pool is thrown away.
    assert until(lambda: not [one for one in threading.enumerate() if one.name.startswith("job ")])


@contextmanager
def ticking(engine: Engine, runtime: Runtime, *table: Job) -> Iterator[Clock]:
    clock = Clock(sessions(engine), lambda: (runtime, {job.name: job for job in table}))
    clock.start()
    try:
        yield clock
    finally:
        clock.stop()


def run_of(engine: Engine, name: str) -> JobRun:
    with sessions(engine)() as session:
        return jobs.every_run(session)[name]


def has_result(engine: Engine, name: str, result: str) -> bool:
    with sessions(engine)() as session:
        run = jobs.every_run(session).get(name)
        return run is not None and run.result == result


def nothing(_session: Session, _runtime: Runtime) -> Said:
    return Said("nothing")


def failing(_session: Session, _runtime: Runtime) -> Said:
    raise RuntimeError("sk-a-secret in the words of an exception")


def test_a_job_that_fails_is_planned_again_and_the_others_go_on(
    engine: Engine, runtime: Runtime
) -> None:
    bad, good = Job("bad", DAY, failing, first=NOW), Job("good", DAY, nothing, first=NOW)
    with ticking(engine, runtime, bad, good):
        assert until(lambda: has_result(engine, "bad", jobs.FAILED))
        assert until(lambda: has_result(engine, "good", jobs.OK))
    run = run_of(engine, "bad")
    assert Said.read(run.said) == Said("failed_inside")
    assert "secret" not in run.said
    assert run.due_at is not None
    assert run.began_at is not None
    assert run.due_at > run.began_at


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OperationalError("SELECT 1", {}, Exception()), "failed_database"),
        (OSError(28, "No space left on device"), "failed_files"),
        (ValueError("odd"), "failed_inside"),
    ],
)
def test_a_failure_has_a_kind_that_there_are_words_for(
    session: Session, runtime: Runtime, error: Exception, said: str
) -> None:
    def work(_session: Session, _runtime: Runtime) -> Said:
        raise error

    jobs.plan(session, {"odd": NOW})
    done = running.run(session, Job("odd", DAY, work), runtime, "me")
    assert done == (jobs.FAILED, Said(said))
    assert worded(str(done[1])) == SAID[said]


def test_what_a_failing_job_had_begun_is_undone(session: Session, runtime: Runtime) -> None:
    def work(session: Session, _runtime: Runtime) -> Said:
        session.execute(text("DELETE FROM settings"))
        raise ValueError

    jobs.plan(session, {"odd": NOW})
    running.run(session, Job("odd", DAY, work), runtime, "me")
    assert session.scalar(text("SELECT count(*) FROM settings"))


def test_what_is_wanted_begins_within_two_seconds(engine: Engine, runtime: Runtime) -> None:
    with ticking(engine, runtime, Job("sweep", DAY, nothing, first=DAY)):
        assert until(lambda: bool(rows(engine)))
        with sessions(engine)() as session:
            jobs.want(session, audit.SYSTEM, "sweep")
        assert until(lambda: has_result(engine, "sweep", jobs.OK), 2.5)


def rows(engine: Engine) -> dict[str, JobRun]:
    with sessions(engine)() as session:
        return jobs.every_run(session)


def test_a_job_that_is_needed_runs_before_its_time(engine: Engine, runtime: Runtime) -> None:
    needed = Job("needed", DAY, nothing, first=DAY, wakes=lambda _session: True)
    with ticking(engine, runtime, needed):
        assert until(lambda: has_result(engine, "needed", jobs.OK))


def test_it_stops_within_seconds_though_a_job_does_not(engine: Engine, runtime: Runtime) -> None:
    over = threading.Event()

    def stubborn(session: Session, _runtime: Runtime) -> Said:
        session.commit()
        over.wait(30)
        return Said("nothing")

    with ticking(engine, runtime, Job("stubborn", DAY, stubborn, first=NOW)) as clock:
        assert until(lambda: has_result(engine, "stubborn", jobs.RUNNING))
        begun = time.monotonic()
        clock.stop()
        assert time.monotonic() - begun < 15
        assert not clock.is_alive()
    over.set()


def test_stopping_gives_the_lease_back(engine: Engine, runtime: Runtime) -> None:
    with ticking(engine, runtime, Job("sweep", DAY, nothing, first=NOW)):
        assert until(lambda: has_result(engine, "sweep", jobs.OK))
    with sessions(engine)() as session:
        assert leases.is_free(session, "clock")


def test_a_clock_that_was_never_started_stops(engine: Engine, runtime: Runtime) -> None:
    clock = Clock(sessions(engine), lambda: (runtime, JOBS))
    assert not clock.is_alive()
    clock.stop()


def test_a_database_that_fails_is_said_once_and_tried_again(
    engine: Engine, runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    with ticking(engine, runtime, Job("sweep", DAY, nothing, first=NOW)) as clock:
        rename(engine, "job_runs", "away")
        before = clock.beat
        assert until(lambda: clock.beat > before + 2)
        rename(engine, "away", "job_runs")
        assert until(lambda: has_result(engine, "sweep", jobs.OK))
    said = [one for one in caplog.records if one.name == "aiconnect.clock"]
    assert [one.levelno for one in said] == [logging.WARNING]


def rename(engine: Engine, old: str, new: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def test_every_thread_of_a_job_has_its_name(engine: Engine, runtime: Runtime) -> None:
    names: list[str] = []

    def look(_session: Session, _runtime: Runtime) -> Said:
        names.append(threading.current_thread().name)
        return Said("nothing")

    with ticking(engine, runtime, Job("sweep", DAY, look, first=NOW)):
        assert until(lambda: bool(names))
    assert names == ["job sweep"]
