"""Bare local servers: they listen, and do what a test tells them and nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from tests.fakes.certificates import make_certificate, server_context

Do = Callable[[socket.socket], None]


class Bare:
    """Starts servers; close it at the end."""

    def __init__(self) -> None:
        self._listeners: list[socket.socket] = []
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def serve(self, do: Do) -> int:
        """The port of a server that calls `do` with one connection at a time."""
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(30)
        self._listeners.append(listener)
        self._threads.append(
            threading.Thread(target=self._accept, args=(listener, do), daemon=True)
        )
        self._threads[-1].start()
        return int(listener.getsockname()[1])

    def serve_tls(
        self, folder: Path, name: str = "127.0.0.1", *, starts: int = -1, ends: int = 30,
        do: Do | None = None,
    ) -> tuple[int, Path]:  # fmt: skip
        """The port of a TLS server for this name, and its certificate's file."""
        certificate = make_certificate(folder, name, starts=starts, ends=ends)
        context = server_context(certificate)

        def shake_hands(connection: socket.socket) -> None:
            try:
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    (do or until_closed)(wrapped)
            except OSError:
                return

        return self.serve(shake_hands), certificate

    def close(self) -> None:
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self, listener: socket.socket, do: Do) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            with closing(connection), suppress(ConnectionError):
                connection.settimeout(5)
                do(connection)


def until_closed(connection: socket.socket) -> None:
    """Say nothing until the other side goes."""
    try:
        while connection.recv(65536):
            pass
    except OSError:
        pass


def saying(answer: bytes) -> Do:
    """A server that says this to whatever it is sent first, then hangs up."""

    def say(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return say
