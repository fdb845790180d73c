"""Lines of the journal, written and found again after anything torn.

A line is a newline, eight hexadecimal digits of length, eight of CRC-32, and JSON.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

PIECE = 1024 * 1024
HEADER = 18

_write = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def encode(record: Mapping[str, Any]) -> bytes:
    """One journal line."""
    payload = _write(record).encode("utf-8", "surrogatepass")
    return b"\n%08x %08x %s" % (len(payload), zlib.crc32(payload), payload)


def lines(data: bytes) -> tuple[list[dict[str, Any]], list[bytes]]:
    """The records in a piece of journal, and the pieces that could not be read.

    Zeros after the last line are the preallocated rest and no damage.
    """
    records: list[dict[str, Any]] = []
    damaged: list[bytes] = []
    position, bad_from = 0, -1
    while 0 <= position < len(data):
        record, end = _line_at(data, position)
        if record is None:
            bad_from = position if bad_from < 0 else bad_from
            position = data.find(b"\n", position + 1)
            continue
        _keep_damage(damaged, data[bad_from:position] if bad_from >= 0 else b"")
        bad_from = -1
        records.append(record)
        position = end
    _keep_damage(damaged, data[bad_from:] if bad_from >= 0 else b"")
    return records, damaged


def pieces(file: BinaryIO) -> Iterator[tuple[list[dict[str, Any]], list[bytes]]]:
    """A segment piece by piece, each as `lines` gives it, however large the file is."""
    read = b""
    while more := file.read(PIECE):
        read += more
        cut = read.rfind(b"\n")
        if cut <= 0 and len(read) < 2 * PIECE:
            continue  # no line of ours is as long: what comes now is no journal, or the empty rest
        end = cut if cut > 0 else len(read)
        yield lines(read[:end])
        read = read[end:]
    yield lines(read)


def _keep_damage(damaged: list[bytes], piece: bytes) -> None:
    piece = piece.rstrip(b"\0")
    if piece.strip(b"\0\n"):
        damaged.append(piece)


def _line_at(data: bytes, position: int) -> tuple[dict[str, Any] | None, int]:
    header = data[position : position + 1 + HEADER]
    if len(header) <= HEADER or header[:1] != b"\n":
        return None, position
    try:
        length, crc = int(header[1:9], 16), int(header[10:18], 16)
    except ValueError:
        return None, position
    start = position + 1 + HEADER
    payload = data[start : start + length]
    if len(payload) != length or zlib.crc32(payload) != crc:
        return None, position
    try:
        record = json.loads(payload)
    except ValueError:
        return None, position
    return (record, start + length) if isinstance(record, dict) else (None, position)
