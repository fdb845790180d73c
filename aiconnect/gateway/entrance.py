"""Where callers come in: accepting connections, also when descriptors run out."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

ACCEPT_PAUSE = 0.1
ACCEPT_BURST = 64
SHARED_BURST = 4  # of several processes the one that has time takes the next caller
NO_DESCRIPTORS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
IGNORED = {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK, errno.EPROTO, errno.EINTR}
FULL_BODY = (
    b'{"error":{"message":"This server is out of connections. Try again in a moment.",'
    b'"type":"overloaded_error","param":null,"code":"no_capacity"}}'
)
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(FULL_BODY), FULL_BODY)
)


class Entrance:
    """The listening sockets in an epoll, and one descriptor in reserve.

    Where none is left, the reserve is given up to tell one caller so (503), and accepting pauses.
    """

    def __init__(
        self, listeners: Sequence[Any], epoll: select.epoll, *, is_shared: bool = False
    ) -> None:
        self._burst = SHARED_BURST if is_shared else ACCEPT_BURST
        self._listeners = {one.fileno(): one for one in listeners}
        self._places = {one.fileno(): one.getsockname() for one in listeners}
        self._epoll = epoll
        self._is_open = False
        self._again = 0.0
        self._reserve = -1

    @property
    def can_open(self) -> bool:
        """Whether callers may come in: the pause is over and a reserve could be had."""
        return time.monotonic() >= self._again and self._has_reserve()

    def turn(self, *, is_open: bool) -> None:
        """Open or close it; closed, callers wait in the system's queue."""
        if is_open == self._is_open:
            return
        self._is_open = is_open
        for fd, listener in self._listeners.items():
            if is_open:
                listener.settimeout(0)
                self._epoll.register(fd, select.EPOLLIN)
            else:
                self._epoll.unregister(fd)

    def close(self) -> None:
        """Let go of the listening sockets: callers are refused from now on."""
        for listener in self._listeners.values():
            listener.close()
        self._listeners = {}

    def __contains__(self, fd: int) -> bool:
        return fd in self._listeners

    @property
    def doors(self) -> list[int]:
        """The descriptors of the listening sockets."""
        return list(self._listeners)

    def accept(self, fd: int) -> Iterator[tuple[socket.socket, Any, Any]]:
        """Callers that wait, as (socket, their address, ours)."""
        listener = self._listeners[fd]
        for _ in range(self._burst):
            try:
                sock, client = listener.accept()
            except OSError as error:
                if error.errno in NO_DESCRIPTORS:
                    self._refuse_one(listener)
                elif error.errno not in IGNORED:
                    raise
                return
            yield sock, client, self._places[fd]

    def _refuse_one(self, listener: Any) -> None:
        self._again = time.monotonic() + ACCEPT_PAUSE
        os.close(self._reserve)
        self._reserve = -1
        try:
            sock, _ = listener.accept()
            with sock:
                sock.send(FULL, socket.MSG_DONTWAIT)
                sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has gone, or another process took the descriptor: the next one is told

    def _has_reserve(self) -> bool:
        if self._reserve < 0:
            try:
                self._reserve = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return False
        return True
