"""Providers that close before they have read a request: it may be too large for them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from aiconnect.calls.faults import FAULTS, REACHED, UNREACHED
from aiconnect.errors import ProviderError
from aiconnect.wire.relay import Door, Exchange, Upstream
from aiconnect.wire.types import HttpCall, Route
from tests.fakes import OpenPolicy

LARGE = b"x" * 20_000_000
REFUSAL = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as found:
        found.settimeout(10)
        yield found


def sent(listener: socket.socket, answer: bytes) -> Exchange:
    """A large request to a server that reads its beginning, answers so, and closes."""

    def serve() -> None:
        sock = listener.accept()[0]
        with sock:
            sock.recv(1000)
            sock.sendall(answer)

    upstream = Upstream(OpenPolicy())
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(serve)
        try:
            return upstream.send(Door.of(HttpCall("POST", url), Route()), LARGE, {})
        finally:
            serving.result()


def test_its_refusal_is_read(listener: socket.socket) -> None:
    exchange = sent(listener, REFUSAL)
    exchange.read_head(5)
    assert exchange.head is not None
    assert exchange.head.status == 413
    exchange.close()


def test_no_answer_says_nothing_about_the_provider(listener: socket.socket) -> None:
    """Else one caller with large requests would close it to everybody."""
    with pytest.raises(ProviderError) as failed:
        sent(listener, b"")
    assert failed.value.code == "unsent"
    assert failed.value.code not in {*FAULTS, *UNREACHED, *REACHED}
