"""Which records are priced anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import CostState, UsageRecord
from aiconnect.models.base import storable
from aiconnect.services.pricing.reckoning import PROVIDER

COLUMNS = (
    UsageRecord.id, UsageRecord.at, UsageRecord.connection_id, UsageRecord.connection,
    UsageRecord.model, UsageRecord.input_tokens, UsageRecord.cache_read_tokens,
    UsageRecord.cache_write_tokens, UsageRecord.output_tokens, UsageRecord.reasoning_tokens,
    UsageRecord.tokens_estimated, UsageRecord.details, UsageRecord.cost, UsageRecord.cost_state,
    UsageRecord.price,
)  # fmt: skip
LONGEST_MODEL, LONGEST_CONNECTION = 300, 60

Place = tuple[datetime, str]
"""Where a record stands in the order of a selection."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Settled records from `since` on, before `until`, up to number `last`.

    `model` and `connection` are names as the records keep them, "" for all.
    """

    since: datetime
    until: datetime
    last: int
    model: str = ""
    connection: str = ""
    only_unknown: bool = False

    def after(self, place: Place | None, most: int) -> Select[*tuple[Any, ...]]:
        """The next records, in the order of their times."""
        rows = select(*COLUMNS).where(*self._clauses())
        if place is not None:
            rows = rows.where(tuple_(UsageRecord.at, UsageRecord.id) > place)
        return rows.order_by(UsageRecord.at, UsageRecord.id).limit(most)

    def as_json(self) -> dict[str, Any]:
        """For the row that an order is kept in."""
        return {
            "since": clock.iso(self.since), "until": clock.iso(self.until), "last": self.last,
            "model": self.model, "connection": self.connection,
            "only_unknown": self.only_unknown,
        }  # fmt: skip

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Selection:
        """What `as_json` gave."""
        span = {name: datetime.fromisoformat(kept[name]) for name in ("since", "until")}
        return cls(**{**kept, **span})

    def _clauses(self) -> list[ColumnElement[bool]]:
        one = UsageRecord
        clauses = [
            one.outcome.is_not(None), one.at >= self.since, one.at < self.until,
            one.seq <= self.last, or_(one.price.is_(None), one.price != PROVIDER),
        ]  # fmt: skip
        if self.model:
            clauses.append(one.model == self.model)
        if self.connection:
            clauses.append(one.connection == self.connection)
        if self.only_unknown:
            clauses.append(one.cost_state == CostState.UNKNOWN)
        return clauses


def entered(
    session: Session,
    since: datetime,
    until: datetime | None = None,
    *,
    model: str = "",
    connection: str = "",
    only_unknown: bool = False,
    last: int | None = None,
) -> Selection:
    """What is settled by now of what was asked for, or up to number `last`.

    Raises Refused for a span that is none.
    """
    now = clock.now()
    until = min(until or now, now)
    if since >= until:
        raise Refused(N_("The period must begin before it ends, and not after now."), field="since")
    newest = session.scalar(select(func.max(UsageRecord.seq))) or 0
    last = newest if last is None else min(max(last, 0), newest)
    named = storable(model)[:LONGEST_MODEL], storable(connection)[:LONGEST_CONNECTION]
    return Selection(_whole(since), _whole(until), last, *named, only_unknown)


def _whole(moment: datetime) -> datetime:
    """To the millisecond, as it is kept."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
