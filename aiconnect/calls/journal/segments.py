"""Files of the journal, which have their room before the first line is written."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from typing_extensions import override

from aiconnect.calls.journal.lines import PIECE

SUFFIX, NEW = ".segment", ".new"


class Segment:
    """One preallocated file, locked for as long as it is open.

    `absorbed` is how much of it the writer thread has taken into the ledger.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        self.offset = self.absorbed = self._synced = 0
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
        """Write a line whole. Raises OSError, and then the next one goes to the same place."""
        if os.pwrite(self._fd, line, self.offset) != len(line):
            raise OSError(errno.ENOSPC, "a line was cut")
        self.offset += len(line)

    def next_piece(self) -> bytes:
        """Whole lines that are not absorbed yet, some of them at a time; never nothing.

        Bytes that somebody has cut from the file come as zeros, which no line begins with.
        """
        wanted = min(PIECE, self.offset - self.absorbed)
        piece = os.pread(self._fd, wanted, self.absorbed).ljust(wanted, b"\0")
        is_cut = self.absorbed + wanted < self.offset
        return piece[: piece.rfind(b"\n")] or piece if is_cut else piece

    def sync(self) -> None:
        """Have the disk keep what was written, where that is more than the last time."""
        end = self.offset
        if self._synced < end:
            os.fdatasync(self._fd)
            self._synced = end

    def renew(self, path: Path) -> None:
        """Begin again under another name, with the room that it has on a full disk.

        Nameless meanwhile: a process that starts clears it away instead of reading half of it.
        """
        new = path.with_suffix(NEW)
        self.path.rename(new)
        self.path = new
        for place in range(0, self.offset, PIECE):
            os.pwrite(self._fd, bytes(min(PIECE, self.offset - place)), place)
        os.fdatasync(self._fd)
        self.offset = self.absorbed = self._synced = 0
        new.rename(path)
        self.path = path

    def close(self, *, remove: bool) -> None:
        if remove:
            self.path.unlink(missing_ok=True)
        descriptor, self._fd = self._fd, -1  # a late line must not go into whatever is opened next
        os.close(descriptor)


class Nowhere(Segment):
    """In the place of a segment where none can be had: nothing fits into it."""

    @override
    def __init__(self) -> None:
        self.path, self.size = Path(os.devnull), 0
        self.offset = self.absorbed = self._synced = 0
        self._fd = -1

    @override
    def close(self, *, remove: bool) -> None:
        """There is nothing to close."""
