"""Server-sent events as bytes: whole events, however the bytes were cut (WHATWG HTML 9.2)."""

from __future__ import annotations

import re

from aiconnect.wire.http1 import Malformed

MAX_EVENT = 16 * 1024 * 1024
_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n")


class Events:
    """Cuts a byte stream into whole events, each with its closing blank line."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    @property
    def rest(self) -> bytes:
        """Bytes of an event that has not ended yet."""
        return self._rest

    def take(self, chunk: bytes) -> bytes:
        """All events that are whole by now, joined. Raises Malformed on an endless one."""
        buffer = self._rest + chunk if self._rest else chunk
        if buffer.endswith(b"\n\n"):  # the usual case: a packet carries whole events
            self._rest = b""
            return buffer
        end = 0
        for blank in _BLANK_LINE.finditer(buffer):
            end = blank.end()
        self._rest = buffer[end:]
        if len(self._rest) > MAX_EVENT:
            raise Malformed("event too long")
        return buffer[:end]


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
