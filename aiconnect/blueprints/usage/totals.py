"""The headline numbers of a report."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from aiconnect.services.reports import Row


def total(rows: Sequence[Row]) -> Row:
    """The sum of a report's rows; the cost is None where none is known."""
    calls = sum(row.calls for row in rows)
    costs = [row.cost_usd for row in rows if row.cost_usd is not None]
    return Row(
        key="",
        calls=calls,
        input_tokens=sum(row.input_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        cost_usd=sum(costs, Decimal(0)) if costs else None,
        estimated_share=sum(row.estimated_share * row.calls for row in rows) / calls
        if calls
        else 0.0,
    )
