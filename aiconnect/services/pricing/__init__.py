"""What calls cost: prices from four sources, and the cost that follows from them (docs/prices.md).

The provider's own figure goes first, then the team's own price, then what the provider's list of
models says, then a table: the one that the team has accepted last, else the bundled one.
"""

from aiconnect.services.pricing.book import Book
from aiconnect.services.pricing.bounds import most
from aiconnect.services.pricing.calls import charge, interrupted
from aiconnect.services.pricing.listing import Doubt, Line, doubts, prices
from aiconnect.services.pricing.own import (
    Amounts,
    OwnRow,
    Slip,
    rows_of,
    set_price,
    unusual,
    withdraw,
)
from aiconnect.services.pricing.patterns import is_pattern, means
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
from aiconnect.services.pricing.standing import (
    Standing,
    beginnings,
    connection_names,
    standing,
    standing_of,
)

__all__ = [
    "FREE",
    "UNKNOWN",
    "Amounts",
    "Book",
    "Cost",
    "Doubt",
    "Line",
    "OwnRow",
    "Price",
    "Rates",
    "Slip",
    "Standing",
    "Tokens",
    "beginnings",
    "charge",
    "connection_names",
    "cost",
    "doubts",
    "interrupted",
    "is_pattern",
    "means",
    "most",
    "nano",
    "prices",
    "rows_of",
    "set_price",
    "settled",
    "standing",
    "standing_of",
    "unusual",
    "usd",
    "withdraw",
]
