"""Prices: what models cost, the team's own ones, and newer tables."""
