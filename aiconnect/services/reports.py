"""The ledger summed up and read out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Literal, get_args

import sqlalchemy
from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import CostState, UsageRecord
from aiconnect.services import pricing

By = Literal["model", "user", "token", "connection", "day"]
BYS: tuple[By, ...] = get_args(By)
Record = sqlalchemy.Row[*tuple[Any, ...]]
"""A row with the columns of UsageRecord."""

COLUMNS = {
    "model": UsageRecord.model,
    "user": UsageRecord.person,
    "token": UsageRecord.access_token,
    "connection": UsageRecord.connection,
}
PAGE = 1000
usd = pricing.usd
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a summary. Token counts are totals: with what was cached, with reasoning.

    `cost_usd` is None where no call's cost is known; `estimated_share` is the part of the calls
    whose counts or cost are estimates, 0 to 1; `unpriced` is how many have no known cost.
    """

    key: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    estimated_share: float
    unpriced: int = 0


def summary(
    session: Session,
    *,
    by: By = "model",
    since: datetime | None = None,
    until: datetime | None = None,
    timezone: tzinfo,
    unnamed: Collection[int] = (),
) -> list[Row]:
    """Settled calls from `since` on, before `until`: most calls first, or the days in order.

    Calls through the connections `unnamed` are one line without a key.
    """
    if by == "day":
        return list(_days(session, since, until, timezone))
    key: ColumnElement[str] = COLUMNS[by].expression
    if unnamed:
        key = case((UsageRecord.connection_id.in_(unnamed), literal("")), else_=key)
    rows = _sums(key).where(_span(since, until)).group_by("key")
    return [_row(found) for found in session.execute(rows.order_by(func.count().desc(), "key"))]


def today(
    session: Session, *, by: By, timezone: tzinfo, unnamed: Collection[int] = ()
) -> list[Row]:
    """Settled calls of today in the team's time zone."""
    since = _midnight(_date(clock.now(), timezone), timezone)
    return summary(session, by=by, since=since, timezone=timezone, unnamed=unnamed)


def month(
    session: Session, *, by: By, timezone: tzinfo, unnamed: Collection[int] = ()
) -> list[Row]:
    """Settled calls of this month in the team's time zone."""
    first = _date(clock.now(), timezone).replace(day=1)
    since = _midnight(first, timezone)
    return summary(session, by=by, since=since, timezone=timezone, unnamed=unnamed)


def export(
    session: Session, since: datetime | None = None, until: datetime | None = None
) -> Iterator[Record]:
    """Settled records, oldest first; a page at a time, so that millions need no memory."""
    span = _span(since, until)
    page = _page(session, span)
    while page:
        yield from page
        after = tuple_(UsageRecord.at, UsageRecord.id) > (page[-1].at, page[-1].id)
        page = _page(session, span & after)


def moment(
    text: str, timezone: tzinfo, *, is_until: bool = False, field: str = "since"
) -> datetime:
    """A date in the team's time zone (as `until`: its end), or a time with its offset."""
    try:
        return _moment(text, timezone, is_until=is_until).astimezone(UTC)
    except (ValueError, OverflowError):
        sentence = N_("%(text)s is neither like 2026-11-30 nor like 2026-11-30T09:00+07:00.")
        raise Refused(sentence, field=field, text=text) from None


def _moment(text: str, timezone: tzinfo, *, is_until: bool) -> datetime:
    if "T" not in text:
        return _midnight(date.fromisoformat(text) + is_until * DAY, timezone)
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("without an offset")
    return found


def _date(moment: datetime, timezone: tzinfo) -> date:
    return moment.astimezone(timezone).date()


def _midnight(day: date, timezone: tzinfo) -> datetime:
    return datetime.combine(day, time(), timezone)


def _span(since: datetime | None, until: datetime | None) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = [UsageRecord.outcome.is_not(None)]
    if since is not None:
        parts.append(UsageRecord.at >= since)
    if until is not None:
        parts.append(UsageRecord.at < until)
    return and_(*parts)


def _page(session: Session, span: ColumnElement[bool]) -> Sequence[Record]:
    columns = select(*UsageRecord.__table__.columns)  # rows, not objects: there may be millions
    rows = columns.where(span).order_by(UsageRecord.at, UsageRecord.id).limit(PAGE)
    page = session.execute(rows).all()
    session.commit()  # ends the read: the write-ahead log can be folded in during a long export
    return page


def _sums(key: Any) -> Select[Any]:
    is_estimated = or_(UsageRecord.tokens_estimated, UsageRecord.cost_state == CostState.ESTIMATED)
    one = UsageRecord
    return select(
        key.label("key"),
        func.count().label("calls"),
        _total(one.input_tokens, one.cache_read_tokens, one.cache_write_tokens).label("given"),
        _total(one.output_tokens, one.reasoning_tokens).label("made"),
        func.sum(one.cost).label("cost"),
        _total(case((is_estimated, 1), else_=0)).label("estimated"),
        _total(case((one.cost.is_(None), 1), else_=0)).label("unpriced"),
    )


def _total(*columns: Any) -> ColumnElement[int]:
    parts = [func.coalesce(func.sum(column), 0) for column in columns]
    return sum(parts[1:], start=parts[0])


def _row(found: Any) -> Row:
    share = found.estimated / found.calls if found.calls else 0.0
    return Row(
        found.key or "",
        found.calls,
        found.given,
        found.made,
        usd(found.cost),
        share,
        found.unpriced,
    )


def _days(
    session: Session, since: datetime | None, until: datetime | None, timezone: tzinfo
) -> Iterator[Row]:
    """One range of the index a day: the days of a time zone differ in length."""
    ends = select(func.min(UsageRecord.at), func.max(UsageRecord.at)).where(_span(since, until))
    first, last = session.execute(ends).one()
    if first is None:
        return
    day = _date(first, timezone)
    while day <= _date(last, timezone):
        start, end = _midnight(day, timezone), _midnight(day + DAY, timezone)
        span = _span(max(start, since or start), min(end, until or end))
        row = _row(session.execute(_sums(func.max(UsageRecord.person)).where(span)).one())
        if row.calls:
            yield replace(row, key=day.isoformat())
        day += DAY
