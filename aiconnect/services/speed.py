"""How fast models write, as measured by the calls that went through here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Outcome, UsageRecord

CALLS = 200
DAYS = 7
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


def _latest(session: Session, connection_id: int) -> list[Row[Any]]:
    written = UsageRecord.output_tokens + func.coalesce(UsageRecord.reasoning_tokens, 0)
    arriving = UsageRecord.latency_ms - UsageRecord.first_token_ms
    rows = (
        select(
            UsageRecord.model,
            written.label("tokens"),
            UsageRecord.generation_ms.label("own_ms"),
            arriving.label("ms"),
        )
        .where(UsageRecord.connection_id == connection_id)
        .where(UsageRecord.at >= clock.now() - timedelta(days=DAYS))
        .where(UsageRecord.outcome == Outcome.OK, UsageRecord.tokens_estimated.is_(False))
        .where(written >= FEWEST, or_(UsageRecord.generation_ms > 0, arriving > 0))
    )
    ordered = rows.order_by(UsageRecord.at.desc(), UsageRecord.id.desc())
    return list(session.execute(ordered.limit(CALLS)))


def _speed(calls: list[Row[Any]]) -> Speed | None:
    """From the provider's own figures where there are any; the two kinds do not mix."""
    own = [(call.tokens, call.own_ms) for call in calls if call.own_ms]
    measured = [(call.tokens, call.ms) for call in calls if call.ms]
    return _rate(own, own_figures=True) or _rate(measured, own_figures=False)


def _rate(calls: Iterable[tuple[int, int]], *, own_figures: bool) -> Speed | None:
    figures = list(calls)
    if not figures:
        return None
    tokens, ms = (sum(column) for column in zip(*figures, strict=True))
    return Speed(round(tokens * 1000 / ms, 1), len(figures), own_figures)
