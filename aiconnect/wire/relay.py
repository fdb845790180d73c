"""The gateway's door to providers: kept-alive sockets, one send per request, no header objects.

`requests` costs 0.8 ms a call, this 0.1 (docs/adr/0002). The address policy is asked for the very
address that is connected to, redirects are never followed, nothing of the environment is read.
"""

from __future__ import annotations

import collections
import math
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from aiconnect.errors import ProviderError
from aiconnect.wire import http1
from aiconnect.wire.addresses import Policy
from aiconnect.wire.connecting import connect
from aiconnect.wire.tls import wrap_tls
from aiconnect.wire.types import HttpCall, Route

READ_SIZE = 65_536
IDLE_SECONDS = 60.0
IDLE_PER_HOST = 256


class Stale(Exception):
    """A kept-alive connection had been closed by the other side before it answered anything."""


def read_records(sock: ssl.SSLSocket) -> bytes:
    """All that has come, some READ_SIZE bytes at most, where `recv` gives a record; b"" at the end.

    An end or a failure behind what has come is told of by the next call. Raises what `recv` does.
    """
    data = sock.recv(READ_SIZE)
    with suppress(OSError):
        while data and len(data) < READ_SIZE and (more := sock.recv(READ_SIZE)):
            data += more
    return data


@dataclass(frozen=True, slots=True)
class Door:
    """A provider's endpoint, ready to be called: the request's head is written once.

    `head` holds the key, so it is in no repr; `usual` are headers that a call may set otherwise.
    """

    host: str
    port: int
    tls: bool
    route: Route
    head: bytes = field(repr=False)
    usual: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, call: HttpCall, route: Route) -> Door:
        """The door for calls like this one (its body is not used)."""
        parts = urlsplit(call.url)
        host, tls = parts.hostname or "", parts.scheme == "https"
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        lines = [f"{call.method} {target} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}"]
        lines += [f"{name}: {secret.reveal()}" for name, secret in call.secrets.items()]
        lines += ["Accept-Encoding: identity", "User-Agent: aiconnect"]
        head = "".join(f"{line}\r\n" for line in lines).encode("latin-1")
        return cls(host, parts.port or (443 if tls else 80), tls, route, head, call.headers)

    def request(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        headers = {**self.usual, **headers} if self.usual else headers
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")
        return b"%s%sContent-Length: %d\r\n\r\n%s" % (self.head, extra, len(body), body)


class Exchange:
    """One request that was sent and whose answer is to be read."""

    __slots__ = ("_buffer", "_is_ours", "body", "door", "head", "reused", "sock")

    def __init__(self, door: Door, sock: socket.socket, *, reused: bool) -> None:
        self.door, self.sock, self.reused = door, sock, reused
        self.head: http1.Head | None = None
        self.body: http1.Body = http1.EmptyBody()
        self._buffer = b""
        self._is_ours = True

    def take(self, chunk: bytes) -> bytes | None:
        """Bytes from the wire in; body bytes out, or None while the head is incomplete.

        An empty chunk means that the other side has ended. Raises Stale, Cut or Malformed.
        """
        if self.head is not None:
            if not chunk:
                self.body.end()
            return self.body.feed(chunk) if chunk else b""
        if not chunk:
            if self.reused and not self._buffer:
                raise Stale
            raise http1.Cut("no answer")
        self._buffer += chunk
        found = http1.split_head(self._buffer)
        if found is None:
            if len(self._buffer) > http1.MAX_HEAD:
                raise http1.Malformed("interim answers without end")
            return None
        self.head, rest = found
        self._buffer = b""
        self.body = http1.body_of(self.head)
        return self.body.feed(rest) if rest else b""

    def read_head(self, seconds: float) -> bytes:
        """Wait for the head; gives the body bytes with it. Raises ProviderError or Stale."""
        deadline = time.monotonic() + seconds
        while True:
            chunk = self._receive(deadline - time.monotonic(), seconds)
            rest = self._guarded(chunk)
            if rest is not None:
                return rest

    def read_body(self, first: bytes, *, silence: float, total: float, limit: int) -> bytes:
        """The rest of the body, whole. Raises ProviderError `silent`, `broke` or `too_large`."""
        parts, size = [first], len(first)
        for part in self._parts(silence, total):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise ProviderError("too_large", facts=self._facts())
        return first if len(parts) == 1 else b"".join(parts)

    def parts(self, first: bytes, *, silence: float, total: float) -> Iterator[bytes]:
        """The body as it comes. Raises like `read_body`."""
        yield first
        yield from self._parts(silence, total)

    def _parts(self, silence: float, total: float) -> Iterator[bytes]:
        deadline = time.monotonic() + total
        while not self.body.done:
            patience = min(silence, deadline - time.monotonic())
            yield self._guarded(self._receive(patience, silence)) or b""

    def _receive(self, patience: float, told: float) -> bytes:
        self.sock.settimeout(max(patience, 0.001))
        try:
            return self.sock.recv(READ_SIZE)
        except TimeoutError:
            raise ProviderError("silent", facts=self._facts(seconds=f"{told:g}")) from None
        except OSError:
            return b""

    def _guarded(self, chunk: bytes) -> bytes | None:
        try:
            return self.take(chunk)
        except http1.Malformed:
            raise ProviderError("not_an_api", facts=self._facts()) from None
        except http1.Cut:
            raise ProviderError("broke", facts=self._facts()) from None

    def _facts(self, **more: str) -> dict[str, str]:
        return {"host": self.door.host, "port": str(self.door.port), **more}

    @property
    def can_be_kept(self) -> bool:
        is_whole = self.body.done and not self.body.surplus
        return is_whole and self.head is not None and self.head.keeps_alive

    def release(self) -> socket.socket:
        """Let go of the socket: it belongs to whoever asked, and `close` does nothing any more."""
        self._is_ours = False
        return self.sock

    def close(self) -> None:
        if self._is_ours:
            self.sock.close()


class Upstream:
    """All connections to providers, kept alive per door."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._idle: dict[
            tuple[str, int, bool, Route], collections.deque[tuple[socket.socket, float]]
        ] = {}
        self._lock = threading.Lock()

    def send(
        self,
        door: Door,
        body: bytes,
        headers: Mapping[str, str],
        *,
        fresh: bool = False,
        patience: float = math.inf,
    ) -> Exchange:
        """Send a request over a kept-alive connection or a new one (`fresh`: always a new one).

        Raises ProviderError where the provider cannot be reached, within `patience` seconds or
        the route's own time to connect; `unsent` where it closes before it has read the request.
        """
        message = door.request(body, headers)
        while True:
            sock = None if fresh else self._take(door)
            exchange = Exchange(
                door, sock or self._connect(door, patience), reused=sock is not None
            )
            try:
                exchange.sock.settimeout(door.route.timeout.silence)
                exchange.sock.sendall(message)
            except OSError as error:
                is_closed = not isinstance(error, TimeoutError)
                if sock is None and is_closed and _has_answered(exchange.sock):
                    return exchange  # it has refused the request before it had read it all
                exchange.close()
                if sock is not None and is_closed:
                    continue  # it had been closed meanwhile
                code = "unsent" if is_closed else "reset"
                raise ProviderError(
                    code, facts={"host": door.host, "port": str(door.port)}
                ) from None
            return exchange

    def keep(self, exchange: Exchange) -> None:
        """Take back the connection of an answer read to its end, or close it."""
        if not exchange.can_be_kept:
            exchange.close()
            return
        door = exchange.door
        with self._lock:
            idle = self._idle.setdefault(_key(door), collections.deque())
            while idle and time.monotonic() - idle[0][1] > IDLE_SECONDS:
                idle.popleft()[0].close()  # the newest are used first, so the oldest only grow old
            if len(idle) < IDLE_PER_HOST:
                idle.append((exchange.release(), time.monotonic()))
                return
        exchange.close()

    def close(self) -> None:
        with self._lock:
            for idle in self._idle.values():
                for sock, _ in idle:
                    sock.close()
            self._idle.clear()

    def _take(self, door: Door) -> socket.socket | None:
        idle = self._idle.get(_key(door))
        while idle:
            with self._lock:
                if not idle:
                    return None
                sock, since = idle.pop()
            if time.monotonic() - since < IDLE_SECONDS and _is_quiet(sock):
                return sock
            sock.close()
        return None

    def _connect(self, door: Door, patience: float) -> socket.socket:
        route = _hurried(door.route, patience)
        sock = connect(door.host, door.port, route=route, policy=self._policy)
        if door.tls:
            return wrap_tls(sock, door.host, route=route)
        return sock


def _hurried(route: Route, seconds: float) -> Route:
    """The same with at most so long to connect."""
    if seconds >= route.timeout.connect:
        return route
    return replace(route, timeout=replace(route.timeout, connect=seconds))


def _key(door: Door) -> tuple[str, int, bool, Route]:
    return door.host, door.port, door.tls, door.route


def _has_answered(sock: socket.socket) -> bool:
    """Whether bytes can be read from a connection that nothing can be written to any more."""
    if isinstance(sock, ssl.SSLSocket):
        return False  # it has no way to look, and its close may hold an alert alone
    try:
        return bool(sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except OSError:
        return False


def _is_quiet(sock: socket.socket) -> bool:
    """Whether nothing waits to be read: an idle connection with news was closed by its peer."""
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return False
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return not poll.poll(0)
