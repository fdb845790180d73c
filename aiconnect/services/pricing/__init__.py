"""What calls cost: prices from three sources, and the cost that follows from them (docs/prices.md).

The provider's own figure goes first, then the team's own price, then the bundled table.
"""

from aiconnect.services.pricing.book import Book
from aiconnect.services.pricing.bounds import most
from aiconnect.services.pricing.calls import charge, interrupted
from aiconnect.services.pricing.listing import Doubt, Line, doubts, prices
from aiconnect.services.pricing.own import Amounts, set_price, unusual, withdraw
from aiconnect.services.pricing.reckoning import (
    FREE,
    UNKNOWN,
    Cost,
    Price,
    Rates,
    Tokens,
    cost,
    nano,
    usd,
)
from aiconnect.services.pricing.settling import settled

__all__ = [
    "FREE",
    "UNKNOWN",
    "Amounts",
    "Book",
    "Cost",
    "Doubt",
    "Line",
    "Price",
    "Rates",
    "Tokens",
    "charge",
    "cost",
    "doubts",
    "interrupted",
    "most",
    "nano",
    "prices",
    "set_price",
    "settled",
    "unusual",
    "usd",
    "withdraw",
]
