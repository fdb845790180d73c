"""Money and counts as columns hold them: up to MOST, whatever a provider states."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Numeric, case, cast, literal

MOST = 2**63 - 1
"""What a column holds, in nano-dollars: more than anybody owes, and no reason to lose a record."""


def grown(dialect: str, old: Any, more: Any) -> ColumnElement[int]:
    """A column with more in it. PostgreSQL fails beyond MOST, SQLite makes a rounded sum of it."""
    most = literal(MOST, BigInteger)
    if dialect == "postgresql":
        return case((cast(old, Numeric) + more > most, most), else_=old + more)
    return case((old > most - more, most), else_=old + more)
