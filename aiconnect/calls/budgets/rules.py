"""Which budgets count a call, and what each would set aside for it: read once from a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiconnect.calls.budgets import bounds, periods
from aiconnect.calls.budgets.holding import MOST, Wanted
from aiconnect.calls.budgets.values import NO_PRICES, Budget, Prices, Window
from aiconnect.calls.plan import Attempt
from aiconnect.calls.request import Request
from aiconnect.calls.snapshot import Caller, Snapshot

COUNT = "anthropic.count_tokens"
"""Calls of this wire cost nothing anywhere."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An attempt that may be made: since when the call is counted, and the bytes to be sent."""

    attempt: Attempt
    request: Request
    at_ms: int
    sent: int


@dataclass(slots=True)
class _Span:
    """A period of some budgets, as long as it lasts: milliseconds since the epoch."""

    start: datetime
    first: float
    end: float


@dataclass(frozen=True, slots=True)
class Rules:
    """What a picture says of spending; `by_target` has budgets by scope and whose they are."""

    prices: Prices = NO_PRICES
    frozen: bool = False
    budgets: tuple[Budget, ...] = ()
    by_target: dict[tuple[str, int | None], list[Budget]] = field(default_factory=dict)
    collections: tuple[Budget, ...] = ()
    _spans: dict[str, _Span] = field(default_factory=dict)

    @classmethod
    def of(cls, snapshot: Snapshot) -> Rules:
        """Budgets in order of their id, so that the same one is named each time."""
        by_target: dict[tuple[str, int | None], list[Budget]] = {}
        for budget in snapshot.budgets:
            by_target.setdefault((budget.scope, budget.target_id), []).append(budget)
        collections = tuple(one for one in snapshot.budgets if one.scope == "collection")
        return cls(snapshot.prices, snapshot.frozen, snapshot.budgets, by_target, collections)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is to be asked of any call."""
        return not self.budgets and not self.frozen

    def counting(self, caller: Caller, attempt: Attempt) -> list[Budget]:
        """The budgets that would count this call."""
        if not self.budgets:
            return []
        whose: tuple[tuple[str, int | None], ...] = (
            ("team", None),
            ("person", caller.person_id),
            ("token", caller.token_id),
            ("connection", attempt.opened.id),
        )
        found = [one for key in whose for one in self.by_target.get(key, ())]
        return found + [one for one in self.collections if attempt.name in one.models]

    def bound(self, asked: Asked, cap: int) -> int | None:
        """Nano-dollars that it costs at most there; 0: nothing is owed; None: nobody knows."""
        attempt, request = asked.attempt, asked.request
        opened = attempt.opened
        if opened.flat_fee or request.wire == COUNT:
            return 0
        most = self.prices.bound(
            opened.id,
            opened.name,
            attempt.model_id,
            moment(asked.at_ms),
            bounds.inward(request, attempt, asked.sent),
            bounds.outward(request, attempt, cap),
        )
        if most is None:
            return 0 if opened.is_free else None
        return min(most, MOST)

    def wanted(self, amounts: Iterable[tuple[Budget, int]], at_ms: int) -> Wanted:
        """For each budget its window at that moment, what it refuses beyond, and the amount."""
        return [
            (self.window(one, at_ms), None if one.is_soft else one.limit, amount)
            for one, amount in amounts
        ]

    def window(self, budget: Budget, at_ms: int) -> Window:
        """The period of a budget that the moment is in; the zone is the same for all of them."""
        span = self._spans.get(budget.period)
        if span is None or not span.first <= at_ms < span.end:
            span = self._spans[budget.period] = _span(budget, moment(at_ms))
        return budget.id, span.start

    def windows(self, at_ms: int) -> Iterator[Window]:
        """The present one of each budget."""
        return (self.window(one, at_ms) for one in self.budgets)


def moment(at_ms: int) -> datetime:
    """Milliseconds since the epoch as a moment."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _span(budget: Budget, at: datetime) -> _Span:
    start = periods.start_of(budget.period, budget.zone, at)
    end = periods.end_of(budget.period, budget.zone, at)
    last = float("inf") if end is None else end.timestamp() * 1000
    return _Span(start, start.timestamp() * 1000, last)
