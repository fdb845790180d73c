"""The server process under callers who never finish, signals at odd moments, and chaos."""

from __future__ import annotations

import os
import random
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.fakes.dialects import OpenAI
from tests.gateway.scripted import Wire, wire_to
from tests.running import SAY, Instance, Running, serving, until

FEW = {"threads": 4, "threads_for_pages": 2}
LONG = "X: " + "x" * 8_000 + "\r\n"


def open_descriptors(server: Running) -> int:
    return len(list(Path(f"/proc/{server.worker}/fd").iterdir()))


def threads(server: Running) -> int:
    return len(list(Path(f"/proc/{server.worker}/task").iterdir()))


@pytest.mark.parametrize(
    "begin",
    [
        "GET /v1/models HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 9000000000000\r\n\r\n",
        "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 00000000000000009\r\n\r\n",
        "POST /login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "POST /login HTTP/1.1\r\nContent-Length: 900\r\nExpect: 100-continue\r\n\r\n",
        "POST /login HTTP/1.1\r\nContent-Length: 900000\r\n\r\n",
        "GET /login HTTP/1.1\r\n" + LONG * 9,
        "\r\n\r\n",
    ],
)
def test_callers_who_never_finish_hold_no_thread(instance: Instance, log: Path, begin: str) -> None:
    """A thread that waited for one of them would wait for as long as the client here does."""
    with serving(instance, log, limits=FEW) as server, ExitStack() as open_ones:
        for _ in range(12):
            wire = open_ones.enter_context(
                Wire(socket.create_connection(("127.0.0.1", server.port)))
            )
            wire.send(begin.encode())
        assert server.get("/login").status == 200


def test_after_sigterm_new_callers_are_refused_and_streams_end_whole(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    openai_fake.stream(("one", "two"), paused=True)
    with serving(instance, log) as server:
        wire = wire_to(server, token, model="fake/x", stream=True)
        openai_fake.wait_for_requests(1)
        server.terminate()
        assert until(lambda: is_refused(server))
        openai_fake.step(4)
        assert b"[DONE]" in wire.rest()
        wire.close()
        assert server.process.wait(10) == 0
    assert [one.outcome for one in instance.records()] == ["ok"]


def is_refused(server: Running) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port)).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_reload_keeps_streams_and_serves_on(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    openai_fake.stream(("one", "two"), paused=True)
    with serving(instance, log) as server:
        wire = wire_to(server, token, model="fake/x", stream=True)
        openai_fake.wait_for_requests(1)
        before = server.worker
        os.kill(server.process.pid, signal.SIGHUP)
        assert until(lambda: len(workers(server)) == 2)
        openai_fake.step(4)
        assert b"[DONE]" in wire.rest()
        wire.close()
        assert until(lambda: workers(server) not in ([before], []) and len(workers(server)) == 1)
        openai_fake.calm()
        assert server.chat(token, {"model": "fake/x", **SAY}).status == 200
        assert {one.outcome for one in instance.settled(2)} == {"ok"}


def workers(server: Running) -> list[int]:
    pid = server.process.pid
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_quick_end_in_the_midst_leaves_interrupted_calls_behind(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    openai_fake.stream(("one", "two"), paused=True)
    with serving(instance, log) as server:
        wire = wire_to(server, token, model="fake/x", stream=True)
        openai_fake.wait_for_requests(1)
        server.process.send_signal(signal.SIGINT)
        server.process.wait(10)
        wire.rest()
        wire.close()
    with serving(instance, log):
        assert [one.outcome for one in instance.settled(1)] == ["interrupted"]


def chaos(server: Running, token: str, fake: OpenAI, chance: random.Random) -> None:
    act = chance.choice(
        [fake.calm, fake.hang_up, fake.overload, fake.error_with_200, fake.reject_stream_options,
         fake.malformed, fake.html_error, lambda: fake.cut_after(1), lambda: fake.stream("abc")]
    )  # fmt: skip
    act()
    with wire_to(server, token, model="fake/x", stream=chance.random() < 0.7) as wire:
        moment = chance.random()
        if moment < 0.1:
            wire.sock.shutdown(socket.SHUT_WR)
            wire.rest()
        elif moment < 0.5:
            wire.until(b"HTTP/1.1 " if moment < 0.3 else b"\r\n\r\n")
        wire.reset()


def test_chaos_leaves_nothing_open(instance: Instance, log: Path, openai_fake: OpenAI) -> None:
    token = instance.add_token()
    chance = random.Random(7)  # noqa: S311 (a repeatable order of accidents)
    with serving(instance, log, limits={**FEW, "threads": 8}) as server:
        for _ in range(50):
            server.chat(token, {"model": "fake/x", **SAY})
        before = open_descriptors(server)
        for _ in range(300):
            chaos(server, token, openai_fake, chance)
        openai_fake.calm()
        assert until(lambda: open_descriptors(server) <= before + 2)
        assert threads(server) < 60
        assert server.stop() == 0
    assert all(one.outcome for one in instance.records())
    assert "stumbled" not in log.read_text()
    assert "Traceback" not in log.read_text()
