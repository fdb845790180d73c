"""kill -9 at random moments under load: the ledger loses nothing and doubles nothing."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest

from aiconnect.calls import journal
from aiconnect.models import UsageRecord
from tests.fakes.dialects import OpenAI
from tests.running import SAY, Instance, Running, serving, until

CALLERS = 8


class Load:
    """Callers who call until their server is gone, and remember what was answered whole."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self.answered: list[str] = []
        self.refused: list[int] = []
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _run(self, number: int) -> None:
        body = json.dumps({"model": "fake/x", "stream": bool(number % 2), **SAY})
        headers = {"Authorization": f"Bearer {self._token}"}
        while not self._is_over.is_set():
            client = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                client.request("POST", "/v1/chat/completions", body, headers)
                reply = client.getresponse()
                if reply.status == 200 and _is_whole(reply.read()):
                    self.answered.append(reply.headers["x-request-id"])
                else:
                    self.refused.append(reply.status)
            except (OSError, http.client.HTTPException):
                return
            finally:
                client.close()

    def stop(self) -> None:
        """Call no more."""
        self._is_over.set()
        self.join()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(20)


def _is_whole(body: bytes) -> bool:
    return body.endswith(b"data: [DONE]\n\n") or body.startswith(b"{")


def begun(folder: Path) -> Counter[str]:
    """Calls whose begin is in the journal that was left behind."""
    found: Counter[str] = Counter()
    for path in folder.glob(f"*{journal.SUFFIX}"):
        lines, _ = journal.lines(path.read_bytes())
        found.update(line["id"] for line in lines if line["k"] == "b")
    return found


def tear(folder: Path, chance: random.Random) -> None:
    """Cut a last line as a power failure might, and leave garbage behind it."""
    for path in folder.glob(f"*{journal.SUFFIX}"):
        data = bytearray(path.read_bytes())
        end = len(data.rstrip(b"\0"))
        garbage = b"\n000000ff deadbeef " + chance.randbytes(20).replace(b"\n", b"x")
        data[end : end + len(garbage)] = garbage
        path.write_bytes(bytes(data))


def one_round(instance: Instance, log: Path, token: str, chance: random.Random) -> None:
    known = {one.id for one in instance.records()}
    with serving(instance, log) as server:
        load = Load(server.port, token)
        wanted = chance.randint(1, 150)
        assert until(lambda: len(load.answered) >= wanted)
        server.kill()
        load.join()
    left = begun(instance.settings.journal)
    known |= {one.id for one in instance.records()}
    tear(instance.settings.journal, chance)
    with serving(instance, log):
        pass
    check(instance, known | set(left), load.answered)


def check(instance: Instance, calls: set[str], answered: list[str]) -> None:
    records = instance.records()
    assert Counter(one.id for one in records) == Counter(calls)
    by_id: dict[str, UsageRecord] = {one.id: one for one in records}
    assert {by_id[one].outcome for one in answered} <= {"ok"}
    assert all(one.outcome for one in records)


def rounds(instance: Instance, log: Path, fake: OpenAI, count: int, seed: int) -> None:
    fake.stream(("It ", "rained."), gap=0.002)
    token = instance.add_token()
    chance = random.Random(seed)  # noqa: S311 (a repeatable order of accidents)
    for _ in range(count):
        one_round(instance, log, token, chance)
    sent, records = len(fake.calls()), len(instance.records())
    assert sent <= records <= sent + count * CALLERS


def test_eight_kills_lose_and_double_nothing(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    rounds(instance, log, openai_fake, 8, seed=12)


@pytest.mark.soak
def test_two_hundred_kills_lose_and_double_nothing(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    rounds(instance, log, openai_fake, 200, seed=200)


@pytest.mark.on_both
def test_what_was_torn_is_kept_aside(instance: Instance, log: Path, openai_fake: OpenAI) -> None:
    one_round(instance, log, instance.add_token(), random.Random(1))  # noqa: S311
    assert list((instance.settings.journal / "damaged").iterdir())


def test_a_worker_that_dies_is_replaced_and_its_calls_are_kept(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    with serving(instance, log) as server:
        assert server.chat(token, {"model": "fake/x", **SAY}).status == 200
        kill_worker(server)
        assert until(lambda: answers(server, token))
        assert len(instance.settled(2)) == 2


def kill_worker(server: Running) -> None:

    worker = server.worker
    os.kill(worker, signal.SIGKILL)
    assert until(lambda: not Path(f"/proc/{worker}").exists() or server.worker != worker)


def answers(server: Running, token: str) -> bool:
    try:
        return server.chat(token, {"model": "fake/x", **SAY}).status == 200
    except (OSError, http.client.HTTPException):
        return False
