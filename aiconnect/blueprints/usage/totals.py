"""The headline numbers of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from aiconnect.services.reports import Row


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of a report's rows. `unpriced` is how many calls have no known cost."""

    calls: int
    input_tokens: int
    output_tokens: int
    cost: Decimal | None
    unpriced: int
    estimated_share: float


def total(rows: Sequence[Row]) -> Total:
    """The sum of rows by model; nothing known but free calls beside unpriced ones is not free."""
    calls = sum(row.calls for row in rows)
    unpriced = sum(row.unpriced for row in rows)
    cost = sum((row.cost_usd for row in rows if row.cost_usd is not None), Decimal(0))
    return Total(
        calls=calls,
        input_tokens=sum(row.input_tokens for row in rows),
        output_tokens=sum(row.output_tokens for row in rows),
        cost=None if unpriced and not cost else cost,
        unpriced=unpriced,
        estimated_share=sum(row.estimated_share * row.calls for row in rows) / max(calls, 1),
    )
