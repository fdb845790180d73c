"""The journal of one process: its segments, and the room for the ends of open calls."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiconnect.calls.journal.lines import encode
from aiconnect.calls.journal.segments import SUFFIX, Nowhere, Segment

SEGMENT_BYTES = 64 * 1024 * 1024
CALL_BYTES = 1_300  # what the two lines of a call take, generously: 50,000 calls to a segment
END_ROOM = 6_144  # kept free for each call under way, so that its end always fits
MOST_LATE = 20_000  # lines that wait in memory for room; about 16 MB


class LedgerFull(Exception):
    """No room for the begin of another call and no new segment can be had."""


class Journal:
    """This process's journal. `writer` is an id of the process, part of the segments' names.

    Thread-safe. A spare segment is made ahead by `prepare`, away from calls. `ended` counts the
    ends that were written; `lost` those for which there was no room, not even in memory.
    """

    def __init__(self, folder: Path, writer: str, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.writer = writer
        self.folder = folder
        self._bytes = segment_bytes
        self._lock, self._making = threading.Lock(), threading.Lock()
        self._number = 0
        self._open_calls = 0
        self._spare: Segment | None = None
        self._late: deque[bytes] = deque()
        self.ended = self.lost = 0
        self.is_short = False
        self.full: list[Segment] = []
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.current = self._new_or_none() or Nowhere()

    @property
    def is_full(self) -> bool:
        """Whether the next call may find no room: no spare segment could be had."""
        return self._spare is None and self.current.room < self._bytes // 4

    @property
    def calls_left(self) -> int:
        """About how many calls there is room for without a new segment."""
        return max(0, self._room - END_ROOM * (self._open_calls + 1)) // CALL_BYTES

    @property
    def late(self) -> int:
        """How many ends wait in memory for room."""
        return len(self._late)

    def begin(self, record: Mapping[str, Any]) -> None:
        """Write that a call begins. Raises LedgerFull, and then nothing is written."""
        line = encode(record)
        try:
            self._begin_somewhere(line)
        except OSError:  # no disk of ours promises that it can be written
            raise LedgerFull from None

    def _begin_somewhere(self, line: bytes) -> None:
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
        """Write that a call which began has ended. Where that fails it waits, as in `later`."""
        line = encode(record)
        with self._lock:
            self._open_calls -= 1
            self._end(line)

    def later(self, record: Mapping[str, Any]) -> None:
        """Write the end of a call whose begin found no room: as soon as there is some.

        Until then it waits in memory; a process that is killed takes it along. So only calls that
        cost nothing are written in this way.
        """
        line = encode(record)
        with self._lock:
            if len(self._late) < MOST_LATE:
                self._late.append(line)
            else:
                self.lost += 1

    def _end(self, line: bytes) -> None:
        try:
            self._append(line)
            self.ended += 1
        except (OSError, LedgerFull):
            self._late.append(line)

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
        """Make a spare segment where there is none. Called by the writer thread at each tick.

        Where the disk is full that is tried again at the next tick, and said by `is_short`, also
        while an old segment that was used again is the spare.
        """
        with self._making:
            if self._spare is None or self.is_short:
                made = self._new_or_none()
                self.is_short = made is None
                self._keep(made)
        self._write_late()

    def _keep(self, made: Segment | None) -> None:
        """As the spare; where there is one already, it has only shown that the disk has room."""
        if self._spare is None:
            self._spare = made
        elif made is not None:
            made.close(remove=True)

    def retire(self, segment: Segment) -> None:
        """Part with a full segment that is absorbed: on a full disk it becomes the spare."""
        with self._lock:
            self.full.remove(segment)
        if self.is_short and self._renew(segment):
            return
        segment.close(remove=True)

    def _renew(self, segment: Segment) -> bool:
        with self._making:
            path = self._next_path()
        try:
            segment.renew(path)  # takes a moment, in which a call may want to make a segment
        except OSError:
            return False
        with self._making:
            is_wanted = self._spare is None
            self._spare = self._spare or segment
            return is_wanted

    def _write_late(self) -> None:
        with self._lock:
            while self._late and self._room >= len(self._late[0]) + END_ROOM * self._open_calls:
                waiting = len(self._late)
                self._end(self._late.popleft())
                if len(self._late) == waiting:
                    return  # it went to the end of the queue again

    def close(self) -> None:
        """Let go of all segments; those not absorbed yet are left behind for the next start."""
        with self._lock:
            for segment in [*self.full, self.current, *([self._spare] if self._spare else [])]:
                segment.close(remove=segment.absorbed == segment.offset)

    def _widen(self) -> None:
        """Begin the spare and make another: the open calls need nearly all the room that is left.

        In this order, so the ends of open calls have their room throughout.
        """
        another = self._new_or_none()
        if another is None:
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
        return Segment(self._next_path(), self._bytes)

    def _new_or_none(self) -> Segment | None:
        try:
            return self._new()
        except OSError:
            return None

    def _next_path(self) -> Path:
        self._number += 1
        return self.folder / f"{self.writer}-{self._number:06d}{SUFFIX}"
