"""HTTP/1.1 answers, read without I/O: bytes in, a head and body bytes out (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from typing_extensions import override

MAX_HEAD = 65_536
MAX_SIZE_LINE = 1_024
MAX_DIGITS = 15
# Chunks of one event, with their sizes as nearly all servers write them.
USUAL_SIZES = {b"%x" % size: size for size in range(1, 2048)}
LONGEST_USUAL = 5
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Malformed(ValueError):
    """The bytes are not an HTTP/1.1 answer."""


class Cut(ValueError):
    """The connection ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers (lower-case names; repeated ones joined with a comma)."""

    status: int
    headers: Mapping[str, str]
    version: bytes = b"HTTP/1.1"

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").split(";", 1)[0].strip().lower()

    @property
    def keeps_alive(self) -> bool:
        words = self.headers.get("connection", "").lower()
        return "close" not in words if self.version == b"HTTP/1.1" else "keep-alive" in words


def split_head(buffer: bytes) -> tuple[Head, bytes] | None:
    """The head of the final answer and the bytes after it, or None while it is incomplete.

    Interim answers (1xx) are skipped. Raises Malformed.
    """
    while True:
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(buffer) > MAX_HEAD:
                raise Malformed("head too long")
            return None
        head = _parse(buffer[:end])
        buffer = buffer[end + 4 :]
        if head.status >= 200:
            return head, buffer


def _parse(raw: bytes) -> Head:
    if _CONTROL.search(raw.replace(b"\r\n", b" ")):
        raise Malformed("control characters in the head")
    lines = raw.split(b"\r\n")
    first = lines[0]
    if first[:7] != b"HTTP/1." or first[8:9] != b" " or not first[9:12].isdigit():
        raise Malformed("not an HTTP/1 status line")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise Malformed("broken header line")
        key = name.decode("latin-1").lower()
        text = value.strip().decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return Head(int(first[9:12]), headers, first[:8])


class Body:
    """The bytes of a body, unframed as they come. `done` once its end was seen.

    `surplus`: bytes came after that end, which belong to no answer.
    """

    done = False
    surplus = False

    def feed(self, chunk: bytes) -> bytes:
        raise NotImplementedError

    def usual(self, wire: bytes, start: int) -> int:  # noqa: ARG002 (but for one framing)
        """Where the chunk ends that begins there, as nearly all servers write chunks.

        It can go on as it is then, and need not be fed. 0 where there is none, or no whole one, or
        where the end may be near.
        """
        return 0

    def end(self) -> None:
        """The connection has ended; raises Cut where the body had not."""
        if not self.done:
            raise Cut("body cut")


class EmptyBody(Body):
    """No body at all (204, 304)."""

    done = True

    @override
    def feed(self, chunk: bytes) -> bytes:
        self.surplus = True
        return b""


class LengthBody(Body):
    """A body of a length known from the start."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0

    @override
    def feed(self, chunk: bytes) -> bytes:
        part = chunk[: self._left]
        self._left -= len(part)
        self.done = self._left == 0
        self.surplus = len(part) < len(chunk)
        return part


class OpenBody(Body):
    """A body that ends where the connection does."""

    @override
    def feed(self, chunk: bytes) -> bytes:
        return chunk

    @override
    def end(self) -> None:
        self.done = True


class ChunkedBody(Body):
    """A chunked body. Trailers are read and dropped."""

    def __init__(self) -> None:
        self._rest = b""
        self._left = 0
        self._in_trailers = False

    @override
    def feed(self, chunk: bytes) -> bytes:
        buffer = self._rest + chunk if self._rest else chunk
        position, parts = 0, []
        while not self.done:
            if self._left > 0:
                piece = buffer[position : position + self._left]
                if not piece:
                    break
                self._left -= len(piece)
                position += len(piece)
                parts.append(piece if self._left >= 2 else piece[: len(piece) - 2 + self._left])
                continue
            line_end = buffer.find(b"\r\n", position)
            if line_end < 0:
                break
            line = buffer[position:line_end]
            position = line_end + 2
            self._take_line(line)
        self._rest = b"" if self.done else buffer[position:]
        self.surplus = self.done and position < len(buffer)
        if len(self._rest) > MAX_SIZE_LINE and self._left == 0:
            raise Malformed("chunk size line too long")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    @override
    def usual(self, wire: bytes, start: int) -> int:
        if self._left or self._rest or self._in_trailers:
            return 0
        line_end = wire.find(b"\r\n", start, start + LONGEST_USUAL)
        size = USUAL_SIZES.get(wire[start:line_end])
        if size is None:
            return 0
        end = line_end + size + 4
        return end if wire.startswith(b"\r\n", end - 2) else 0

    def _take_line(self, line: bytes) -> None:
        if self._in_trailers:
            self.done = not line
            return
        size = _hex(line.split(b";", 1)[0].strip())
        if size == 0:
            self._in_trailers = True
        else:
            self._left = size + 2  # the CRLF that closes a chunk is counted with it


def _hex(digits: bytes) -> int:
    if not digits or len(digits) > 15 or digits.strip(b"0123456789abcdefABCDEF"):
        raise Malformed("broken chunk size")
    return int(digits, 16)


def body_of(head: Head) -> Body:
    """How this answer's body is framed. Raises Malformed on two lengths or an unknown coding."""
    if head.status in {204, 304}:
        return EmptyBody()
    coding = head.headers.get("transfer-encoding")
    if coding is not None:
        if coding.lower() != "chunked":
            raise Malformed("unknown transfer coding")
        return ChunkedBody()
    length = head.headers.get("content-length")
    if length is None:
        return OpenBody()
    if not length.isascii() or not length.isdigit() or len(length) > MAX_DIGITS:
        raise Malformed("broken content length")
    return LengthBody(int(length))
