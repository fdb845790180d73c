"""Both ends of a call byte by byte, in one thread: a test says who sends what, and when."""

from __future__ import annotations

import json
import socket
import struct
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.gateway.conftest import Gate
    from tests.running import Running

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = STREAM + b"Transfer-Encoding: chunked\r\n\r\n"
PATIENCE = 10.0


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


def said(text: str, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}, separators=(",", ":")).encode() + b"\n\n"


DONE = said("", "stop") + b"data: [DONE]\n\n"
LAST = b"0\r\n\r\n"


class Wire:
    """A connected socket, read until what is wanted has come."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE)
        self.sock = sock
        self.seen = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def until(self, wanted: bytes) -> bytes:
        """Everything seen so far, once it holds what is wanted."""
        while wanted not in self.seen:
            piece = self.sock.recv(65_536)
            assert piece, f"ended before {wanted!r}: {self.seen[-300:]!r}"
            self.seen += piece
        return self.seen

    def rest(self) -> bytes:
        """Everything up to the other side's end, a reset included."""
        try:
            while piece := self.sock.recv(65_536):
                self.seen += piece
        except ConnectionResetError:
            pass
        return self.seen

    def close(self) -> None:
        self.sock.close()

    def reset(self) -> None:
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()


class Talk(Wire):
    """One connection of the gateway to the provider."""

    def request(self) -> bytes:
        """The next request, whole."""
        head = self.until(b"\r\n\r\n").partition(b"\r\n\r\n")[0]
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        while len(self.seen) < len(head) + 4 + length:
            self.seen += self.sock.recv(65_536)
        found, self.seen = self.seen[: len(head) + 4 + length], self.seen[len(head) + 4 + length :]
        return found

    def gone(self) -> bool:
        """Whether the gateway has closed; waits for it."""
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True


class Provider:
    """Listens as a provider under the connection's name `scripted`."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.settimeout(PATIENCE)
        self._talks: list[Talk] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def accept(self) -> Talk:
        """The gateway's next connection."""
        self._talks.append(Talk(self._listener.accept()[0]))
        return self._talks[-1]

    def called(self) -> Talk:
        """The gateway's next connection, its request read."""
        talk = self.accept()
        talk.request()
        return talk

    def hang_up(self) -> None:
        """Close every connection, so that the next test's calls make new ones."""
        for talk in self._talks:
            talk.close()
        self._talks.clear()

    def close(self) -> None:
        self.hang_up()
        self._listener.close()


def raw_request(gate: Gate, body: bytes, *headers: str) -> bytes:
    """A chat request with these headers more."""
    return _request(gate.token, body, *headers)


def _request(token: str, body: bytes, *headers: str) -> bytes:
    lines = [
        "POST /v1/chat/completions HTTP/1.1", "Host: x", f"Authorization: Bearer {token}",
        f"Content-Length: {len(body)}", *headers,
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def dial(gate: Gate) -> Wire:
    return Wire(socket.create_connection(("127.0.0.1", gate.server.port)))


def call(gate: Gate, *headers: str, model: str = "scripted/m", **more: object) -> Wire:
    """A caller who has sent its request."""
    return wire_to(gate.server, gate.token, *headers, model=model, **more)


def wire_to(server: Running, token: str, *headers: str, model: str, **more: object) -> Wire:
    """A caller of any server who has sent its request."""
    wire = Wire(socket.create_connection(("127.0.0.1", server.port)))
    body = json.dumps({"model": model, "messages": [], **more}).encode()
    wire.send(_request(token, body, *headers))
    return wire


def request_id(answer: bytes) -> str:
    return answer.lower().partition(b"x-request-id: ")[2].split(b"\r\n")[0].decode()
