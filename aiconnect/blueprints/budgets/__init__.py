"""Budgets: how much may be spent, by whom and on what; and the freeze."""
