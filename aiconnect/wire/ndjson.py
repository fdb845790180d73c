"""Lines of JSON as bytes: whole lines in order, however the bytes were cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiconnect.wire.http1 import Malformed

MAX_LINE = 16 * 1024 * 1024


class Lines:
    """Cuts a byte stream into lines; LF ends one, a CR before it is dropped, empty ones too."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def take(self, chunk: bytes) -> list[bytes]:
        """The lines that are whole by now. Raises Malformed on one without end."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise Malformed("line too long")
        return _filled(whole)

    def end(self) -> list[bytes]:
        """The body has ended: a last line needs no LF."""
        rest, self._rest = self._rest, b""
        return _filled([rest])


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
