"""The writer: a thread that takes this process's journal into the ledger."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from typing_extensions import override

from aiconnect import clock
from aiconnect.calls import journal
from aiconnect.calls.journal import Journal, Segment
from aiconnect.jobs.balance import Balance
from aiconnect.services import absorbing, database

log = logging.getLogger("aiconnect.writer")

TICK = 0.4  # a settled call is in the ledger within a second; each tick costs some milliseconds
SYNC_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Behind:
    """What is not in the ledger yet, in this process.

    `calls` have ended and wait in the journal; `since` is when the database first could not be
    written. `is_short`: the disk has no room for another segment; `left` is for about how many
    calls there is room then. `late` ends wait in memory, for `lost` there was no room there either.
    """

    calls: int
    since: datetime | None
    is_short: bool
    left: int
    late: int
    lost: int


class Writer(threading.Thread):
    """Every tick: read what was appended, absorb it, remove full segments, keep a spare ready.

    A database that cannot be written (a full disk) stops nothing: the journal goes on, and the
    writer tries again at the next tick.
    """

    def __init__(
        self, book: Journal, sessions: sessionmaker[Session], balance: Balance | None = None
    ) -> None:
        super().__init__(name="writer", daemon=True)
        self._book, self._sessions, self._balance = book, sessions, balance
        self._synced = 0.0
        self._taken = 0
        self._is_something_left = False
        self._wanted = threading.Event()
        self._stopping = False
        self.failing_since: datetime | None = None
        self.beat = time.monotonic()

    def stop(self) -> None:
        """Take in what is left and end."""
        self._stopping = True
        self._wanted.set()
        self.join(timeout=10)

    @override
    def run(self) -> None:
        while not self._stopping:
            self.work()
            self._wanted.wait(TICK)
        self.work()

    def take_in(self) -> None:
        """Take in what processes that are gone left behind: now, else before the next own lines."""
        self._is_something_left = True
        self.work()

    @property
    def lacks_past(self) -> bool:
        """Whether what was left behind is not in the ledger yet."""
        return self._is_something_left

    def work(self) -> None:
        """One tick."""
        try:
            self._book.prepare()
            self._sync()
            self._absorb_all()
            self.failing_since = None
        except Exception as error:  # noqa: BLE001 (whatever it is, this thread is the only one)
            self._say_failing(error)
        self.beat = time.monotonic()

    @property
    def behind(self) -> Behind:
        """What waits, and why."""
        book = self._book
        waiting = max(0, book.ended - self._taken)
        return Behind(
            waiting, self.failing_since, book.is_short, book.calls_left, book.late, book.lost
        )

    def _absorb_all(self) -> None:
        *full, current = self._book.segments()
        with self._sessions() as session:
            if self._is_something_left:
                self._absorb_left_behind(session)
            for segment in full:
                self._absorb(session, segment)
                self._book.retire(segment)
            self._absorb(session, current)
        if self._balance is not None and not self._book.late:
            self._balance.tidy()

    def _absorb_left_behind(self, session: Session) -> None:
        try:
            absorbing.absorb_left_behind(session, self._book.folder)
        except database.AWAY:
            raise  # then our own lines wait as well
        except Exception:
            session.rollback()
            log.exception("what was left behind is not taken in yet")  # the clock tries it again
        self._is_something_left = False

    def _absorb(self, session: Session, segment: Segment) -> None:
        while segment.absorbed < segment.offset:
            piece = segment.next_piece()
            lines, damaged = journal.lines(piece)
            folder = segment.path.parent
            for bad in damaged:
                absorbing.keep_damaged(folder, f"{segment.path.stem}-{segment.absorbed}", bad)
            absorbing.absorb_or_set_aside(session, lines, self._book.writer, folder)
            segment.absorbed += len(piece)
            self.beat = time.monotonic()
            ended = [line["id"] for line in lines if line.get("k") == "e"]
            self._taken += len(ended)
            if self._balance is not None:
                self._balance.absorbed(ended)

    def _sync(self) -> None:
        now = time.monotonic()
        if now - self._synced >= SYNC_EVERY:
            self._synced = now
            for segment in self._book.segments():
                segment.sync()

    def _say_failing(self, error: Exception) -> None:
        if self.failing_since is None:
            self.failing_since = clock.now()
            is_known = isinstance(error, OSError | SQLAlchemyError)
            reason = {"reason": type(error).__name__}
            log.error("the ledger cannot be written", extra=reason, exc_info=not is_known)
