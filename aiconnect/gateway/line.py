"""The caller's side of a stream, and the stream as the relay carries it."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiconnect.errors import CallError
from aiconnect.gateway.answers import Headers, call_headers, raw_head
from aiconnect.gateway.turn import NotAStream, Turn
from aiconnect.wire.relay import Exchange, Stale

Reason = Stale | NotAStream | CallError
"""Why a stream is handed back before its first content."""


@dataclass(slots=True)
class Line:
    """The caller's side: its socket, how it is framed, and what waits to be written.

    `on_close` tells the server that the connection is gone; `extra` are headers that every
    answer to this caller has.
    """

    sock: socket.socket
    is_chunked: bool
    on_close: Callable[[], None]
    buffer: bytes = b""
    extra: Headers = field(default_factory=list)

    def frame(self, body: bytes) -> bytes:
        if not body or not self.is_chunked:
            return body
        return b"%x\r\n%s\r\n" % (len(body), body)

    @property
    def last(self) -> bytes:
        return b"0\r\n\r\n" if self.is_chunked else b""

    def head(self, turn: Turn) -> bytes:
        headers: Headers = [
            ("Content-Type", turn.media_type),
            ("Cache-Control", "no-cache"),
            ("X-Accel-Buffering", "no"),
            *call_headers(turn.call, turn.sent),
            *self.extra,
        ]
        if self.is_chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        return raw_head(200, headers)


class Open:
    """One open stream: a turn between an exchange and a line, and its clocks.

    `answer` is a whole answer instead, head and all, where the turn has ended without a stream.
    `is_level`: what comes in chunks may go on in the very same. `flows`: its first words were
    passed on, and the rest may wait a moment while the relay has much to do.
    """

    __slots__ = (
        "answer", "deadline", "flows", "heard", "is_level", "is_tls", "line", "lingers", "patience",
        "paused", "provider", "turn", "written", "wrote_head",
    )  # fmt: skip

    def __init__(self, turn: Turn, line: Line, answer: bytes = b"") -> None:
        self.turn, self.line, self.answer = turn, line, answer
        self.provider = turn.exchange.sock
        self.is_tls = isinstance(self.provider, ssl.SSLSocket)
        now = time.monotonic()
        self.heard = self.written = now
        self.patience = turn.sent.patience
        self.deadline = now + self.patience
        self.paused = self.flows = self.wrote_head = self.is_level = False
        self.lingers: float | None = None

    @property
    def exchange(self) -> Exchange:
        return self.turn.exchange
