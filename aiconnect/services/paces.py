"""How fast the latest calls were answered: of many, what half of them and what nearly all saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from aiconnect.models import Outcome, UsageRecord
from aiconnect.services.speed import FEWEST

CALLS = 2000
"""The latest calls that are looked at: more would say the same, and take longer."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What half of the calls had at most (of a speed: at least), and what 95 of 100 had."""

    half: float
    most: float


@dataclass(frozen=True, slots=True)
class Paces:
    """Milliseconds to the first word and to the end, tokens a second; None where none was timed."""

    calls: int
    first_word: Spread | None
    whole: Spread | None
    speed: Spread | None


def latest(session: Session, conditions: Iterable[ColumnElement[bool]]) -> Paces:
    """Of the latest CALLS answered calls that fit the conditions."""
    one = UsageRecord
    rows = (
        select(
            one.first_token_ms,
            one.latency_ms,
            one.generation_ms,
            (one.output_tokens + func.coalesce(one.reasoning_tokens, 0)).label("written"),
        )
        .where(one.outcome == Outcome.OK, *conditions)
        .order_by(one.at.desc(), one.id.desc())
        .limit(CALLS)
    )
    return of(session.execute(rows).all())


def of(calls: Sequence[Row[Any] | Any]) -> Paces:
    """The same of calls that are at hand."""
    first = [call.first_token_ms for call in calls]
    whole = [call.latency_ms for call in calls]
    return Paces(len(calls), _spread(first), _spread(whole), _slowest_last(map(_speed, calls)))


def _speed(call: Any) -> float | None:
    """By the provider's own figure, else from the first word on; None of a short answer."""
    if call.written is None or call.written < FEWEST:
        return None
    ms = call.generation_ms
    if not ms and call.latency_ms is not None and call.first_token_ms is not None:
        ms = call.latency_ms - call.first_token_ms
    return call.written * 1000 / ms if ms and ms > 0 else None


def _spread(found: Iterable[float | None]) -> Spread | None:
    known = sorted(one for one in found if one is not None)
    return Spread(_at(known, 50), _at(known, 95)) if known else None


def _slowest_last(found: Iterable[float | None]) -> Spread | None:
    known = sorted((one for one in found if one is not None), reverse=True)
    return Spread(_at(known, 50), _at(known, 95)) if known else None


def _at(known: Sequence[float], percent: int) -> float:
    """The nearest rank: a value that some call really had."""
    return known[max(0, -(-len(known) * percent // 100) - 1)]
