"""What every way of counting holds can do, and how it says that a budget leaves no room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiconnect.calls.budgets.values import Prices, Tally, Window

MOST = 2**50
"""Nano-dollars that one call may hold, a million dollars: so that sums stay exact everywhere."""

Wanted = Sequence[tuple[Window, int | None, int]]
"""A window, its limit (None: it refuses nothing), and the nano-dollars to set aside in it."""


class Reached(Exception):
    """A window has no room for a call. Nano-dollars: `held` by others, `amount` asked for."""

    def __init__(self, window: Window, limit: int, spent: int, held: int, amount: int) -> None:
        super().__init__(f"budget {window[0]}: {spent} + {held} + {amount} of {limit}")
        self.window, self.limit = window, limit
        self.spent, self.held, self.amount = spent, held, amount

    @property
    def is_spent(self) -> bool:
        """Whether the call has no room even when no other one is under way."""
        return no_room(self.limit, self.spent, self.amount)


def no_room(limit: int, taken: int, amount: int) -> bool:
    """Whether an amount does not fit; one that nobody knows (0) fits while anything is left."""
    return taken + max(amount, 1) > limit


class Holds(Protocol):
    """Where holds are counted. Thread-safe; only `hold` and `held` may wait for anything."""

    def hold(self, call_id: str, wanted: Wanted) -> None:
        """Set aside all of it instead of what this call held before, or raise Reached."""

    def settle(self, call_id: str, cost: int) -> None:
        """The call has cost so much: that is held until the ledger knows."""

    def release(self, call_id: str) -> None:
        """Nothing is owed for the call."""

    def absorbed(self, call_ids: Iterable[str], tallies: Iterable[Tally]) -> None:
        """The ledger knows these calls; windows take over what it says now, where that is newer."""

    def taken(self, window: Window) -> tuple[int, int]:
        """What is spent and what is held, in one piece: the number that decides is their sum."""

    def windows(self) -> set[Window]:
        """Those in which this process holds anything."""

    def tidy(self, settled_before: float) -> int:
        """Let go of calls settled before that moment, of which the ledger never heard: how many."""

    def keep(self, windows: Iterable[Window]) -> None:
        """Forget all others in which nothing is held."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one call has set aside: nano-dollars, the most of all its windows."""

    call_id: str
    amount: int
    holds: Holds
    prices: Prices

    def settle(self, line: Mapping[str, Any]) -> None:
        """The call ended with this line: before it is in the journal, so that none is missed."""
        owed = self.prices.owed(line)
        if owed:
            self.holds.settle(self.call_id, min(owed, MOST))
        else:
            self.holds.release(self.call_id)

    def release(self) -> None:
        """The ledger will not hear of the call, or it has gone on to where nothing is owed."""
        self.holds.release(self.call_id)
