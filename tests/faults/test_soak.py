"""Mixed load for long: memory does not grow, nor do threads and descriptors."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression

import pytest

from aiconnect.services import routes
from aiconnect.services.audit import SYSTEM
from tests.fakes.dialects import OpenAI
from tests.running import SAY, Instance, Running, serving, until

PARTS = tuple(f"word{number} " for number in range(8))
CALLERS = 6
WARM_UP = 40  # callers: pools grow on demand, and are to be as large as they are wanted


@dataclass(frozen=True)
class Held:
    """What the answering process holds. Memory is its own, without pages of files, in MB."""

    memory: float
    threads: int
    descriptors: int

    @classmethod
    def by(cls, pid: int) -> Held:
        proc = Path(f"/proc/{pid}")
        lines = (proc / "status").read_text().splitlines()
        kb = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
        threads, descriptors = (len(list((proc / name).iterdir())) for name in ("task", "fd"))
        return cls(kb * 1024 / 1e6, threads, descriptors)


@dataclass
class Caller:
    """Calls in one way after another, each in its turn; remembers what went wrong."""

    server: Running
    token: str
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def call(self, number: int) -> None:
        way = WAYS[number % len(WAYS)]
        try:
            way(self)
            self.done[way.__name__] += 1
        except (AssertionError, OSError, http.client.HTTPException) as error:
            self.wrong.append(f"{way.__name__}: {error!r}")

    def whole(self) -> None:
        assert b"word7" in self._said("/v1/chat/completions", model="fake/x")

    def streamed(self) -> None:
        said = self._said("/v1/chat/completions", model="fake/x", stream=True)
        assert said.endswith(b"data: [DONE]\n\n")

    def translated(self) -> None:
        assert b"word7" in self._said("/v1/messages", model="fake/x", max_tokens=50)

    def translated_stream(self) -> None:
        said = self._said("/v1/messages", model="fake/x", max_tokens=50, stream=True)
        assert b"message_stop" in said

    def told_to_ollama(self) -> None:
        assert b'"done":true' in self._said("/api/chat", model="fake/x")

    def fallen_back(self) -> None:
        assert b"word7" in self._said("/v1/chat/completions", model="second-serves")

    def fallen_back_stream(self) -> None:
        said = self._said("/v1/chat/completions", model="second-serves", stream=True)
        assert said.endswith(b"data: [DONE]\n\n")

    def refused(self) -> None:
        assert b"model_not_found" in self._said("/v1/chat/completions", 404, model="nowhere/x")

    def cut(self) -> None:
        """Leave in the midst of a stream."""
        client = self._ask("/v1/chat/completions", model="fake/x", stream=True)
        assert client.getresponse().read(20)
        client.close()

    def _said(self, path: str, status: int = 200, **body: object) -> bytes:
        client = self._ask(path, **body)
        reply = client.getresponse()
        said = reply.read()
        client.close()
        assert reply.status == status, said[:300]
        return said

    def _ask(self, path: str, **body: object) -> http.client.HTTPConnection:
        client = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        client.request("POST", path, json.dumps({**SAY, **body}), headers)
        return client


WAYS: tuple[Callable[[Caller], None], ...] = (
    Caller.whole, Caller.streamed, Caller.translated, Caller.translated_stream,
    Caller.told_to_ollama, Caller.fallen_back, Caller.fallen_back_stream, Caller.refused,
    Caller.cut,
)  # fmt: skip


def load(caller: Caller, count: int, seconds: float) -> list[tuple[float, float]]:
    """So many callers at once for so long; gives (seconds, MB) as time goes on."""
    ends = time.monotonic() + seconds

    def go_on(number: int) -> None:
        while time.monotonic() < ends:
            caller.call(number)
            number += 1

    threads = [threading.Thread(target=go_on, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    samples: list[tuple[float, float]] = []
    pid, began, pause = caller.server.worker, time.monotonic(), threading.Event()
    while not pause.wait(min(5.0, seconds / 30)) and time.monotonic() < ends:
        samples.append((time.monotonic() - began, Held.by(pid).memory))
    for thread in threads:
        thread.join(30)
    return samples


def at_rest(server: Running, like: Held | None = None) -> Held:
    """What is held when nothing is under way; waits until it is no more than `like`."""
    seen = [Held.by(server.worker)]

    def is_steady() -> bool:
        seen.append(Held.by(server.worker))
        if like is None:
            return seen[-1].descriptors == seen[-2].descriptors and len(seen) > 50
        return seen[-1].threads <= like.threads and seen[-1].descriptors <= like.descriptors

    until(is_steady, 10)
    return seen[-1]


def growth(samples: list[tuple[float, float]]) -> float:
    """MB a second, as a straight line through what was seen."""
    return linear_regression(*zip(*samples, strict=True)).slope


def soak(
    instance: Instance, log: Path, fakes: tuple[OpenAI, OpenAI], warm_up: float, seconds: float
) -> float:
    """Run it; gives the growth in MB a second. Threads and descriptors are looked at here."""
    serves, fails = fakes
    serves.stream(PARTS, gap=0.002)
    fails.overload(on="chat")
    instance.add_connection("lmstudio", fails.url, name="broken", models=("x",))
    with instance.session() as session:
        routes.add(session, SYSTEM, "second-serves", ("broken/x", "fake/x"))
    instance.hold_clock()
    access_token = instance.add_token()
    with serving(instance, log) as server:
        caller = Caller(server, access_token)
        load(caller, WARM_UP, warm_up)
        before = at_rest(server)
        samples = load(caller, CALLERS, seconds)
        after = at_rest(server, like=before)
        assert server.stop() == 0
    assert not caller.wrong, Counter(caller.wrong).most_common(5)
    assert len(caller.done) == len(WAYS)
    assert after.threads <= before.threads
    assert after.descriptors <= before.descriptors
    assert all(record.outcome for record in instance.records())
    return growth(samples)


def test_mixed_load_leaves_nothing_behind(
    instance: Instance, log: Path, openai_fake: OpenAI, lmstudio_fake: OpenAI
) -> None:
    """A minute of it. In so short a time memory shows only what leaks much with every call."""
    seconds = 45.0
    slope = soak(instance, log, (openai_fake, lmstudio_fake), 15.0, seconds)
    assert slope * seconds < 5.0


@pytest.mark.soak
def test_memory_grows_by_less_than_a_megabyte_in_ten_minutes(
    instance: Instance, log: Path, openai_fake: OpenAI, lmstudio_fake: OpenAI
) -> None:
    """SOAK_MINUTES (30) of it, after a sixth of that for warming up: arenas and pages fill."""
    seconds = 60 * float(os.environ.get("SOAK_MINUTES", "30"))
    slope = soak(instance, log, (openai_fake, lmstudio_fake), seconds / 6, seconds)
    assert slope * 600 < 1.0
