"""The master key is rotated while a server works, and killed on the way: no call fails."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from aiconnect.models import Connection, Credential, State
from aiconnect.secret import Secret
from aiconnect.services import audit, connections, installation
from aiconnect.services import vault as vaults
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing
from tests.fakes import Fakes
from tests.running import ROOT, SAY, Instance, Running, serving, until

CONNECTIONS = 5
PLACES = 10
KEY = "sk-planted-in-the-test"


class Load:
    """Callers who call without a pause, and somebody who changes something all the while."""

    def __init__(self, server: Running, instance: Instance, token: str) -> None:
        self._server, self._instance, self._token = server, instance, token
        self._over = threading.Event()
        self.answers: list[int] = []
        self._threads = [
            threading.Thread(target=self._call, args=(number,)) for number in range(4)
        ] + [threading.Thread(target=self._change)]
        for thread in self._threads:
            thread.start()

    def _call(self, number: int) -> None:
        while not self._over.is_set():
            model = f"fake{number}/x"
            answer = self._server.chat(self._token, {"model": model, "stream": False, **SAY})
            self.answers.append(answer.status)

    def _change(self) -> None:
        """Each change makes the server open every key anew."""
        with self._instance.session() as session:
            while not self._over.wait(0.05):
                with writing(session):
                    installation.bump_revision(session)

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(20)

    def goes_on(self) -> bool:
        """Whether calls are answered from now on."""
        before = len(self.answers)
        return until(lambda: len(self.answers) > before + 8, 10)


@pytest.fixture
def instance(tmp_path: Path, fakes: Fakes) -> Iterator[Instance]:
    made = Instance(tmp_path / "instance")
    made.add_owner()
    for number in range(CONNECTIONS):
        made.add_connection("compatible", fakes["openai"].url, name=f"fake{number}", key=KEY)
    yield made
    made.close()


@pytest.fixture
def token(instance: Instance) -> str:
    return instance.add_token()


@contextmanager
def loaded(instance: Instance, log: Path, token: str) -> Iterator[Load]:
    """A server under load; at the end every call of it must have been answered well."""
    with serving(instance, log) as server:
        load = Load(server, instance, token)
        try:
            yield load
            assert load.goes_on()
        finally:
            load.stop()
        assert set(load.answers) == {200}


def rotation(
    instance: Instance, place: int = -1, out: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("AICONNECT_")}
    environ |= {"AICONNECT_INSTANCE": str(instance.settings.instance), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "tests.jobs.rotating", str(place)]
    return subprocess.Popen(words, cwd=ROOT, env=environ, stdout=out)


def said(instance: Instance, place: int = -1) -> tuple[int, list[str]]:
    """How a rotation ended, and its sentences."""
    process = rotation(instance, place, subprocess.PIPE)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out.decode().splitlines()


def check_opens(instance: Instance) -> None:
    """Every key of every connection opens with the keys that are in the file now."""
    vault = Vault(vaults.read_keys(instance.settings))
    with instance.session() as session:
        for one in connections.all(session):
            assert connections.open_key(one, vault) == Secret(KEY)


def check_finished(instance: Instance) -> None:
    """One key is left, and it opens everything; no connection was ever thought broken."""
    assert len(vaults.read_keys(instance.settings)) == 1
    check_opens(instance)
    installation.check_start(instance.settings)
    with instance.session() as session:
        states = set(session.scalars(select(Connection.state)))
        assert State.NEEDS_ATTENTION not in states
        assert len(list(session.scalars(select(Credential.id)))) >= CONNECTIONS


def test_killed_at_ten_places_under_load_it_fails_no_call_and_opens_all(
    instance: Instance, tmp_path: Path, token: str
) -> None:
    reached = set()
    with loaded(instance, tmp_path / "log", token) as load:
        for place in range(PLACES):
            ended, sentences = said(instance, place)
            reached.add(len(sentences))
            assert ended == -signal.SIGKILL, sentences
            check_opens(instance)
            assert load.goes_on()
            assert "Every value is sealed" in said(instance)[1][-1]
            check_finished(instance)
    assert reached == set(range(1, PLACES + 1))
    with serving(instance, tmp_path / "log") as server:
        assert server.chat(token, {"model": "fake0/x", **SAY}).status == 200


def test_a_key_that_a_person_enters_meanwhile_opens_after(
    instance: Instance, tmp_path: Path, token: str
) -> None:
    with loaded(instance, tmp_path / "log", token):
        going = rotation(instance)
        with instance.session() as session:
            while going.poll() is None:
                one = connections.by_name(session, "fake0")
                connections.rotate(session, audit.SYSTEM, one.id, Secret(KEY), vault=instance.vault)
        assert going.returncode == 0
    check_finished(instance)


@pytest.mark.soak
def test_killed_at_any_moment_two_hundred_times(
    instance: Instance, tmp_path: Path, token: str
) -> None:
    chance = random.Random(200)  # noqa: S311 (a repeatable order of accidents)
    with loaded(instance, tmp_path / "log", token):
        for _ in range(200):
            going = rotation(instance)
            with suppress(subprocess.TimeoutExpired):
                going.wait(chance.uniform(0.2, 3.0))
            going.kill()
            going.wait()
            check_opens(instance)
        assert rotation(instance).wait(60) == 0
    check_finished(instance)
