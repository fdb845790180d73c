"""A small blocking HTTP/1.1 client on kept sockets: one send a request, no header objects."""

from __future__ import annotations

import collections
import socket
from dataclasses import dataclass

from bench.proto import core

PIECE = 65536
HEAD = (
    f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{core.PORT}\r\n"
    f"Authorization: Bearer {core.PROVIDER_KEY}\r\nContent-Type: application/json\r\n"
    "Accept-Encoding: identity\r\nContent-Length: "
).encode()
_kept: collections.deque[socket.socket] = collections.deque()


@dataclass(slots=True)
class Answer:
    """A head that has been read, and what came with it."""

    sock: socket.socket
    status: int
    length: int
    is_chunked: bool
    buffer: bytes

    def read(self) -> bytes:
        """The rest of a body whose length is known."""
        parts, have = [self.buffer], len(self.buffer)
        while have < self.length:
            piece = self.sock.recv(PIECE)
            if not piece:
                raise OSError("the answer was cut")
            parts.append(piece)
            have += len(piece)
        keep(self.sock)
        return b"".join(parts)


def keep(sock: socket.socket) -> None:
    """Let the next call use it."""
    _kept.append(sock)


def post(raw: bytes) -> Answer:
    """Ask the fake upstream; a kept connection that has gone stale is taken for once."""
    message = HEAD + b"%d\r\n\r\n" % len(raw) + raw
    while _kept:
        sock = _kept.pop()
        try:
            sock.sendall(message)
            if said := sock.recv(PIECE):
                return _read_head(sock, said)
        except ConnectionError:
            pass
        sock.close()
    sock = _connect()
    sock.sendall(message)
    return _read_head(sock, sock.recv(PIECE))


def _connect() -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", core.PORT), 5)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(600)
    return sock


def _read_head(sock: socket.socket, said: bytes) -> Answer:
    while (end := said.find(b"\r\n\r\n")) < 0:
        piece = sock.recv(PIECE)
        if not piece:
            raise OSError("closed in the head")
        said += piece
    length, is_chunked = 0, False
    for line in said[:end].split(b"\r\n")[1:]:
        name, _, value = line.lower().partition(b":")
        if name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            is_chunked = b"chunked" in value
    return Answer(sock, int(said[9:12]), length, is_chunked, said[end + 4 :])
