"""Bare local servers: they listen, and do what a test tells them and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.fakes.certificates import make_certificate, server_context

Serve = Callable[[Callable[[socket.socket], None]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """`serve(do)` gives the port of a server that calls `do` with one connection at a time."""
    listeners: list[socket.socket] = []
    connections: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(answer: Callable[[socket.socket], None]) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(10)
        listeners.append(listener)
        threads.append(
            threading.Thread(target=_accept, args=(listener, connections, answer), daemon=True)
        )
        threads[-1].start()
        return int(listener.getsockname()[1])

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
    for connection in connections:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join(5)


def _accept(
    listener: socket.socket,
    connections: list[socket.socket],
    answer: Callable[[socket.socket], None],
) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        connections.append(connection)
        with closing(connection):
            connection.settimeout(5)
            answer(connection)


def until_closed(connection: socket.socket) -> None:
    """Say nothing until the other side goes."""
    try:
        while connection.recv(65536):
            pass
    except OSError:
        pass


@pytest.fixture
def serve_tls(serve: Serve, tmp_path: Path) -> Callable[..., tuple[int, Path]]:
    """`serve_tls(name, starts, ends)` gives the port of a TLS server and its certificate's file."""

    def start(name: str = "127.0.0.1", *, starts: int = -1, ends: int = 30) -> tuple[int, Path]:
        certificate = make_certificate(tmp_path, name, starts=starts, ends=ends)
        context = server_context(certificate)

        def shake_hands(connection: socket.socket) -> None:
            try:
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    until_closed(wrapped)
            except OSError:
                return

        return serve(shake_hands), certificate

    return start


@pytest.fixture
def free_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
