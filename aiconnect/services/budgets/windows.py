"""What the ledger says of some windows: read by the gateway several times a second."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from aiconnect.calls.budgets import Tally, Window
from aiconnect.models import BudgetTally


def told(session: Session, windows: Collection[Window]) -> list[Tally]:
    """Those that a tally is kept of, in one query; none where none is asked for."""
    if not windows:
        return []
    one = BudgetTally
    rows = select(one.budget_id, one.start, one.version, one.spent)
    found = session.execute(rows.where(tuple_(one.budget_id, one.start).in_(list(windows))))
    return [((row.budget_id, row.start), row.version, row.spent) for row in found]
