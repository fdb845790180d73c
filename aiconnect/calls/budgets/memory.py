"""Holds counted in the memory of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from aiconnect.calls.budgets.holding import Reached, Wanted, no_room
from aiconnect.calls.budgets.values import Tally, Window


@dataclass(slots=True)
class _Count:
    """A window: what the ledger says, and the sum of what is held."""

    version: int = -1
    spent: int = 0
    held: int = 0


@dataclass(slots=True)
class _Hold:
    """A call's part of each window; `settled_at` is None while it is under way."""

    amounts: dict[Window, int]
    settled_at: float | None = None


class MemoryBudgets:
    """Exact for one process. `clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[Window, _Count] = {}
        self._holds: dict[str, _Hold] = {}

    def hold(self, call_id: str, wanted: Wanted) -> None:
        """Set aside all of it instead of what this call held before, or raise Reached."""
        with self._lock:
            former = self._holds.get(call_id)
            self._check(former.amounts if former else {}, wanted)
            self._take_out(call_id)
            amounts = {window: amount for window, _, amount in wanted}
            if amounts:
                self._put(call_id, _Hold(amounts))

    def settle(self, call_id: str, cost: int) -> None:
        """The call has cost so much; one that holds nothing any more stays so."""
        with self._lock:
            former = self._take_out(call_id)
            if former is not None:
                self._put(call_id, _Hold(dict.fromkeys(former.amounts, cost), self._clock()))

    def release(self, call_id: str) -> None:
        with self._lock:
            self._take_out(call_id)

    def absorbed(self, call_ids: Iterable[str], tallies: Iterable[Tally]) -> None:
        """In one piece: else what the ledger has just learnt would count twice or not at all."""
        with self._lock:
            for window, version, spent in tallies:
                count = self._count(window)
                if version > count.version:
                    count.version, count.spent = version, spent
            for call_id in call_ids:
                self._take_out(call_id)

    def taken(self, window: Window) -> tuple[int, int]:
        with self._lock:
            count = self._counts.get(window)
            return (count.spent, count.held) if count else (0, 0)

    def windows(self) -> set[Window]:
        with self._lock:
            return {window for window, count in self._counts.items() if count.held}

    def tidy(self, settled_before: float) -> int:
        with self._lock:
            lost = [
                call_id
                for call_id, hold in self._holds.items()
                if hold.settled_at is not None and hold.settled_at < settled_before
            ]
            for call_id in lost:
                self._take_out(call_id)
        return len(lost)

    def keep(self, windows: Iterable[Window]) -> None:
        with self._lock:
            # A call whose cost nobody knows holds nothing in its windows, but it ends in them.
            used = {window for hold in self._holds.values() for window in hold.amounts}
            for window in self._counts.keys() - used.union(windows):
                del self._counts[window]

    def tally(self, window: Window) -> tuple[int, int]:
        """The version that is known here, and what was spent by it."""
        with self._lock:
            count = self._counts.get(window)
            return (count.version, count.spent) if count else (-1, 0)

    def amounts(self, call_id: str) -> Mapping[Window, int]:
        """What one call holds in each window."""
        with self._lock:
            hold = self._holds.get(call_id)
            return dict(hold.amounts) if hold else {}

    def everything(self) -> dict[Window, dict[str, int]]:
        """What each call holds in each window that is known."""
        with self._lock:
            found: dict[Window, dict[str, int]] = {window: {} for window in self._counts}
            for call_id, hold in self._holds.items():
                for window, amount in hold.amounts.items():
                    found[window][call_id] = amount
            return found

    def _check(self, own: Mapping[Window, int], wanted: Wanted) -> None:
        """Raises Reached, first for what waiting does not mend."""
        reached = None
        for window, limit, amount in wanted:
            count = self._count(window)
            others = count.held - own.get(window, 0)
            if limit is None or not no_room(limit, count.spent + others, amount):
                continue
            reason = Reached(window, limit, count.spent, others, amount)
            if reason.is_spent:
                raise reason
            reached = reached or reason
        if reached is not None:
            raise reached

    def _count(self, window: Window) -> _Count:
        found = self._counts.get(window)
        if found is None:
            found = self._counts[window] = _Count()
        return found

    def _put(self, call_id: str, hold: _Hold) -> None:
        self._holds[call_id] = hold
        for window, amount in hold.amounts.items():
            self._count(window).held += amount

    def _take_out(self, call_id: str) -> _Hold | None:
        hold = self._holds.pop(call_id, None)
        if hold is not None:
            for window, amount in hold.amounts.items():
                self._counts[window].held -= amount
        return hold
