"""One HTTP exchange of a fake: reads the request whole, writes the answer in the wanted framing."""

from __future__ import annotations

import json
import select
import socket
import ssl
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.server import Fake

POLL = 0.01


class Signal(Enum):
    """What a body may hold besides bytes."""

    STEP = "wait until the test says step()"
    GAP = "wait as long as fake.gap says"
    SILENCE = "say nothing more until the client goes"
    CUT = "close the connection here"
    RESET = "close the connection here, with a TCP reset"


Body = bytes | Iterable[bytes | Signal]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, {} where it is nested too deeply to be read."""
        try:
            return json.loads(self.body)
        except RecursionError:
            return {}


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer; status 0: not even a head. `framing`: length, chunked, close or the usual."""

    status: int = 200
    body: Body = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    framing: str | None = None


def as_json(content: object, status: int = 200, **headers: str) -> Answer:
    """An answer of JSON."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, json.dumps(content).encode(), headers=names)


class Exchange(BaseHTTPRequestHandler):
    """What the server's thread does with a connection; `fake` is set by the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: Fake

    def do_any(self) -> None:
        request = self._read()
        with self.fake.exchange(request) as generation:
            self._generation = generation
            try:
                self._write(self.fake.answer_to(request))
            except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
                self._left()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_any  # noqa: N815

    def _read(self) -> Request:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(headers.get("content-length", 0)))
        return Request(self.command, path, query, headers, body)

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _write(self, answer: Answer) -> None:
        body = [answer.body] if isinstance(answer.body, bytes) else answer.body
        usual = "length" if isinstance(answer.body, bytes) else "chunked"
        framing = answer.framing or self.fake.framing or usual
        if framing == "length":
            body = list(body)
        if answer.status:
            self._write_head(answer, body, framing)
        write = self._write_chunk if framing == "chunked" else self.wfile.write
        for part in body:
            if isinstance(part, bytes):
                write(part)
            elif not self._obey(part):
                return
        if framing == "chunked":
            self.wfile.write(b"0\r\n\r\n")

    def _write_head(self, answer: Answer, body: Any, framing: str) -> None:
        self.send_response(answer.status)
        self.send_header("content-type", answer.content_type)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if framing == "length":
            self.send_header("content-length", str(sum(len(p) for p in body if _is_bytes(p))))
        elif framing == "chunked":
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("connection", "close")
            self.close_connection = True
        self.end_headers()

    def _write_chunk(self, part: bytes) -> None:
        if part:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))

    def _obey(self, signal: Signal) -> bool:
        """Whether the answer goes on."""
        if signal is Signal.STEP:
            return self._wait(lambda: self.fake.steps.acquire(timeout=POLL))
        if signal is Signal.GAP:
            return not self.fake.closing.wait(self.fake.gap)
        if signal is Signal.SILENCE:
            self._wait(lambda: self.fake.closing.wait(POLL))
        if signal is Signal.RESET:
            # Linger 0 sends a reset, as long as no orderly shutdown comes before the close.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.fake.to_reset.add(self.connection)
        self.close_connection = True
        return False

    def _wait(self, is_over: Any) -> bool:
        while not is_over():
            if self._client_has_left():
                self._left()
                return False
            if self.fake.generation != self._generation:
                self.close_connection = True
                return False
        return True

    def _client_has_left(self) -> bool:
        if not select.select([self.connection], [], [], 0)[0]:
            return False
        if isinstance(self.connection, ssl.SSLSocket):
            return True  # cannot be peeked at; a client has nothing to say meanwhile but good-bye
        try:
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def _left(self) -> None:
        self.close_connection = True
        self.fake.hung_up.set()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base's name)
        """Say nothing: what arrived is in `fake.requests`."""


def _is_bytes(part: object) -> bool:
    return isinstance(part, bytes)
