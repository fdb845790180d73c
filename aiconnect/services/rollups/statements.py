"""What the database is asked for a piece of time: of rollups, or of records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    select,
)

from aiconnect.models import UsageRecord, UsageRollup
from aiconnect.services.rollups import counting, storing
from aiconnect.services.rollups.figures import Wanted
from aiconnect.services.rollups.questions import IDS, KEYS, Question
from aiconnect.services.rollups.spans import Piece

NARROWING = tuple(one.name for one in fields(Wanted) if one.name != "without")


def of_piece(asked: Question, piece: Piece) -> Select[Any]:
    """Sums of a piece of time, from rollups where it is made of whole units."""
    return _of_rollups(asked, piece) if piece.unit else of_records(asked, piece)


def _of_rollups(asked: Question, piece: Piece) -> Select[Any]:
    assert piece.unit is not None  # noqa: S101
    measured = {name: counting.rolled(name) for name in asked.measures}
    calls, outcome = counting.rolled("calls"), counting.rolled("outcome")
    endings = {name: case((outcome == name, calls), else_=0) for name in asked.endings}
    columns = UsageRollup.__table__.columns
    key = UsageRollup.key
    is_total = piece.unit == "day" and asked.by is None and asked.is_of_all
    span = "total" if is_total else piece.unit
    first, last = storing.key_range(span, piece.since, piece.until)
    grouped = _grouped(asked, columns, storing.beginning(key))
    rows = select(*grouped, *_totals(asked, measured | endings)).where(key >= first, key < last)
    where = (*_of_wanted(asked.wanted), *_of_named(asked, columns))
    return _together(asked, rows.where(*where))


def of_records(asked: Question, piece: Piece, *numbered: ColumnElement[bool]) -> Select[Any]:
    """Records of a piece of time; of those, where numbers are given, the few that have them."""
    columns, measured = counting.dimensions(), counting.measures()
    endings = {name: case((columns["outcome"] == name, 1), else_=0) for name in asked.endings}
    figures = _totals(asked, {name: measured[name] for name in asked.measures} | endings)
    moment = counting.quarter_number(UsageRecord.at, asked.dialect)
    rows = select(*_grouped(asked, columns, moment), *figures)
    within = (UsageRecord.at >= piece.since, UsageRecord.at < piece.until)
    conditions = [*within, *counting.conditions(asked.wanted), *_of_named(asked, columns)]
    if numbered and asked.dialect == "sqlite":
        conditions = [counting.unindexed(one) for one in conditions]
    return _together(asked, rows.where(*numbered, *conditions))


def _grouped(asked: Question, columns: Any, moment: Any) -> list[ColumnElement[Any]]:
    """Moment, id, key; where there is nothing to group by, a constant."""
    id_ = columns[IDS[asked.by]] if asked.by in IDS else literal(0)
    key = columns[KEYS[asked.by]] if asked.by else literal("")
    if asked.by:
        for hidden in _hidden(asked, columns["connection_id"], key):
            key = case((hidden, ""), else_=key)
            id_ = case((hidden, 0), else_=id_) if asked.by in IDS else id_
    return [
        cast(moment if asked.per else null(), Text).label("by_time"),
        cast(id_, BigInteger).label("by_id"),
        key.label("by_name"),
    ]


def _hidden(asked: Question, connection_id: Any, key: Any) -> Iterator[ColumnElement[bool]]:
    if asked.unnamed:
        yield connection_id.in_(asked.unnamed)
    if asked.named is not None:
        yield key.not_in(asked.named)


def _of_named(asked: Question, columns: Any) -> Iterator[ColumnElement[bool]]:
    if not (asked.is_named and asked.by and asked.named):
        return
    yield columns[KEYS[asked.by]].in_(asked.named)
    if asked.unnamed:
        yield columns["connection_id"].not_in(asked.unnamed)


def _totals(
    asked: Question, columns: Mapping[str, ColumnElement[int]]
) -> Iterator[ColumnElement[int]]:
    for name, column in columns.items():
        yield func.coalesce(storing.total(name, column, asked.dialect), 0)


def _together(asked: Question, rows: Select[Any]) -> Select[Any]:
    return rows.group_by(*asked.labels) if asked.labels else rows


def _of_wanted(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """Rows of rollups."""
    if wanted.without:
        yield counting.rolled("connection_id").not_in(wanted.without)
    for name in NARROWING:
        value = getattr(wanted, name)
        if value is not None:
            yield counting.rolled(name) == value
