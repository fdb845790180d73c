"""Lines of JSON as bytes: whole lines in order, however the bytes were cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiconnect.wire.http1 import Malformed

MAX_LINE = 16 * 1024 * 1024


class Lines:
    """Cuts a byte stream into lines; LF ends one.

    Each byte is looked at once: a line of megabytes comes in thousands of pieces.
    """

    __slots__ = ("_pieces", "_size")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    @property
    def rest(self) -> bytes:
        """Bytes of a line that has not ended yet."""
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0] if self._pieces else b""

    @property
    def rest_size(self) -> int:
        """How many bytes `rest` has."""
        return self._size

    def cut(self, chunk: bytes) -> bytes:
        """All lines that are whole by now, as they came. Raises Malformed on one without end."""
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._keep(chunk)
            return b""
        whole = b"".join([*self._pieces, chunk[:end]]) if self._pieces else chunk[:end]
        self._pieces, self._size = [], 0
        self._keep(chunk[end:])
        return whole

    def take(self, chunk: bytes) -> list[bytes]:
        """The same one by one, without LF or CR LF; empty lines are dropped."""
        return _filled(self.cut(chunk).split(b"\n"))

    def end(self) -> list[bytes]:
        """The body has ended: a last line needs no LF."""
        rest, self._pieces, self._size = self.rest, [], 0
        return _filled([rest])

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._size += len(piece)
        if self._size > MAX_LINE:
            raise Malformed("line too long")


def decode(line: bytes) -> Mapping[str, Any]:
    """The object of one line. Raises Malformed where it is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(value, dict):
        raise Malformed("not an object")
    return value


def encode(value: Mapping[str, Any]) -> bytes:
    """One line that carries this object."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _filled(lines: list[bytes]) -> list[bytes]:
    return [stripped for line in lines if (stripped := line.rstrip(b"\r"))]
