"""Budgets: so much money for so long, of the team, a person, a token, a connection, a collection.

What is spent of one is the sum of the ledger (tallies.py), counted in the transaction in which a
record settles.
"""

from aiconnect.services.budgets.tallies import (
    Tally,
    count,
    current,
    recount,
    recount_all,
    recount_collection,
)

__all__ = ["Tally", "count", "current", "recount", "recount_all", "recount_collection"]
