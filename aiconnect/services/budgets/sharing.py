"""How records are shared out among the budgets that they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from aiconnect.calls.budgets import periods
from aiconnect.models import Budget
from aiconnect.services.budgets import belonging
from aiconnect.services.budgets.belonging import Members

NO_SPAN = (periods.EVER, periods.EVER)

Window = tuple[int, datetime]
"""A budget's id, and when the period began."""


@dataclass(slots=True)
class More:
    """What a batch of records adds to a window."""

    spent: int = 0
    exceeded: int = 0


@dataclass(slots=True)
class _Calendar:
    """When periods began; the one of the record before is looked at first."""

    zone: tzinfo
    spans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def start(self, period: str, moment: datetime) -> datetime:
        start, end = self.spans.get(period, NO_SPAN)
        if not start <= moment < end:
            start = periods.start_of(period, self.zone, moment)
            end = periods.end_of(period, self.zone, moment) or datetime.max.replace(tzinfo=UTC)
            self.spans[period] = start, end
        return start


class Shared:
    """How the records of a batch are shared out among budgets."""

    def __init__(self, budgets: Iterable[Budget], members: Members, zone: tzinfo) -> None:
        self._calendar = _Calendar(zone)
        self._budgets = [
            (
                one.id,
                one.period,
                belonging.belongs_to(one, members),
                periods.start_of(one.period, zone, one.made_at),
            )
            for one in budgets
        ]
        self.more: dict[Window, More] = defaultdict(More)

    def add(self, record: Any) -> None:
        """Add a record to its budgets, but for periods that were over when they were made."""
        at, cost, held = record.at, record.cost, record.held
        is_over = held is not None and cost > held
        for key, period, is_of, first in self._budgets:
            start = self._calendar.start(period, at)
            if start >= first and is_of(record):
                more = self.more[key, start]
                more.spent += cost
                more.exceeded += is_over
