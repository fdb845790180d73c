"""The clock in a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiconnect.application import create_application
from aiconnect.jobs.table import JOBS
from aiconnect.models import Connection, State
from aiconnect.providers import PROVIDERS
from aiconnect.services import audit, connections, jobs
from aiconnect.services.writing import writing
from tests.fakes import Fakes
from tests.running import Instance, serving, until


@pytest.fixture
def instance(tmp_path: Path, fakes: Fakes) -> Iterator[Instance]:
    made = Instance(tmp_path / "instance")
    made.add_connection("ollama", fakes["ollama"].url)
    yield made
    made.close()


def result(instance: Instance, name: str) -> str | None:
    with instance.session() as session:
        run = jobs.every_run(session).get(name)
        return run.result if run else None


def want(instance: Instance, name: str) -> None:
    assert until(lambda: set(planned(instance)) >= set(JOBS))
    with instance.session() as session:
        jobs.want(session, audit.SYSTEM, name)


def planned(instance: Instance) -> list[str]:
    with instance.session() as session:
        return list(jobs.every_run(session))


def state(instance: Instance) -> Connection:
    with instance.session() as session:
        return connections.by_name(session, "ollama")


def test_a_server_runs_what_is_wanted_and_lists_models(instance: Instance, tmp_path: Path) -> None:
    with serving(instance, tmp_path / "log") as server:
        want(instance, "local-models")
        assert until(lambda: result(instance, "local-models") == "ok")
        assert state(instance).state == State.CONNECTED
        assert state(instance).listed_at is not None
        assert server.get("/readyz").status == 200


def test_a_server_that_was_away_is_seen_again_by_itself(instance: Instance, tmp_path: Path) -> None:
    """Nobody asks for it: a call that works casts doubt on the state, and a check settles it."""
    instance.add_owner()
    token = instance.add_token()
    with instance.session() as session, writing(session):
        one = connections.by_name(session, "ollama")
        one.state, one.finding = State.UNREACHABLE, "refused"
    with serving(instance, tmp_path / "log") as server:
        body = {"model": "ollama/x", "messages": [{"role": "user", "content": "Hello"}]}
        assert server.chat(token, body).status == 200
        assert until(lambda: state(instance).state == State.CONNECTED)


def test_a_server_stops_within_seconds_though_a_provider_is_silent(
    instance: Instance, tmp_path: Path, fakes: Fakes
) -> None:
    fakes["ollama"].stall()
    with serving(instance, tmp_path / "log") as server:
        want(instance, "local-models")
        assert until(lambda: result(instance, "local-models") == "running")
        begun = time.monotonic()
        assert server.stop(20) == 0
        assert time.monotonic() - begun < 15


def test_a_server_whose_clock_stands_still_is_not_ready(instance: Instance) -> None:
    application = create_application(instance.settings, PROVIDERS)
    application.start()
    try:
        assert until(lambda: application.faults == [])
        application.clock.stop()
        assert application.faults == ["clock"]
    finally:
        application.stop()
