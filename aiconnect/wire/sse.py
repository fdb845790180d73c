"""Server-sent events as bytes: whole events, however the bytes were cut (WHATWG HTML 9.2)."""

from __future__ import annotations

import re

from aiconnect.wire.http1 import Malformed

MAX_EVENT = 16 * 1024 * 1024
LONGEST_BLANK = 4
_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n")


class Events:
    """Cuts a byte stream into whole events, each with its closing blank line.

    Each byte is looked at once: an event of megabytes comes in thousands of pieces.
    """

    __slots__ = ("_pieces", "_size", "_tail")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._tail = b""

    @property
    def is_between(self) -> bool:
        """Whether no event has begun that has not ended."""
        return not self._pieces

    @property
    def rest(self) -> bytes:
        """Bytes of an event that has not ended yet."""
        return b"".join(self._pieces)

    def take(self, chunk: bytes) -> bytes:
        """All events that are whole by now, joined. Raises Malformed on an endless one."""
        seam = self._tail + chunk  # a blank line may have been cut in its midst
        end = _last_end(seam) - len(self._tail)
        if end <= 0:
            self._keep(chunk, seam)
            return b""
        whole = b"".join([*self._pieces, chunk[:end]]) if self._pieces else chunk[:end]
        self._pieces, self._size, self._tail = [], 0, b""
        if end < len(chunk):
            self._keep(chunk[end:], chunk[end:])
        return whole

    def _keep(self, piece: bytes, seam: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        self._tail = seam[1 - LONGEST_BLANK :]
        if self._size > MAX_EVENT:
            raise Malformed("event too long")


def _last_end(buffer: bytes) -> int:
    """Where the last blank line ends; 0 where there is none."""
    if buffer.endswith(b"\n\n"):  # the usual case: a packet carries whole events
        return len(buffer)
    end = 0
    for blank in _BLANK_LINE.finditer(buffer):
        end = blank.end()
    return end


def split(events: bytes) -> list[bytes]:
    """Whole events one by one; what `Events.take` gave, cut at its blank lines."""
    found, start = [], 0
    for blank in _BLANK_LINE.finditer(events):
        found.append(events[start : blank.end()])
        start = blank.end()
    if start < len(events):
        found.append(events[start:])
    return found


def data_of(event: bytes) -> bytes:
    """The data of one event: its data lines joined by a newline; empty for a comment."""
    lines = [line[5:] for line in event.splitlines() if line.startswith(b"data:")]
    return b"\n".join(line.removeprefix(b" ") for line in lines)


def encode(data: bytes) -> bytes:
    """One event that carries these bytes (which may hold newlines)."""
    return b"".join(b"data: " + line + b"\n" for line in data.split(b"\n")) + b"\n"
