"""The watcher: a thread that keeps the gateway's picture of the database current."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from typing_extensions import override

from aiconnect.calls.snapshot import EMPTY, Snapshot
from aiconnect.services import installation

log = logging.getLogger("aiconnect.watcher")

TICK = 0.3


class Watcher(threading.Thread):
    """Rebuilds `current` when the revision has changed, by this process or another.

    `each` is what else is looked at each time.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        build: Callable[[Session], Snapshot],
        each: Callable[[Session], None] = lambda _session: None,
    ) -> None:
        super().__init__(name="watcher", daemon=True)
        self._sessions, self._build, self._each = sessions, build, each
        self._wanted = threading.Event()
        self._stopping = self._is_blind = False
        self.current = EMPTY
        self.beat = time.monotonic()

    def look(self) -> None:
        """Rebuild where the revision is another than the picture's."""
        with self._sessions() as session:
            if installation.revision(session) != self.current.revision:
                self.current = self._build(session)
            self._each(session)
        self._is_blind = False
        self.beat = time.monotonic()

    def stop(self) -> None:
        self._stopping = True
        self._wanted.set()
        self.join(timeout=5)

    @override
    def run(self) -> None:
        while not self._stopping:
            self._wanted.wait(TICK)
            try:
                self.look()
            except SQLAlchemyError as error:
                self._say_blind(error)
            except Exception:  # a thread that ended would let revoked access tokens live
                log.exception("the picture cannot be built")

    def _say_blind(self, error: SQLAlchemyError) -> None:
        """Once an outage: a line for every look would fill the log."""
        if not self._is_blind:
            log.warning("the database cannot be read", extra={"reason": type(error).__name__})
        self._is_blind = True
