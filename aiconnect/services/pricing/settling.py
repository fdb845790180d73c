"""What a call comes to, from the journal's line of its end: the same for gateway and ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from aiconnect import clock
from aiconnect.adapters.values import amount
from aiconnect.models import CostState
from aiconnect.services.pricing.own import OwnRow
from aiconnect.services.pricing.reckoning import FREE, Cost, Price, cost
from aiconnect.services.pricing.tables import TIERS


class Known(Protocol):
    """What must be known of prices; a Book knows it."""

    def own_row(self, connection: str, model: str, at: datetime) -> OwnRow | None:
        """The team's own price."""

    def price(
        self,
        connection_id: int | None,
        connection: str,
        model: str,
        at: datetime,
        tier: str = "",
    ) -> Price | None:
        """The price from whichever source goes first."""

    def is_notional(self, connection_id: int | None) -> bool:
        """Whether a subscription pays for the connection's calls."""


def tier_of(line: Mapping[str, Any]) -> str:
    """How the provider says that it served the call: a name among the call's details, "" usual."""
    details = _details(line)
    return next((name for name in TIERS if details.get(name)), "")


def settled(line: Mapping[str, Any], book: Known) -> Cost:
    """What a call costs, from the journal's line of its end.

    One that owes nothing (a server of the team's own, or refused before a provider saw it) costs
    something only where the team says so: a price of its own, and tokens that were used.
    What a subscription pays for is notional, as far as it can be reckoned.
    """
    return with_state(_reckoned(line, book), book, line["c"])


def with_state(found: Cost, book: Known, connection_id: int | None) -> Cost:
    """The cost as notional where a subscription pays for the connection's calls."""
    if found.state is CostState.FREE or not book.is_notional(connection_id):
        return found
    return replace(found, state=CostState.NOTIONAL)


def _reckoned(line: Mapping[str, Any], book: Known) -> Cost:
    at, tokens, is_estimated = clock.from_ms(line["at"]), line["u"], line["es"]
    details = _details(line)
    is_counted = bool(tokens or details)
    if line["f"]:
        row = book.own_row(line["cn"], line["m"], at) if is_counted and line["c"] else None
        found = row.price if row else None
        if found is None:
            return FREE
        return cost(tokens, found, is_estimated=is_estimated, details=details)
    stated = amount(line.get("sc"))  # lines of the version before state none
    if stated is not None and stated >= 0:
        return cost(tokens, None, stated=stated, is_estimated=is_estimated)
    named = line["c"], line["cn"], line["m"]
    price = book.price(*named, at, tier_of(line)) if is_counted else None
    return cost(tokens, price, is_estimated=is_estimated, details=details)


def _details(line: Mapping[str, Any]) -> Mapping[str, object]:
    """Counts beside the tokens; lines of the version before have none."""
    found = line.get("ud")
    return found if isinstance(found, Mapping) else {}
