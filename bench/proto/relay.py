"""One thread that relays every stream: bytes as they come, the usage found in the last of them."""

from __future__ import annotations

import select
import socket
import threading
from dataclasses import dataclass

from bench.proto import calling, core

TAIL, LAST = 2048, b"0\r\n\r\n"


@dataclass(slots=True)
class Stream:
    """A stream under way: from where, to whom, whose, and its last bytes."""

    upstream: socket.socket
    caller: socket.socket
    who: str
    model: str
    began: float
    tail: bytes


class Relay(threading.Thread):
    """Started with the first stream of the process."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._epoll = select.epoll()
        self._streams: dict[int, Stream] = {}

    def add(self, stream: Stream) -> None:
        stream.caller.settimeout(0)
        stream.upstream.settimeout(0)
        self._streams[stream.upstream.fileno()] = stream
        self._epoll.register(stream.upstream.fileno(), select.EPOLLIN)

    def run(self) -> None:
        while True:
            for fd, _ in self._epoll.poll(1, 256):
                stream = self._streams.get(fd)
                if stream is not None:
                    self._pass_on(fd, stream)

    def _pass_on(self, fd: int, stream: Stream) -> None:
        try:
            piece = stream.upstream.recv(calling.PIECE)
            _send(stream.caller, piece)
        except BlockingIOError:
            return
        except OSError:
            self._finish(fd, stream, is_whole=False)
            return
        stream.tail = piece[-TAIL:] if len(piece) >= TAIL else (stream.tail + piece)[-TAIL:]
        if stream.tail.endswith(LAST) or not piece:
            self._finish(fd, stream, is_whole=bool(piece))

    def _finish(self, fd: int, stream: Stream, *, is_whole: bool) -> None:
        self._epoll.unregister(fd)
        del self._streams[fd]
        core.write_down(stream.who, stream.model, core.usage_in(stream.tail), stream.began)
        stream.caller.close()
        if not is_whole:
            stream.upstream.close()
            return
        stream.upstream.settimeout(600)
        calling.keep(stream.upstream)


def _send(caller: socket.socket, piece: bytes) -> None:
    """A caller that is slow holds up the others: a prototype may."""
    sent = caller.send(piece)
    if sent == len(piece):
        return
    caller.settimeout(5)
    caller.sendall(piece[sent:])
    caller.settimeout(0)
