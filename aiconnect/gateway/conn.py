"""A caller's connection: what was read of its next request, and how its answer is written."""

from __future__ import annotations

import errno
import re
import socket
import struct
import time
from contextlib import suppress
from enum import Enum, auto
from typing import Any

from gunicorn import http, util
from gunicorn.http import wsgi
from gunicorn.http.errors import LimitRequestHeaders
from typing_extensions import override

from aiconnect.gateway.heads import LENGTH, Heads, cut
from aiconnect.gateway.limits import Limits

BUFFERED = 256 * 1024
HEAD_LIMIT = 64 * 1024
READ_SIZE = 64 * 1024
LINGER = 2.0
CALL = re.compile(rb"[!-~]{1,20} /(?:v1|api)/")
UNBUFFERED = re.compile(
    rb"\r\n(?:transfer-encoding:|expect:|content-length:(?![ \t]*\d{1,12}[ \t]*\r\n))",
    re.IGNORECASE,
)


class Phase(Enum):
    """What happens to a connection: the main loop waits, or a thread answers."""

    READING = auto()
    HELD = auto()
    ANSWERING = auto()
    LINGERING = auto()


class Conn:
    """One connection. `until` is when the main loop loses patience with it (monotonic seconds).

    The socket blocks, with the kernel's own timeouts, which it has from its listening one
    (`set_timeouts`): without `settimeout` Python polls before each read and write. The main loop
    reads with MSG_DONTWAIT.
    """

    def __init__(
        self, sock: socket.socket, client: Any, server: Any, limits: Limits, heads: Heads
    ) -> None:
        self.sock, self.client, self.server = sock, client, server
        self._heads = heads
        self.fd = sock.fileno()
        self.phase = Phase.READING
        self.buffer = b""
        self.is_whole = self.is_watched = False
        self.parser: Any = None
        self._head = b""
        self._wanted = 0  # bytes of the next request, once its head is here
        self._is_buffered = True
        self._limits = limits
        self._began = time.monotonic()
        self.until = self._began + limits.read_between

    def receive(self) -> bytes | None:
        """What is there to read: None for nothing yet, nothing where the caller has gone."""
        try:
            return self.sock.recv(READ_SIZE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def add(self, chunk: bytes) -> bool:
        """Take bytes in; True once the request is whole, or one that a thread should read on."""
        now = time.monotonic()
        if not self.buffer:
            self._began = now
        self.until = min(now + self._limits.read_between, self._began + self._limits.read_total)
        self.buffer += chunk
        if not self._wanted:
            self._look_for_head(len(self.buffer) - len(chunk) - 3)
        if not self._wanted:
            self.is_whole = False
            return len(self.buffer) > HEAD_LIMIT
        self.is_whole = self._is_buffered and len(self.buffer) >= self._wanted
        return self.is_whole or not self._is_buffered or self._wanted > BUFFERED

    def _look_for_head(self, start: int) -> None:
        end = self.buffer.find(b"\r\n\r\n", max(start, 0))
        if end < 0:
            return
        self._head = self.buffer[: end + 4]
        head = self._head[:-2]
        length = LENGTH.search(head)
        self._wanted = end + 4 + (int(length[1]) if length else 0)
        self._is_buffered = UNBUFFERED.search(head) is None

    @property
    def is_call(self) -> bool:
        """Whether the request that was read is a program's, by its path."""
        return CALL.match(self.buffer) is not None

    def next_request(self, cfg: Any) -> Any:
        """The request that was read, parsed by gunicorn; None where there is none."""
        if self.parser is None:
            self.parser = http.get_parser(cfg, self, self.client)
        if not self._wanted:
            raise LimitRequestHeaders("the head is too long")
        self.parser.mesg = None  # the request before was read to its end, or we would have closed
        known = cut(self._head) if self.is_whole and self.is_call else None
        found = self._heads.request(known, self.parser) if known else None
        self.parser.unreader.unread(self.buffer[len(self._head) :] if found else self.buffer)
        self.buffer, self._wanted = b"", 0
        if found is None:
            found = next(self.parser, None)
            if known and found is not None:
                self._heads.learn(known, found)
        return found

    def recv(self, size: int) -> bytes:
        """What the parser reads by itself: the rest of a request that was not read whole.

        Between bytes the kernel's timeout counts; for the request in all, this one.
        """
        if time.monotonic() > self._began + self._limits.read_total:
            raise TimeoutError(errno.ETIMEDOUT, "the request was not sent to its end in time")
        return self.sock.recv(size)

    def send(self, answer: bytes) -> None:
        """Write an answer that is not the application's, if its caller is still there."""
        with suppress(OSError):
            self.sock.sendall(answer)

    def rest(self) -> bytes:
        """Bytes of a next request that came together with this one."""
        taken: bytes = self.parser.unreader.take_buffered()
        return taken

    def wait_again(self, seconds: float) -> None:
        """Back to the main loop for the next request."""
        self.until = time.monotonic() + seconds
        self.phase = Phase.READING  # last: from now on the main loop may close it

    def linger(self) -> bool:
        """Say that nothing more is written; closing at once could reset what is on its way."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        self.until = time.monotonic() + LINGER
        self.phase = Phase.LINGERING
        return True


def set_timeouts(listener: socket.socket, limits: Limits) -> None:
    """What every connection begins with: Linux gives it to those that the listener accepts."""
    stall, between = _seconds(limits.caller_stall), _seconds(limits.read_between)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, stall)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, between)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _seconds(seconds: float) -> bytes:
    return struct.pack("ll", max(1, int(seconds)), 0)


class Answer(wsgi.Response):  # type: ignore[misc]
    """gunicorn's response, which sends head and body of a one-piece answer together."""

    headers_sent: bool

    @override
    def write(self, arg: bytes) -> None:
        if (
            self.headers_sent
            or self.chunked
            or self._omits_body
            or self.response_length != len(arg)
        ):
            super().write(arg)
            return
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers)]
        self.headers_sent = True
        self.sent = len(arg)
        util.write(self.sock, ("".join(lines) + "\r\n").encode("latin-1") + arg)
