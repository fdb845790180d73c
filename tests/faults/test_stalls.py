"""Silent providers and stalled callers hold no page up."""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.fakes.dialects import OpenAI
from tests.running import SAY, Answer, Instance, Running, serving, until

LIMIT = 1.0
"""Seconds: a page that waited for one of them would wait for two at least."""


def slowest(server: Running, times: int = 15) -> float:
    """The longest that a page or the health check took, in seconds."""
    worst = 0.0
    for _ in range(times):
        for path in ("/healthz", "/login"):
            began = time.monotonic()
            assert server.get(path).status == 200
            worst = max(worst, time.monotonic() - began)
    return worst


@contextmanager
def calling(server: Running, token: str, count: int, *, stream: bool) -> Iterator[list[Answer]]:
    answers: list[Answer] = []

    def call() -> None:
        answers.append(server.chat(token, {"model": "fake/x", "stream": stream, **SAY}, timeout=30))

    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    yield answers
    for thread in threads:
        thread.join(30)


@pytest.mark.parametrize("stream", [False, True])
def test_two_hundred_calls_to_a_silent_provider_leave_pages_fast(
    instance: Instance, log: Path, openai_fake: OpenAI, stream: bool
) -> None:
    openai_fake.stall(on="chat")
    token = instance.add_token()
    with serving(instance, log, limits={"first_byte": 4.0}) as server:
        server.get("/login")  # the first page compiles its templates
        with calling(server, token, 200, stream=stream) as answers:
            openai_fake.wait_for_requests(200 if stream else 48)
            assert slowest(server) < LIMIT
    codes = {(answer.status, answer.json["error"]["code"]) for answer in answers}
    silent, full = (504, "provider_silent"), (503, "no_capacity")
    assert codes == ({silent} if stream else {silent, full})
    assert all("retry-after" in answer.headers for answer in answers if answer.status == 503)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"POST /v1/chat/comp",
        b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 900\r\n\r\n{",
    ],
)
def test_stalled_callers_leave_pages_fast(instance: Instance, log: Path, said: bytes) -> None:
    with serving(instance, log, limits={"read_between": 2.0}) as server, ExitStack() as stack:
        server.get("/login")
        stalled = []
        for _ in range(64):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            sock.sendall(said)
            stalled.append(sock)
        assert slowest(server) < LIMIT
        for sock in stalled:
            sock.settimeout(6)
            assert sock.recv(1) == b""


def test_a_caller_that_does_not_read_holds_no_page_up(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    openai_fake.stream(tuple("x" * 50_000 for _ in range(200)))
    token = instance.add_token()
    with serving(instance, log, limits={"caller_stall": 2.0}) as server, ExitStack() as stack:
        server.get("/login")
        body = b'{"model": "fake/x", "messages": [], "stream": true}'
        head = f"POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer {token}\r\nHost: x\r\n"
        for _ in range(20):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            sock.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert slowest(server) < LIMIT
        left = [one.outcome for one in instance.settled(20, seconds=15)]
    assert left == ["caller_left"] * 20


def test_running_out_of_descriptors_refuses_and_recovers(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    openai_fake.stall(on="chat")
    token = instance.add_token()
    with serving(instance, log, limits={"first_byte": 5.0}) as server:
        worker = server.worker
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (100, 100))
        with calling(server, token, 120, stream=True) as answers:
            assert until(lambda: any(one.status == 503 for one in answers))
        assert server.worker == worker
        openai_fake.calm()
        assert until(lambda: server.chat(token, {"model": "fake/x", **SAY}).status == 200)
    assert {one.status for one in answers} <= {503, 504}
