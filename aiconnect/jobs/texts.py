"""The keeper: a thread that brings what calls asked and were answered into the database, sealed."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from typing_extensions import override

from aiconnect.calls.texts import Kept, Waiting
from aiconnect.services import texts
from aiconnect.services.vault import Vault

log = logging.getLogger("aiconnect.texts")

AT_ONCE = 100


class Keeper(threading.Thread):
    """Takes what waits, a batch at a time, until `stop`.

    What a database that is away does not take is lost and counted: nothing else waits for it.
    """

    def __init__(self, waiting: Waiting, sessions: sessionmaker[Session], vault: Vault) -> None:
        super().__init__(name="texts", daemon=True)
        self._waiting, self._sessions, self._vault = waiting, sessions, vault
        self._stopping = False
        self._is_failing = False

    def stop(self) -> None:
        """Take in what waits and end."""
        self._stopping = True
        self._waiting.wake()
        if self.is_alive():
            self.join(timeout=10)

    @override
    def run(self) -> None:
        while not (self._stopping and self._waiting.is_empty):
            batch = self._waiting.take(AT_ONCE)
            if batch:
                self._store(batch)

    def _store(self, batch: list[Kept]) -> None:
        try:
            with self._sessions() as session:
                texts.store(session, self._vault, batch)
            self._is_failing = False
        except Exception as error:  # noqa: BLE001 (whatever it is, this thread is the only one)
            self._waiting.lose(len(batch))
            self._say_failing(error)

    def _say_failing(self, error: Exception) -> None:
        """Once, until it works again."""
        if not self._is_failing:
            self._is_failing = True
            is_known = isinstance(error, SQLAlchemyError)
            reason = {"reason": type(error).__name__}
            log.error("texts of calls cannot be kept", extra=reason, exc_info=not is_known)
