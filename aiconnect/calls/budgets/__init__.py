"""Budgets as the gateway counts them."""
