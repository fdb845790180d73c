"""The relay: one thread that carries every open stream, and never blocks.

A worker thread sends the request and hands both sockets over at once, so even a provider that is
silent for minutes holds no thread. What must block (an error body to read, a retry on a new
connection) is done by a few threads of their own, the back room.
"""

from __future__ import annotations

import logging
import os
import queue
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable

from typing_extensions import override

from aiconnect.errors import CallError, ProviderError
from aiconnect.gateway.limits import Limits
from aiconnect.gateway.line import Line, Open, Reason
from aiconnect.gateway.readiness import EVENTS, Readiness
from aiconnect.gateway.turn import NotAStream, Turn
from aiconnect.wire.relay import READ_SIZE, Exchange, Stale, read_records

log = logging.getLogger("aiconnect.relay")

READ = select.EPOLLIN | select.EPOLLRDHUP
GONE = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
PAUSE_ABOVE = 128 * 1024
RESUME_BELOW = 64 * 1024
SWEEP = 0.25
LINGER = 2.0


def _has_more(one: Open) -> bool:
    """Whether TLS holds bytes that epoll will not tell of."""
    sock = one.provider
    return isinstance(sock, ssl.SSLSocket) and not one.paused and sock.pending() > 0


def _take_out(table: dict[int, Open], fd: int, one: Open) -> bool:
    """Whether the descriptor was this stream's: a kept socket may carry another one by now."""
    if table.get(fd) is not one:
        return False
    del table[fd]
    return True


BackRoom = Callable[[Open, Reason], None]


class Relay(threading.Thread):
    """Carries streams until `stop`.

    `limits` gives those in force; `back_room` is given what needs a thread that may block; `keep`
    takes back provider connections that can be used again.
    """

    def __init__(
        self, limits: Callable[[], Limits], back_room: BackRoom, keep: Callable[[Exchange], None]
    ) -> None:
        super().__init__(name="relay", daemon=True)
        self._limits, self._back_room, self._keep = limits, back_room, keep
        self._ready = Readiness()
        self._epoll = self._ready.prompt
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._arrivals: queue.SimpleQueue[Open] = queue.SimpleQueue()
        self._by_provider: dict[int, Open] = {}
        self._by_caller: dict[int, Open] = {}
        self._now = self._next_sweep = 0.0
        self._stopping = False
        self.beat = time.monotonic()

    def add(self, turn: Turn, line: Line) -> None:
        """Take over a turn whose request was sent. From any thread."""
        self._arrivals.put(Open(turn, line))
        os.eventfd_write(self._wake, 1)

    def answer(self, turn: Turn, line: Line, answer: bytes) -> None:
        """Write a whole answer to the caller of a turn that has ended. From any thread."""
        self._arrivals.put(Open(turn, line, answer))
        os.eventfd_write(self._wake, 1)

    def stop(self) -> None:
        self._stopping = True
        os.eventfd_write(self._wake, 1)
        self.join(timeout=5)

    def __len__(self) -> int:
        return len(self._by_caller)

    @override
    def run(self) -> None:
        while not self._stopping:
            try:
                self._turn_once()
            except Exception:
                log.exception("the relay stumbled")  # and goes on: it carries everyone's streams

    def _turn_once(self) -> None:
        found = self._ready.poll(SWEEP)
        self._now = time.monotonic()
        for fd, events in found:
            one = self._by_provider.get(fd)
            if one is not None:
                self._guard(one, self._on_provider)
            else:
                self._on_other(fd, events)
        if self._ready.is_due(self._now):
            self._carry()
        # Only now: a new stream may have the descriptor of one that has ended in this round, and
        # would be given the other's events.
        self._welcome()
        self.beat = now = time.monotonic()
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP
            self._sweep(now)

    def _carry(self) -> None:
        """Look at the flowing streams."""
        began = time.thread_time()
        found = self._ready.flowing.poll(0, EVENTS)
        for fd, _ in found:
            one = self._by_provider.get(fd)
            if one is not None:
                self._guard(one, self._on_provider)
        self._ready.worked(time.thread_time() - began, is_all=len(found) < EVENTS)

    def _on_other(self, fd: int, events: int) -> None:
        if fd == self._ready.flow:
            self._carry()
            return
        if fd == self._wake:
            os.eventfd_read(self._wake)
            return
        one = self._by_caller.get(fd)
        if one is not None:
            self._guard(one, lambda it: self._on_caller(it, events))

    def _guard(self, one: Open, step: Callable[[Open], None]) -> None:
        """One stream's failure ends that stream only."""
        try:
            step(one)
        except (Stale, NotAStream, CallError) as reason:
            self._hand_back(one, reason)
        except Exception:
            log.exception("stream failed", extra={"call": one.turn.call.id})
            if one.wrote_head or one.answer:
                self._fail_quietly(one)
            else:
                self._hand_back(one, CallError("internal"))

    def _welcome(self) -> None:
        while not self._arrivals.empty():  # nobody else takes from it
            self._guard(self._arrivals.get_nowait(), self._enter)

    def _enter(self, one: Open) -> None:
        one.line.sock.settimeout(0)
        caller = one.line.sock.fileno()
        self._by_caller[caller] = one
        self._epoll.register(caller, select.EPOLLRDHUP)
        if one.answer:
            self._write(one, one.answer)
            return
        one.provider.settimeout(0)
        provider = one.provider.fileno()
        self._by_provider[provider] = one
        self._epoll.register(provider, READ)
        if one.is_tls:
            self._on_provider(one)  # epoll is silent about bytes that TLS has already taken in

    def _on_provider(self, one: Open) -> None:
        if one.paused:
            return
        sock = one.provider
        while True:
            try:
                chunk = self._read(sock)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError:
                chunk = b""
            one.heard = self._now
            passed = one.turn.passes(chunk) if one.is_level else 0
            if passed and passed == len(chunk):
                self._write(one, chunk)
            else:
                self._give(one, one.turn.take(chunk[passed:]), chunk[:passed])
            if not one.is_tls or not chunk or one.turn.ended or not _has_more(one):
                return

    def _read(self, sock: socket.socket) -> bytes:
        if self._ready.is_resting and isinstance(sock, ssl.SSLSocket):
            return read_records(sock)
        return sock.recv(READ_SIZE)

    def _give(self, one: Open, body: bytes, passed: bytes = b"") -> None:
        """Pass body bytes on, after those that go as they came; close the line well at the end."""
        turn, line = one.turn, one.line
        if not turn.committed:
            return
        out = passed + line.frame(body)
        if not one.wrote_head:
            one.wrote_head = True
            one.is_level = line.is_chunked
            out = line.head(turn) + out
            if not turn.ended:
                self._flows(one)
        if turn.ended:
            out += b"" if turn.is_broken else line.last
            self._let_provider_go(one)
        self._write(one, out)

    def _flows(self, one: Open) -> None:
        self._epoll.unregister(one.provider.fileno())
        self._ready.flowing.register(one.provider.fileno(), READ)
        one.flows = True

    def _epoll_of(self, one: Open) -> select.epoll:
        """Where its provider's socket is looked at."""
        return self._ready.flowing if one.flows else self._epoll

    def _write(self, one: Open, out: bytes) -> None:
        line = one.line
        if line.buffer:
            line.buffer += out
        elif out:
            sent = self._send(one, out)
            if sent < 0:
                return
            if sent < len(out):
                line.buffer = out[sent:]
                one.written = time.monotonic()
                self._epoll.modify(line.sock.fileno(), select.EPOLLOUT | select.EPOLLRDHUP)
        if line.buffer or one.paused:
            self._pace(one)
        if one.turn.ended and not line.buffer and one.lingers is None:
            self._linger(one)

    def _send(self, one: Open, out: bytes) -> int:
        """How many bytes the caller's socket took; below zero: the caller has gone."""
        try:
            return one.line.sock.send(out)
        except BlockingIOError:
            return 0
        except OSError:
            self._caller_left(one)
            return -1

    def _pace(self, one: Open) -> None:
        """Stop reading from the provider while the caller reads too slowly."""
        waiting = len(one.line.buffer)
        if waiting > PAUSE_ABOVE and not one.paused and not one.turn.ended:
            one.paused = True  # unregistered, because epoll reports a reset whatever was asked for
            self._epoll_of(one).unregister(one.provider.fileno())
        elif one.paused and waiting < RESUME_BELOW:
            one.paused = False
            one.heard = time.monotonic()
            self._epoll_of(one).register(one.provider.fileno(), READ)
            self._on_provider(one)

    def _on_caller(self, one: Open, events: int) -> None:
        if one.lingers is not None:
            self._drain(one)
        elif events & GONE:
            self._caller_left(one)
        elif events & select.EPOLLOUT:
            self._flush(one)

    def _flush(self, one: Open) -> None:
        line = one.line
        sent = self._send(one, line.buffer)
        if sent < 0:
            return
        if sent:
            one.written = time.monotonic()
        line.buffer = line.buffer[sent:]
        if not line.buffer:
            self._epoll.modify(line.sock.fileno(), select.EPOLLRDHUP)
        self._write(one, b"")

    def _caller_left(self, one: Open) -> None:
        if not one.turn.ended:
            one.turn.leave()
        self._let_provider_go(one)
        self._drop_line(one)

    def _let_provider_go(self, one: Open) -> None:
        """Take the provider's socket out: kept for the next call, or closed."""
        fd = one.provider.fileno()
        if not _take_out(self._by_provider, fd, one):
            return
        if not one.paused:
            self._epoll_of(one).unregister(fd)
        self._keep(one.exchange)

    def _linger(self, one: Open) -> None:
        """Everything was written: say so, and wait for the caller's own close.

        Closing at once could reset the connection under bytes that are still on their way.
        """
        one.lingers = time.monotonic() + LINGER
        try:
            one.line.sock.shutdown(socket.SHUT_WR)
            self._epoll.modify(one.line.sock.fileno(), READ)
        except OSError:
            self._drop_line(one)

    def _drain(self, one: Open) -> None:
        try:
            if one.line.sock.recv(READ_SIZE):
                return  # once a round: a caller who never stops sending must not hold the relay
        except BlockingIOError:
            return
        except OSError:
            pass
        self._drop_line(one)

    def _drop_line(self, one: Open) -> None:
        fd = one.line.sock.fileno()
        if not _take_out(self._by_caller, fd, one):
            return
        self._epoll.unregister(fd)
        one.line.sock.close()
        one.line.on_close()

    def _hand_back(self, one: Open, reason: Reason) -> None:
        """Take both sockets out of the relay and give them to the back room."""
        for table, epoll, sock in (
            (self._by_provider, self._epoll_of(one), one.provider),
            (self._by_caller, self._epoll, one.line.sock),
        ):
            if _take_out(table, sock.fileno(), one):
                epoll.unregister(sock.fileno())
        self._back_room(one, reason)

    def _fail_quietly(self, one: Open) -> None:
        one.turn.ended = True
        one.turn.call.settle("failed", status=200 if one.turn.committed else None, code="internal")
        self._let_provider_go(one)
        self._drop_line(one)

    def _sweep(self, now: float) -> None:
        limits = self._limits()
        for one in list(self._by_caller.values()):
            self._guard(one, lambda it: self._check_clocks(it, now, limits))

    def _check_clocks(self, one: Open, now: float, limits: Limits) -> None:
        if one.lingers is not None:
            if now > one.lingers:
                self._drop_line(one)
        elif one.line.buffer:
            if now - one.written > limits.caller_stall:
                self._caller_left(one)
        elif one.turn.committed:
            # After its last word a provider has only the body's end to say; some never do.
            patience = LINGER if one.turn.stream.done else limits.silence
            if now - one.heard > patience:
                self._silent(one, patience)
        elif now > one.deadline:
            self._silent(one, one.patience)

    def _silent(self, one: Open, seconds: float) -> None:
        error = ProviderError("silent", facts={"seconds": f"{seconds:g}"})
        self._give(one, one.turn.fail(error))
