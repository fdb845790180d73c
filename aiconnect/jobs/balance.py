"""Keeps what the gateway counts against budgets in step with what the ledger says was spent."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from sqlalchemy.orm import Session, sessionmaker

from aiconnect.calls.budgets.spending import Spending
from aiconnect.services.budgets import windows

log = logging.getLogger("aiconnect.budgets")

LOST_AFTER = 60.0
"""Seconds after which an end that never came into the ledger is taken for damaged."""


class Balance:
    """The writer tells what it has absorbed, the watcher looks what others have."""

    def __init__(self, spending: Spending, sessions: sessionmaker[Session]) -> None:
        self._spending, self._sessions = spending, sessions
        self._told: list[str] = []

    def absorbed(self, call_ids: Iterable[str]) -> None:
        """These calls are in the ledger; what it says is read after that, in a transaction anew.

        Where the database cannot be read, they stay held until it can.
        """
        self._told += call_ids
        if self._told:
            with self._sessions() as session:
                self.look(session, self._told)
            self._told = []

    def look(self, session: Session, call_ids: Iterable[str] = ()) -> None:
        """Take over what the ledger says; nothing is asked of it while there are no budgets."""
        wanted = self._spending.windows()
        tallies = windows.told(session, wanted)
        if tallies or call_ids:
            self._spending.absorbed(call_ids, tallies)

    def tidy(self) -> None:
        """All that waited is absorbed: let go of calls whose ends were damaged in the journal."""
        lost = self._spending.holds.tidy(time.monotonic() - LOST_AFTER)
        if lost:
            log.warning("calls whose ends were lost are held no more", extra={"calls": lost})
