"""An outgoing proxy on loopback: it tunnels, records, and refuses as it is told."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from contextlib import suppress

from aiconnect.secret import Secret
from aiconnect.settings import Proxy
from tests.bare import Bare

LOGIN = "outgoing:word-of-the-proxy"


class FakeProxy:
    """Leads every name to `to` on loopback; `refusal` answers in the place of a tunnel."""

    def __init__(self, to: int, *, login: str = "", refusal: bytes = b"") -> None:
        self.asked: list[str] = []
        self.heads: list[str] = []
        self._to, self._login, self._refusal = to, login, refusal
        self._servers = Bare()
        self.port = self._servers.serve(self._answer)

    def ways(self, login: str = "") -> Proxy:
        return Proxy("127.0.0.1", self.port, Secret(login) if login else None)

    def close(self) -> None:
        self._servers.close()

    def _answer(self, connection: socket.socket) -> None:
        head = connection.recv(65536).decode()
        self.heads.append(head)
        self.asked.append(head.split(" ")[1])
        wanted = f"Basic {b64encode(self._login.encode()).decode()}"
        if self._login and wanted not in head:
            connection.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                b'Proxy-Authenticate: Basic realm="out"\r\nContent-Length: 0\r\n\r\n'
            )
        elif self._refusal:
            connection.sendall(self._refusal)
        else:
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._carry(connection)

    def _carry(self, connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._to), timeout=5) as there:
            back = threading.Thread(target=_pour, args=(there, connection), daemon=True)
            back.start()
            _pour(connection, there)
            back.join(5)


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
