"""Budgets as the gateway counts them: set aside before a call, settled after it.

One number for each window (a budget and one of its periods): what the ledger says was spent, and
what calls hold that the ledger does not know yet (ADR 16).
"""

from aiconnect.calls.budgets.values import NO_PRICES, Budget, Prices, Tally, Window

__all__ = ["NO_PRICES", "Budget", "Prices", "Tally", "Window"]
