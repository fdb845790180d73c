"""How fast models write, as measured by the calls that went through here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Outcome, UsageRecord
from aiconnect.models.base import UtcDateTime

CALLS = 200
DAYS = 7
AT_ONCE = 100
"""Connections in one question: databases limit how many parts one has."""
FEWEST = 8
"""Tokens of an answer that says something: a shorter one comes as one piece, in no time."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Output tokens in a second, over so many calls.

    `own_figures` are the provider's: the time in which it wrote. Otherwise it is the time from
    the first word to the last, as it came here.
    """

    tokens_per_second: float
    calls: int
    own_figures: bool


def speeds(session: Session, connection_id: int) -> dict[str, Speed]:
    """The speed of each model that the connection's latest measured calls asked for."""
    latest = sorted(_latest(session, connection_id), key=attrgetter("model"))
    found = ((model, _speed(list(calls))) for model, calls in groupby(latest, attrgetter("model")))
    return {model: speed for model, speed in found if speed is not None}


def every(session: Session, connection_ids: Iterable[int]) -> dict[tuple[int, str], Speed]:
    """The same of several connections, by (connection, model), added up in the database."""
    ids, found, since = tuple(connection_ids), {}, {"since": _since()}
    for start in range(0, len(ids), AT_ONCE):
        for row in session.execute(_summed(ids[start : start + AT_ONCE]), since):
            own = _rate([(row.own_tokens, row.own_ms)], row.own_calls, own_figures=True)
            rate = own or _rate([(row.tokens, row.ms)], row.calls, own_figures=False)
            if rate is not None:
                found[row.connection_id, row.model] = rate
    return found


def _since() -> datetime:
    return clock.now() - timedelta(days=DAYS)


def _latest(session: Session, connection_id: int) -> list[Row[Any]]:
    return list(session.execute(_calls(connection_id), {"since": _since()}))


def _calls(connection_id: int) -> Select[Any]:
    """The latest measured calls of a connection."""
    written = UsageRecord.output_tokens + func.coalesce(UsageRecord.reasoning_tokens, 0)
    arriving = UsageRecord.latency_ms - UsageRecord.first_token_ms
    columns: list[Any] = [
        UsageRecord.connection_id,
        UsageRecord.model,
        written.label("tokens"),
        UsageRecord.generation_ms.label("own_ms"),
        arriving.label("ms"),
    ]
    rows = (
        select(*columns)
        .where(UsageRecord.connection_id == connection_id)
        .where(UsageRecord.at >= bindparam("since", type_=UtcDateTime))
        .where(UsageRecord.outcome == Outcome.OK, UsageRecord.tokens_estimated.is_(False))
        .where(written >= FEWEST, or_(UsageRecord.generation_ms > 0, arriving > 0))
    )
    return rows.order_by(UsageRecord.at.desc(), UsageRecord.id.desc()).limit(CALLS)


@lru_cache(maxsize=64)
def _summed(connection_ids: tuple[int, ...]) -> Select[Any]:
    """Each connection's latest calls, added up by model; kept, for building it takes longest."""
    each = [select(_calls(one).subquery()) for one in connection_ids]
    calls = union_all(*each).subquery()
    own, ours = calls.c.own_ms > 0, calls.c.ms > 0
    return select(
        calls.c.connection_id,
        calls.c.model,
        func.sum(case((own, calls.c.tokens), else_=0)).label("own_tokens"),
        func.sum(case((own, calls.c.own_ms), else_=0)).label("own_ms"),
        func.sum(case((own, 1), else_=0)).label("own_calls"),
        func.sum(case((ours, calls.c.tokens), else_=0)).label("tokens"),
        func.sum(case((ours, calls.c.ms), else_=0)).label("ms"),
        func.sum(case((ours, 1), else_=0)).label("calls"),
    ).group_by(calls.c.connection_id, calls.c.model)


def _speed(calls: list[Row[Any]]) -> Speed | None:
    """From the provider's own figures where there are any; the two kinds do not mix."""
    own = [(call.tokens, call.own_ms) for call in calls if call.own_ms]
    measured = [(call.tokens, call.ms) for call in calls if call.ms]
    return _rate(own, len(own), own_figures=True) or _rate(
        measured, len(measured), own_figures=False
    )


def _rate(figures: list[tuple[int, int]], calls: int, *, own_figures: bool) -> Speed | None:
    tokens, ms = sum(tokens for tokens, _ in figures), sum(ms for _, ms in figures)
    return Speed(round(tokens * 1000 / ms, 1), calls, own_figures) if ms > 0 else None
