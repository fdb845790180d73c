"""Budgets and prices as the gateway knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Protocol

from aiconnect.calls.budgets import periods

Window = tuple[int, datetime]
"""A budget's id, and when the period began (UTC)."""
Tally = tuple[Window, int, int]
"""A window, its version, and the nano-dollars that the ledger says were spent in it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """So many nano-dollars (`limit`) for so long; `models` are `connection/id` of a collection.

    `scope` is team, person, token, connection or collection; `target_id` says which, None for the
    team's. `spent` and `version` are the ledger's of the period that begins at `start`. A soft one
    refuses nothing. `cap_tokens` is the output assumed where neither call nor model limits it.
    """

    id: int
    name: str
    scope: str
    target_id: int | None
    limit: int
    period: str
    zone: tzinfo
    is_soft: bool = False
    allows_unpriced: bool = False
    cap_tokens: int = 8192
    warn_percent: int = 80
    models: frozenset[str] = frozenset()
    start: datetime = periods.EVER
    spent: int = 0
    version: int = 0

    @property
    def tally(self) -> Tally:
        """What the ledger said when this was read."""
        return (self.id, self.start), self.version, self.spent


class Prices(Protocol):
    """What the gateway asks of prices; thread-safe, and without a database."""

    def bound(
        self,
        connection_id: int | None,
        connection: str,
        model: str,
        at: datetime,
        inward: int,
        outward: int,
    ) -> int | None:
        """Nano-dollars that so many tokens cost at most; 0: nothing is owed; None: not known."""

    def owed(self, line: Mapping[str, Any]) -> int | None:
        """Nano-dollars that the journal's line of an end comes to; None where nobody knows."""


class NoPrices:
    """Knows none."""

    def bound(
        self,
        _connection_id: int | None,
        _connection: str,
        _model: str,
        _at: datetime,
        _inward: int,
        _outward: int,
    ) -> int | None:
        return None

    def owed(self, _line: Mapping[str, Any]) -> int | None:
        return None


NO_PRICES = NoPrices()
