"""What each record adds to which sum, in SQL: the same words for rollups and for the tail."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    literal_column,
    or_,
    text,
)
from sqlalchemy.sql.visitors import replacement_traverse

from aiconnect.calls.plan import COLLECTION
from aiconnect.models import CostState, Ending, Outcome, UsageRecord, UsageRollup
from aiconnect.models.usage import NOT_OK
from aiconnect.services.rollups.figures import Wanted

FEWEST = 8
"""Tokens of an answer that says how fast a model writes: a shorter one comes in one piece."""

one = UsageRecord
DIMENSIONS = (
    "person_id", "person", "access_token_id", "access_token", "connection_id", "connection",
    "model", "collection", "outcome",
)  # fmt: skip


def _if(condition: ColumnElement[bool], value: Any = 1) -> ColumnElement[int]:
    return case((condition, value), else_=0)


def _or_none(column: Any) -> ColumnElement[int]:
    return func.coalesce(column, 0)


@cache
def dimensions() -> Mapping[str, ColumnElement[Any]]:
    """Whose and what a record is, as rollups keep it.

    A name that reached no connection is anybody's invention: such records share one row.
    """
    reached = one.connection != ""
    is_collection = func.substr(one.asked, 1, len(COLLECTION)) == COLLECTION
    name = func.substr(one.asked, len(COLLECTION) + 1, 60)
    return {
        "person_id": _or_none(one.person_id),
        "person": one.person.expression,
        "access_token_id": _or_none(one.access_token_id),
        "access_token": one.access_token.expression,
        "connection_id": _or_none(one.connection_id),
        "connection": one.connection.expression,
        "model": case((reached, one.model), else_=""),
        "collection": case((and_(reached, is_collection), name), else_=""),
        "outcome": case(
            (one.outcome == Outcome.OK, Ending.OK.value),
            (one.outcome == Outcome.REFUSED, Ending.REFUSED.value),
            (one.outcome == Outcome.CALLER_LEFT, Ending.LEFT.value),
            else_=Ending.FAILED.value,
        ),
    }


@cache
def measures() -> Mapping[str, ColumnElement[int]]:
    """What one record adds to each column of a rollup."""
    is_estimated = or_(one.tokens_estimated, one.cost_state == CostState.ESTIMATED)
    is_notional = one.cost_state == CostState.NOTIONAL
    is_timed = and_(one.outcome == Outcome.OK, one.latency_ms.is_not(None))
    written = _or_none(one.output_tokens) + _or_none(one.reasoning_tokens)
    ms = case((one.generation_ms > 0, one.generation_ms), else_=one.latency_ms - one.first_token_ms)
    has_speed = and_(
        one.outcome == Outcome.OK, one.tokens_estimated.is_(False), written >= FEWEST, ms > 0
    )
    return {
        "calls": literal(1),
        "fallbacks": _if(one.is_fallback.expression),
        "estimated": _if(is_estimated),
        "unpriced": _if(one.cost.is_(None)),
        "input_tokens": _or_none(one.input_tokens),
        "cache_read_tokens": _or_none(one.cache_read_tokens),
        "cache_write_tokens": _or_none(one.cache_write_tokens),
        "output_tokens": _or_none(one.output_tokens),
        "reasoning_tokens": _or_none(one.reasoning_tokens),
        "cost": case((is_notional, 0), else_=_or_none(one.cost)),
        "notional": case((is_notional, _or_none(one.cost)), else_=0),
        "timed": _if(is_timed),
        "latency_ms": _if(is_timed, one.latency_ms),
        "written_tokens": _if(has_speed, written),
        "written_ms": _if(has_speed, ms),
    }


def unindexed(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same where SQLite must find records by another condition, for which there is an index.

    It takes what is equal for rare, and would look at all calls of a person for the latest few.
    """

    def plain(element: Any, **_more: Any) -> Any:
        if not isinstance(element, Column):
            return None
        return literal_column(f"+{element.table.name}.{element.name}", element.type)

    return replacement_traverse(condition, {}, plain)


def quarter_number(moment: Any, dialect: str) -> ColumnElement[int]:
    """Which quarter of an hour since 1970 a time is in: groups that fit every time zone."""
    if dialect == "sqlite":
        return cast(func.strftime("%s", moment), BigInteger) // literal(900, BigInteger)
    return cast(func.floor(extract("epoch", moment) / 900), BigInteger)


def rolled(name: str) -> ColumnElement[Any]:
    """A dimension or measure as a rollup has it."""
    column: ColumnElement[Any] = UsageRollup.__table__.columns[name]
    return column


ENDED: Mapping[str, ColumnElement[bool]] = {
    Ending.OK: one.outcome == Outcome.OK,
    Ending.REFUSED: and_(text(NOT_OK), one.outcome == Outcome.REFUSED),
    Ending.LEFT: and_(text(NOT_OK), one.outcome == Outcome.CALLER_LEFT),
    Ending.FAILED: and_(
        text(NOT_OK), one.outcome.in_((Outcome.FAILED, Outcome.CUT, Outcome.INTERRUPTED))
    ),
}
"""The outcomes that each ending stands for; of those that are few, an index has all."""


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Which settled records are wanted, said so that an index is of use."""
    found: list[ColumnElement[bool]] = [one.outcome.is_not(None)]
    ids = (one.person_id, one.access_token_id, one.connection_id)
    numbers = (wanted.person_id, wanted.access_token_id, wanted.connection_id)
    for column, number in zip(ids, numbers, strict=True):
        if number is not None:
            found.append(column == number if number else column.is_(None))
    if wanted.model:
        found += [one.model == wanted.model, one.connection != ""]
    elif wanted.model is not None:
        found.append(or_(one.model == "", one.connection == ""))
    if wanted.collection:
        found += [one.asked == f"{COLLECTION}{wanted.collection}", one.connection != ""]
    elif wanted.collection is not None:
        found.append(dimensions()["collection"] == "")
    if wanted.outcome is not None:
        found.append(ENDED.get(wanted.outcome, false()))
    if wanted.without:
        found.append(_or_none(one.connection_id).not_in(wanted.without))
    return found
