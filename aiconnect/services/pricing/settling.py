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
    details = line.get("ud")
    names = details if isinstance(details, Mapping) else {}
    return next((name for name in TIERS if name in names), "")


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
    if line["f"]:
        row = book.own_row(line["cn"], line["m"], at) if tokens and line["c"] else None
        return cost(tokens, row.price, is_estimated=is_estimated) if row else FREE
    stated = amount(line.get("sc"))  # lines of the version before state none
    if stated is not None and stated >= 0:
        return cost(tokens, None, stated=stated, is_estimated=is_estimated)
    price = book.price(line["c"], line["cn"], line["m"], at, tier_of(line)) if tokens else None
    return cost(tokens, price, is_estimated=is_estimated)
