"""The append-only journal of calls: written before and after each call, absorbed later.

A segment is a preallocated file that belongs to the process holding its flock. A line is a
newline, eight hexadecimal digits of length, eight of CRC-32, and JSON; so a reader finds the
next line after anything torn. `write` costs one `pwrite` into the page cache: a killed process
loses nothing, a power cut at most what `sync` had not reached (a second).
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SEGMENT_BYTES = 16 * 1024 * 1024
END_ROOM = 6_144  # kept free for each call under way, so that its end always fits
HEADER = 18
SUFFIX, NEW = ".segment", ".new"


class LedgerFull(Exception):
    """No room for the begin of another call and no new segment can be had."""


_write = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def encode(record: Mapping[str, Any]) -> bytes:
    """One journal line."""
    payload = _write(record).encode("utf-8", "surrogatepass")
    return b"\n%08x %08x %s" % (len(payload), zlib.crc32(payload), payload)


class Segment:
    """One preallocated file, locked for as long as it is open.

    `absorbed` is how much of it the writer thread has taken into the ledger.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        self.offset = self.absorbed = 0
        new = path.with_suffix(NEW)  # under its own name it is locked from the first moment
        self._fd = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.posix_fallocate(self._fd, 0, size)
            new.rename(path)
        except OSError:
            os.close(self._fd)
            new.unlink(missing_ok=True)
            raise

    @property
    def room(self) -> int:
        return self.size - self.offset

    def append(self, line: bytes) -> None:
        os.pwrite(self._fd, line, self.offset)
        self.offset += len(line)

    def read(self, offset: int) -> bytes:
        return os.pread(self._fd, self.offset - offset, offset)

    def sync(self) -> None:
        os.fdatasync(self._fd)

    def close(self, *, remove: bool) -> None:
        if remove:
            self.path.unlink(missing_ok=True)
        descriptor, self._fd = self._fd, -1  # a late line must not go into whatever is opened next
        os.close(descriptor)


class Journal:
    """This process's journal. `writer` is an id of the process, part of the segments' names.

    Thread-safe. A spare segment is made ahead by `prepare`, away from calls.
    """

    def __init__(self, folder: Path, writer: str, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.writer = writer
        self._folder = folder
        self._bytes = segment_bytes
        self._lock, self._making = threading.Lock(), threading.Lock()
        self._number = 0
        self._open_calls = 0
        self._spare: Segment | None = None
        self.full: list[Segment] = []
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.current = self._new()

    @property
    def is_full(self) -> bool:
        """Whether the next call may find no room: no spare segment could be had."""
        return self._spare is None and self.current.room < self._bytes // 4

    def begin(self, record: Mapping[str, Any]) -> None:
        """Write that a call begins. Raises LedgerFull, and then nothing is written."""
        line = encode(record)
        if self._begin(line):
            return
        with self._making:
            if self._begin(line):
                return  # another call has made room meanwhile
            self._widen()
            if not self._begin(line):
                raise LedgerFull

    def _begin(self, line: bytes) -> bool:
        """Whether there was room for this line and for the ends of all open calls."""
        with self._lock:
            if self._room < len(line) + END_ROOM * (self._open_calls + 1):
                return False
            self._append(line)
            self._open_calls += 1
            return True

    def end(self, record: Mapping[str, Any]) -> None:
        """Write that a call which began has ended."""
        line = encode(record)
        with self._lock:
            self._open_calls -= 1
            self._append(line)

    def note(self, record: Mapping[str, Any]) -> None:
        """Write something learnt; left out where there is no room, for it can be learnt again."""
        line = encode(record)
        with self._lock:
            if self._room >= len(line) + END_ROOM * self._open_calls:
                self._append(line)

    def segments(self) -> list[Segment]:
        """The segments that hold lines, oldest first; the last one is still written to."""
        with self._lock:
            return [*self.full, self.current]

    def prepare(self) -> None:
        """Make a spare segment where there is none. Called by the writer thread at each tick."""
        with self._making:
            if self._spare is None:
                try:
                    self._spare = self._new()
                except OSError:
                    return  # the disk is full: said by `is_full`, tried again at the next tick

    def close(self) -> None:
        """Let go of all segments; those not absorbed yet are left behind for the next start."""
        with self._lock:
            for segment in [*self.full, self.current, *([self._spare] if self._spare else [])]:
                segment.close(remove=segment.offset == 0)

    def _widen(self) -> None:
        """Begin the spare and make another: the open calls need nearly all the room that is left.

        In this order, so the ends of open calls have their room throughout.
        """
        try:
            another = self._new()
        except OSError:
            return
        with self._lock:
            if self._spare is not None:
                self._roll()
            self._spare = another

    @property
    def _room(self) -> int:
        """Room for lines; what is too small for another one at a segment's end does not count."""
        return self.current.room + (self._spare.size if self._spare else 0) - END_ROOM

    def _append(self, line: bytes) -> None:
        if self.current.room < len(line):
            self._roll()
        self.current.append(line)

    def _roll(self) -> None:
        if self._spare is None:
            raise LedgerFull
        self.full.append(self.current)
        self.current, self._spare = self._spare, None

    def _new(self) -> Segment:
        self._number += 1
        return Segment(self._folder / f"{self.writer}-{self._number:06d}{SUFFIX}", self._bytes)


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
    return json.loads(payload), start + length
