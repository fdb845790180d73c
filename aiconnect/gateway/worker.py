"""The worker process: gunicorn's arbiter and parser (27.0, pinned) around a loop of ours.

1. A request is read by the main loop, without a thread, until it is whole; so stalled callers hold
   no thread. Bodies above BUFFERED are read in a thread, under the gateway's own limit.
2. A stream leaves its thread: its socket is detached and counted by the gateway, and SIGTERM
   waits for it.
3. Running out of descriptors refuses callers (503) instead of ending the worker.
"""

from __future__ import annotations

import errno
import logging
import os
import select
import socket
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from gunicorn.http import wsgi
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.workers.base import Worker as Base
from typing_extensions import override

from aiconnect.gateway.conn import Answer, Conn, Phase, set_timeouts
from aiconnect.gateway.entrance import Entrance
from aiconnect.gateway.heads import Heads
from aiconnect.gateway.limits import Limits
from aiconnect.gateway.line import Line
from aiconnect.gateway.pool import Pool
from aiconnect.gateway.requests import Environ
from aiconnect.gateway.unreadable import FIRST_LINE, refusal

log = logging.getLogger("aiconnect.worker")

ONCE = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT
CHORES_EVERY = 0.5
EVENTS = 256
LAST_REQUESTS = 2.0
HELD_SECONDS = 1.0
HELD_CALLS = 1000
# How long a computing thread keeps the interpreter while the relay waits for it; Python's own
# 5 ms adds up to a tenth of a second at a thousand streams.
SWITCH_SECONDS = 0.0005
LEFT = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.EBADF, errno.ETIMEDOUT, errno.EAGAIN}
WAITING = {Phase.READING, Phase.LINGERING}


class Worker(Base):  # type: ignore[misc]
    """Reads requests in the main loop, answers them in threads, lets streams go."""

    limits = Limits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._conns: dict[int, Conn] = {}
        self._heads = Heads()
        self._next_chores = 0.0
        self._held: deque[Conn] = deque()
        self._calls_out = 0
        self._lock = threading.Lock()
        self._plain_cfg = _plain(self.cfg)

    @override
    def init_process(self) -> None:
        stay_on_one_core(self.ppid + self.age)
        sys.setswitchinterval(SWITCH_SECONDS)
        self._epoll = select.epoll()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        for one in self.sockets:
            set_timeouts(one, self.limits)
        self._entrance = Entrance(self.sockets, self._epoll, is_shared=self.cfg.workers > 1)
        self._pool: Pool[Conn] = Pool(self.limits.threads, self._work)
        super().init_process()

    @override
    def handle_exit(self, sig: int, frame: object) -> None:
        """SIGTERM: end what was begun, then end."""
        self.alive = False
        os.eventfd_write(self._wake, 1)

    def detach(self, environ: Environ) -> Line:
        """Take the caller's socket out of this worker; from now on the gateway counts it."""
        held = environ["gunicorn.socket"]
        conn = self._conns.pop(held.fileno(), None)
        if conn is not None and conn.is_watched:
            self._epoll.unregister(held.fileno())
        sock = socket.socket(fileno=held.detach())
        is_chunked = environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        extra = environ.get("aiconnect.headers", [])
        return Line(sock, is_chunked, self.wsgi.stream_closed, extra=extra)

    # --- the main loop -----------------------------------------------------------------------

    @override
    def run(self) -> None:
        while self.alive:
            self._turn(accepting=self._can_accept())
        self._wind_down()
        self.wsgi.stop()

    def _turn(self, *, accepting: bool) -> None:
        self._entrance.turn(is_open=accepting)
        for fd, _ in self._epoll.poll(CHORES_EVERY, EVENTS):
            conn = self._conns.get(fd)
            if conn is not None:
                self._on_readable(conn)
            elif fd in self._entrance:
                self._take_in(fd)
            elif fd == self._wake:
                os.eventfd_read(self._wake)
        now = time.monotonic()
        if self._held:
            self._let_in(now)
        if now >= self._next_chores:
            self._next_chores = now + CHORES_EVERY
            self._do_chores(now)

    def _do_chores(self, now: float) -> None:
        self.notify()
        if self.ppid != os.getppid():
            self.alive = False  # the arbiter is gone
        for conn in list(self._conns.values()):
            if conn.phase in WAITING and conn.until <= now:
                self._close(conn)

    def _wind_down(self) -> None:
        """Answer what was begun, streams included, for as long as the grace time lasts."""
        now = time.monotonic()
        self._stop_listening()
        for conn in list(self._conns.values()):
            if conn.phase is Phase.READING and not conn.buffer:
                conn.until = min(conn.until, now + LAST_REQUESTS)
        while self._open > 0 and time.monotonic() < now + self.limits.grace:
            self._turn(accepting=False)
        log.info("stopped", extra={"connections": self._open})

    def _stop_listening(self) -> None:
        """Take in who has connected already; new callers are refused at once and do not hang."""
        if self._can_accept():
            for door in self._entrance.doors:
                self._take_in(door)
        self._entrance.turn(is_open=False)
        self._entrance.close()

    @property
    def _open(self) -> int:
        streams: int = self.wsgi.open_streams
        return len(self._conns) + streams

    def _can_accept(self) -> bool:
        return self._entrance.can_open and bool(self._open < self.cfg.worker_connections)

    def _take_in(self, door: int) -> None:
        for sock, client, server in self._entrance.accept(door):
            conn = Conn(sock, client, server, self.limits, self._heads)
            self._conns[conn.fd] = conn
            self._on_readable(conn)  # most have sent their request by now

    # --- reading -----------------------------------------------------------------------------

    def _on_readable(self, conn: Conn) -> None:
        chunk = conn.receive()
        if chunk is None or (chunk and conn.phase is Phase.LINGERING):
            self._watch(conn)
        elif not chunk:
            self._close(conn)
        elif conn.add(chunk):
            self._submit(conn)
        else:
            self._watch(conn)

    def _watch(self, conn: Conn) -> None:
        """Have the main loop told of what comes next; by whoever has the connection now."""
        if conn.is_watched:
            self._epoll.modify(conn.fd, ONCE)
            return
        conn.is_watched = True
        self._epoll.register(conn.fd, ONCE)

    def _submit(self, conn: Conn) -> None:
        """Give a whole request to a thread; a call beyond those that calls may use waits a moment.

        So a burst of short calls is served and not refused, and pages find their threads.
        """
        if conn.is_call and self._calls_are_full and len(self._held) < HELD_CALLS:
            conn.phase = Phase.HELD
            conn.until = time.monotonic() + HELD_SECONDS
            self._held.append(conn)
            return
        self._put(conn)

    def _put(self, conn: Conn) -> None:
        conn.phase = Phase.ANSWERING
        if conn.is_call:
            with self._lock:
                self._calls_out += 1
        self._pool.put(conn)

    def _let_in(self, now: float) -> None:
        """Held calls take the places that came free; one that waited too long is told so."""
        while self._held and (not self._calls_are_full or self._held[0].until <= now):
            self._put(self._held.popleft())

    @property
    def _calls_are_full(self) -> bool:
        most: int = self.wsgi.most_calls
        return self._calls_out >= most

    def _close(self, conn: Conn) -> None:
        self._conns.pop(conn.fd, None)
        conn.sock.close()

    # --- answering, in a thread --------------------------------------------------------------

    def _work(self, conn: Conn) -> None:
        """Answer requests until there is none left to answer, then give the connection back."""
        is_call = conn.is_call
        try:
            keeps = self._answer(conn)
        finally:
            if is_call:
                self._end_call()
        while keeps and (rest := conn.rest()) and conn.add(rest):
            keeps = self._answer(conn)
        if conn.sock.fileno() < 0:
            return  # detached: the relay has it
        if keeps:
            conn.wait_again(self.cfg.keepalive if self.alive else LAST_REQUESTS)
        elif not conn.linger():
            self._close(conn)
            return
        self._watch(conn)

    def _end_call(self) -> None:
        with self._lock:
            self._calls_out -= 1
        if self._held:
            os.eventfd_write(self._wake, 1)

    def _answer(self, conn: Conn) -> bool:
        """Answer one request; True where the connection can be used again."""
        request = None
        is_call, first = conn.is_call, conn.buffer[:FIRST_LINE]
        try:
            request = conn.next_request(self._plain_cfg)
            return request is not None and self._call_application(conn, request)
        except (NoMoreData, StopIteration):
            return False
        except OSError as error:
            if error.errno not in LEFT:
                log.exception("a connection failed")
            return False
        except Exception as error:  # noqa: BLE001 (gunicorn words it and answers)
            if is_call and request is None and isinstance(error, ParseException):
                conn.send(refusal(error, first))
            else:
                self.handle_error(request, conn.sock, conn.client, error)
            return False

    def _call_application(self, conn: Conn, request: Any) -> bool:
        cfg = self._plain_cfg
        answer, environ = wsgi.create(request, conn.sock, conn.client, conn.server, cfg, Answer)
        environ["wsgi.multithread"] = True
        environ["aiconnect.is_whole"] = conn.is_whole
        if not (self.alive and conn.is_whole):
            answer.force_close()
        body = self.wsgi(environ, answer.start_response)
        try:
            for part in body:
                answer.write(part)
            answer.close()
        except OSError:
            raise  # the caller has gone
        except Exception:
            if not answer.headers_sent:
                raise
            log.exception("an answer broke off")
            return False
        finally:
            if hasattr(body, "close"):
                body.close()
        if conn.is_whole:
            _drain(request)
        return conn.is_whole and not answer.should_close()


def stay_on_one_core(number: int) -> None:
    """Keep all threads of this process on one core (docs/adr/0006).

    The interpreter runs one of them at a time anyway, and handing over to another core costs more
    than the call. The workers of a server have numbers that follow each other, and two servers on
    a machine need not choose the same core.
    """
    cores = sorted(os.sched_getaffinity(0))
    with suppress(OSError):  # a sandbox may forbid it: then calls cost more, and that is all
        os.sched_setaffinity(0, {cores[number % len(cores)]})


def _drain(request: Any) -> None:
    """Read what the application left of a body that is in memory already."""
    while request.body.read(65_536):
        pass


def _plain(cfg: Any) -> SimpleNamespace:
    """Settings of gunicorn as plain attributes: its own look-ups cost a tenth of a small call."""
    values = {name: setting.get() for name, setting in cfg.settings.items()}
    return SimpleNamespace(
        **values,
        is_ssl=cfg.is_ssl,
        forwarded_allow_networks=cfg.forwarded_allow_networks,
        proxy_allow_networks=cfg.proxy_allow_networks,
    )
