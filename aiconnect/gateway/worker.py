"""gunicorn's thread worker (27.0, pinned), with three differences.

1. A request is read by the main loop, without a thread, until it is whole; so stalled callers hold
   no thread. Bodies above BUFFERED are read in a thread, under the gateway's own limit.
2. A stream leaves its thread: its socket is detached, and stays counted in `nr_conns` until the
   relay reports its end, so that SIGTERM waits for it.
3. Running out of descriptors refuses callers (503) instead of ending the worker.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import selectors
import socket
import time
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn import http
from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker
from typing_extensions import override

from aiconnect.gateway.limits import Limits
from aiconnect.gateway.requests import Environ
from aiconnect.gateway.stream import Line

log = logging.getLogger("aiconnect.worker")

BUFFERED = 256 * 1024
HEAD_LIMIT = 64 * 1024
READ_SIZE = 64 * 1024
ACCEPT_PAUSE = 0.1
TURN = 0.5
NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
IGNORED = {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK, errno.EPROTO, errno.EINTR}
LEFT = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.EBADF, errno.ETIMEDOUT}
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*\r\n", re.IGNORECASE)
UNBUFFERED = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)
FULL_BODY = (
    b'{"error":{"message":"This server is out of connections. Try again in a moment.",'
    b'"type":"overloaded_error","param":null,"code":"no_capacity"}}'
)
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(FULL_BODY), FULL_BODY)
)


class Conn(TConn):  # type: ignore[misc]
    """A caller's connection, with what was read of its next request."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        self.parser: Any = None
        self.buffer = b""
        self.began = self.heard = time.monotonic()

    def add(self, chunk: bytes) -> bool:
        """Take bytes in; True once the request is whole, or one that a thread should read on."""
        now = time.monotonic()
        if not self.buffer:
            self.began = now
        self.heard = now
        self.buffer += chunk
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return len(self.buffer) > HEAD_LIMIT
        head = self.buffer[: end + 2]
        length = LENGTH.search(head)
        if length is None or UNBUFFERED.search(head):
            return True
        wanted = end + 4 + int(length[1])
        return wanted > BUFFERED or len(self.buffer) >= wanted

    def give_to_parser(self) -> None:
        """Hand what was read to gunicorn's parser."""
        if self.parser is None:
            self.parser = http.get_parser(self.cfg, self.sock, self.client)
            self.initialized = True
        self.parser.unreader.unread(self.buffer)
        self.buffer = b""


class Worker(ThreadWorker):  # type: ignore[misc]
    """Reads requests in the main loop, answers them in threads, lets streams go."""

    limits = Limits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: dict[Conn, None] = {}
        self.keepalived_conns: dict[Conn, None] = {}
        self._reserve = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._accept_again = 0.0

    def detach(self, environ: Environ) -> Line:
        """Take the caller's socket out of this worker; the worker goes on counting it."""
        sock = socket.socket(fileno=environ["gunicorn.socket"].detach())
        is_chunked = environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        return Line(sock, is_chunked, partial(self.method_queue.defer, self._stream_closed))

    def _stream_closed(self) -> None:
        self.nr_conns -= 1
        self.wsgi.stream_closed()

    @override
    def run(self) -> None:
        queue = self.method_queue
        self.poller.register(queue.fileno(), selectors.EVENT_READ, queue.run_callbacks)
        while self.alive and self.is_parent_alive():
            self._turn(accepting=self._can_accept())
        self._wind_down()
        self.wsgi.stop()
        self.tpool.shutdown(wait=False)
        self.poller.close()
        queue.close()
        for listener in self.sockets:
            listener.close()

    def _turn(self, *, accepting: bool) -> None:
        """One round of the main loop."""
        self.notify()
        self.set_accept_enabled(accepting)
        self.wait_for_and_dispatch_events(timeout=TURN)
        self.murder_keepalived()

    def _can_accept(self) -> bool:
        if time.monotonic() < self._accept_again or not self._has_reserve():
            return False
        return bool(self.nr_conns < self.worker_connections)

    def _wind_down(self) -> None:
        """Answer what was begun, streams included, for as long as the grace time lasts."""
        deadline = time.monotonic() + self.limits.grace
        for conn in self.keepalived_conns:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        for conn in [one for one in self.reading if not one.buffer]:
            self._forget(conn)
            self._close(conn)
        while self.nr_conns > 0 and time.monotonic() < deadline:
            self._turn(accepting=False)
        log.info("stopped", extra={"connections": self.nr_conns})
        self.murder_keepalived(force=True)

    @override
    def accept(self, listener: socket.socket) -> None:
        for _ in range(64):  # a burst is taken in one turn of the loop
            try:
                sock, client = listener.accept()
            except OSError as error:
                if error.errno in NO_DESCRIPTORS:
                    self._refuse_one(listener)
                elif error.errno not in IGNORED:
                    raise
                return
            self.nr_conns += 1
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._read(Conn(self.cfg, sock, client, listener.getsockname()))

    def _refuse_one(self, listener: socket.socket) -> None:
        """Give up the reserved descriptor to tell one caller that there are none left."""
        self._accept_again = time.monotonic() + ACCEPT_PAUSE
        try:
            os.close(self._reserve)
            self._reserve = -1
            sock, _ = listener.accept()
            with sock:
                sock.settimeout(0)
                sock.send(FULL)
                sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        finally:
            self._take_reserve()

    def _take_reserve(self) -> None:
        try:
            self._reserve = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._reserve = -1

    def _has_reserve(self) -> bool:
        if self._reserve < 0:
            self._take_reserve()
        return self._reserve >= 0

    def _read(self, conn: Conn) -> None:
        """Start reading a request: its bytes are often here already."""
        if not self._receive(conn):
            self.reading[conn] = None
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_readable, conn))

    def _on_readable(self, conn: Conn, _sock: object) -> None:
        self.keepalived_conns.pop(conn, None)
        self.reading[conn] = None
        if self._receive(conn):
            self._forget(conn)

    def _receive(self, conn: Conn) -> bool:
        """Read once; True where the connection needs no more reading (submitted or closed)."""
        try:
            chunk = conn.sock.recv(READ_SIZE)
        except BlockingIOError:
            return False
        except OSError:
            chunk = b""
        if not chunk:
            self._forget(conn)
            self._close(conn)
            return True
        if not conn.add(chunk):
            return False
        self._forget(conn)
        self.enqueue_req(conn)
        return True

    def _forget(self, conn: Conn) -> None:
        known = (
            self.reading.pop(conn, conn) is None or self.keepalived_conns.pop(conn, conn) is None
        )
        if known:
            self.poller.unregister(conn.sock)

    def _close(self, conn: Conn) -> None:
        self.nr_conns -= 1
        conn.close()

    @override
    def handle(self, conn: Conn) -> bool:
        """Answer one request; runs in a thread. True where the connection can be used again."""
        req = None
        try:
            conn.sock.settimeout(self.limits.caller_stall)
            conn.give_to_parser()
            req = next(conn.parser)
            if not req:
                return False
            return bool(self._keepalive_after(conn, self.handle_request(req, conn)))
        except (NoMoreData, StopIteration):
            return False
        except OSError as error:
            if not isinstance(error, TimeoutError) and error.errno not in LEFT:
                self.log.exception("Socket error while answering.")
            return False
        except Exception as error:  # noqa: BLE001 (gunicorn words it and answers)
            self.handle_error(req, conn.sock, conn.client, error)
            return False

    @override
    def finish_request(self, conn: Conn, fs: Future[bool]) -> None:
        if conn.sock.fileno() == -1:
            return  # detached: the relay has it and reports its end
        if not (fs.exception() is None and fs.result()):
            self.nr_conns -= 1
            conn.close(graceful=True)
            return
        conn.sock.settimeout(0)
        conn.set_timeout()
        if not self.alive:
            conn.timeout = min(conn.timeout, time.monotonic() + STOP_KEEPALIVE_LINGER)
        pipelined = conn.parser.unreader.take_buffered()
        if pipelined and conn.add(pipelined):
            self.enqueue_req(conn)
            return
        self.keepalived_conns[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._on_readable, conn))

    @override
    def murder_keepalived(self, force: bool = False) -> None:
        """Close connections that wait too long, between requests or within one."""
        now = time.monotonic()
        for conn in list(self.keepalived_conns):
            if force or conn.timeout <= now:
                self._forget(conn)
                self._close(conn)
        for conn in list(self.reading):
            if force or self._is_stalled(conn, now):
                self._forget(conn)
                self._close(conn)

    def _is_stalled(self, conn: Conn, now: float) -> bool:
        limits = self.limits
        return now - conn.heard > limits.read_between or now - conn.began > limits.read_total
