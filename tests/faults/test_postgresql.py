"""A server on PostgreSQL, and PostgreSQL stopped and started while programs call."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from aiconnect import create_app
from aiconnect.calls import journal
from aiconnect.errors import StartRefused
from aiconnect.secret import Secret
from aiconnect.services import installation, schema
from aiconnect.services.serving import is_served
from tests.cluster import Cluster
from tests.fakes.dialects import OpenAI
from tests.faults.test_kill import Load, answers
from tests.ports import free_port
from tests.running import SAY, Instance, serving, until

pytestmark = pytest.mark.on_postgresql


def test_calls_whole_and_streamed_are_in_the_ledger(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    with serving(instance, log) as server:
        for is_stream in (False, True):
            body = {"model": "fake/x", "stream": is_stream, **SAY}
            assert server.chat(token, body).status == 200
        whole, streamed = instance.settled(2)
        assert (whole.is_stream, streamed.is_stream) == (False, True)
        assert {whole.outcome, streamed.outcome} == {"ok"}
        assert whole.input_tokens
        assert server.stop() == 0


@pytest.mark.parametrize("at_once", [True, False], ids=["failing", "restarting"])
def test_calls_go_on_while_postgresql_is_away_and_no_record_is_lost(
    instance: Instance, log: Path, openai_fake: OpenAI, cluster: Cluster, at_once: bool
) -> None:
    openai_fake.stream(("It ", "rained."), gap=0.002)
    token = instance.add_token()
    with serving(instance, log) as server:
        load = Load(server.port, token)
        assert until(lambda: len(load.answered) >= 50)
        cluster.stop(at_once=at_once)
        try:
            before = len(load.answered)
            assert until(lambda: len(load.answered) >= before + 100)
            assert until(lambda: b"ledger" in server.get("/readyz").body)
            assert server.get("/login").status == 503
            assert server.get("/healthz").status == 200
        finally:
            cluster.start()
        after = len(load.answered)
        assert until(lambda: len(load.answered) >= after + 50)
        load.stop()
        assert load.refused == []
        assert until(lambda: server.get("/readyz").status == 200)
        assert server.get("/login").status == 200
        records = instance.settled(len(load.answered))
    assert Counter(one.id for one in records) == Counter(load.answered)
    assert {one.outcome for one in records} == {"ok"}
    assert len(openai_fake.calls()) == len(records)
    assert not (instance.settings.journal / "damaged").exists()
    said = log.read_text()
    assert said.count("the database cannot be read") <= 2  # once an outage, and for what was open
    assert "Traceback" not in said


def test_pages_are_made_while_postgresql_is_away_and_say_so(
    instance: Instance, cluster: Cluster
) -> None:
    known = replace(instance.settings, secret_key=Secret("from the start"))
    cluster.stop()
    try:
        pages = create_app(known, vault=instance.vault)
        answer = pages.test_client().get("/login")
    finally:
        cluster.start()
    assert answer.status_code == 503
    assert "<h1" in answer.text


def test_a_server_that_is_stopped_without_its_database_leaves_the_journal_to_the_next(
    instance: Instance, log: Path, openai_fake: OpenAI, cluster: Cluster
) -> None:
    token = instance.add_token()
    with serving(instance, log) as server:
        cluster.stop()
        try:
            assert server.chat(token, {"model": "fake/x", **SAY}).status == 200
            assert server.stop() == 0
        finally:
            cluster.start()
    assert list(instance.settings.journal.glob(f"*{journal.SUFFIX}"))
    with serving(instance, log):
        assert [one.outcome for one in instance.records()] == ["ok"]


def test_what_changes_after_the_outage_counts_in_the_gateway(
    instance: Instance, log: Path, openai_fake: OpenAI, cluster: Cluster
) -> None:
    """The watcher finds its way back, too."""
    token = instance.add_token()
    with serving(instance, log) as server:
        cluster.stop()
        cluster.start()
        added = instance.add_token("later")
        assert until(lambda: server.chat(added, {"model": "fake/x", **SAY}).status == 200)
        assert server.chat(token, {"model": "fake/x", **SAY}).status == 200


def test_a_second_server_on_the_database_is_refused_from_whatever_folder(
    instance: Instance, log: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(instance.settings.instance, tmp_path / "other")
    with serving(instance, log) as server:
        (line,) = refused(instance, AICONNECT_INSTANCE=str(other))
        assert "Another aiconnect serves the database" in line
        assert server.get("/readyz").status == 200
        with instance.session() as session:
            schema.downgrade(session.get_bind().engine, "0001")
        with pytest.raises(StartRefused, match="from another folder or machine"):
            installation.initialise(replace(instance.settings, instance=other))


def test_a_worker_that_ends_leaves_the_database_to_its_server(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    with serving(instance, log) as server, instance.session() as session:
        engine = session.get_bind().engine
        first = server.worker
        os.kill(first, signal.SIGTERM)
        assert until(lambda: not Path(f"/proc/{first}").exists())
        assert until(lambda: answers(server, token))
        assert is_served(engine)
        assert server.stop() == 0
        assert not is_served(engine)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:m4rker@127.0.0.1:{closed}/ai", "does not answer"),
        ("postgresql://keyed:m4rker@127.0.0.1:{port}/postgres", "does not let us in"),
        ("postgresql://aiconnect:m4rker@127.0.0.1:{port}/nosuch", "Make it: createdb nosuch"),
        ("postgresql://aiconnect:m4rker@127.0.0.1:{port}/postgres", "Run `aiconnect init`"),
    ],
)
def test_the_start_is_refused_in_one_sentence(
    instance: Instance, cluster: Cluster, url: str, said: str
) -> None:
    place = url.format(port=cluster.port, closed=free_port())
    (line,) = refused(instance, AICONNECT_DATABASE_URL=place)
    assert said in line
    assert "m4rker" not in line


def refused(instance: Instance, **more: str) -> list[str]:
    """What `aiconnect serve` says before it gives up."""
    environ = {**os.environ, **instance.environ, **more}
    program = [sys.executable, "-c", "from aiconnect.cli import main; main()"]
    command = [*program, "serve", "--port", str(free_port())]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr.splitlines()
