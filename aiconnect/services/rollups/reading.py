"""Sums over the ledger: rollups, and the records that are not rolled up yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
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
    union_all,
)
from sqlalchemy.orm import Session

from aiconnect.models import Setting, UsageRecord, UsageRollup
from aiconnect.services.rollups import counting, marks, spans, storing
from aiconnect.services.rollups.figures import (
    ALL,
    ENDINGS,
    MEASURES,
    NAMES,
    By,
    Figures,
    Per,
    Sum,
    Wanted,
)
from aiconnect.services.rollups.marks import EARLIEST, LATEST, ROLLED, Marks
from aiconnect.services.rollups.spans import Piece, Unit

SINCE_1970 = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
IDS: dict[By, str] = {
    "person": "person_id", "token": "access_token_id", "connection": "connection_id",
}  # fmt: skip
KEYS: dict[By, str] = {
    "model": "model", "person": "person", "token": "access_token", "connection": "connection",
    "collection": "collection",
}  # fmt: skip
NARROWING = tuple(one.name for one in fields(Wanted) if one.name != "without")
UNITS: dict[Per | None, tuple[Unit, ...]] = {
    None: ("month", "day", "hour"),
    "month": ("month", "day", "hour"),
    "day": ("day", "hour"),
    "hour": ("hour",),
}

LABELS = ("by_time", "by_id", "by_name")
"""None is the name of a column: that would be grouped by."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: of which dialect, grouped how, of which calls, which figures."""

    dialect: str
    by: By | None
    per: Per | None
    wanted: Wanted
    unnamed: tuple[int, ...]
    named: tuple[str, ...] | None
    only: frozenset[str]
    is_named: bool = False
    """Whether calls of other names than `named` are left out."""

    @property
    def is_of_all(self) -> bool:
        """Whether calls are wanted whoever made them, of whatever."""
        return replace(self.wanted, outcome=None) == ALL

    @property
    def measures(self) -> tuple[str, ...]:
        """Columns that are summed; how many calls there were is always known."""
        return tuple(name for name in MEASURES if name in self.only or name == "calls")

    @property
    def endings(self) -> tuple[str, ...]:
        return tuple(name for name in ENDINGS if name in self.only)

    @property
    def labels(self) -> list[str]:
        """What is grouped by: sorting by a constant takes its time too."""
        is_told = (self.per, self.by in IDS, self.by)
        return [label for label, wanted in zip(LABELS, is_told, strict=True) if wanted]


def sums(  # noqa: PLR0913 (each says one thing about the same question)
    session: Session,
    by: By | None,
    since: datetime | None,
    until: datetime | None,
    wanted: Wanted = ALL,
    zone: tzinfo = UTC,
    *,
    per: Per | None = None,
    unnamed: Collection[int] = (),
    named: Collection[str] | None = None,
    only: Collection[str] = NAMES,
) -> list[Sum]:
    """Settled calls from `since` on, before `until`, summed by name, by time, or altogether.

    By time first, then most calls first. Days and months are those of `zone`: the team's is fast,
    any other right. Calls through the connections `unnamed` share the key ""; so does, where
    `named` are given, whatever is not among them: a chart of a few needs no rows of the others.
    Figures that are not among `only` stay 0, but for `calls`: each takes its time to be added up.

    Where single records are removed already, whole hours count, by when they began; the same holds
    for days of another zone than the team's whose hours begin at other minutes.
    """
    asked = _Question(
        session.get_bind().dialect.name, by, per, wanted, *_names(unnamed, named), frozenset(only)
    )
    names = (*asked.measures, *asked.endings)
    state = marks.read(session)
    is_rest = asked.is_of_all and bool(asked.named) and "" not in (asked.named or ())
    parts = [
        part
        for one in (_apart(asked) if is_rest else (asked,))
        for part in _parts(one, state, since or EARLIEST, until or LATEST, zone)
    ]
    found: dict[tuple[Any, ...], Figures] = {}
    for row in session.execute(union_all(*parts)) if parts else ():
        written, id_, key, *rest = row
        start = None if written is None or per is None else _start(per, zone, written)
        place = start, id_, key
        figures = Figures(**dict(zip(names, map(int, rest), strict=True)))
        found[place] = found[place] + figures if place in found else figures
    if is_rest:
        _take_named_out(found)
    made = [Sum(key, id_, start, figures) for (start, id_, key), figures in found.items()]
    return sorted((one for one in made if one.figures.calls), key=_order)


def beginning(session: Session) -> datetime | None:
    """When the oldest hour began that has a sum."""
    first, last = storing.key_range("hour", EARLIEST, LATEST)
    hours = select(UsageRollup.start).where(UsageRollup.key >= first, UsageRollup.key < last)
    return session.scalar(hours.order_by(UsageRollup.key).limit(1))


def _apart(asked: _Question) -> tuple[_Question, _Question]:
    """All calls, and of them those that have a name: few rows each, and the rest is between."""
    return replace(asked, by=None, named=None), replace(asked, is_named=True)


def _take_named_out(found: dict[tuple[Any, ...], Figures]) -> None:
    """Leave of all calls, which have the key "", those of no name that was asked for."""
    for (start, _, key), figures in list(found.items()):
        if key:
            rest = start, 0, ""
            found[rest] = found[rest] - figures


def _names(
    unnamed: Collection[int], named: Collection[str] | None
) -> tuple[tuple[int, ...], tuple[str, ...] | None]:
    return tuple(unnamed), None if named is None else tuple(named)


def _order(one: Sum) -> tuple[datetime, int, str, int]:
    return one.start or EARLIEST, -one.figures.calls, one.key, one.id


def _start(per: Per, zone: tzinfo, written: str) -> datetime:
    """From the number of a record's quarter of an hour, or the beginning of a rollup's key."""
    if written.lstrip("-").isdecimal():
        return spans.start_of(per, zone, SINCE_1970 + int(written) * QUARTER)
    return spans.start_of(per, zone, storing.start_of(written))


def _parts(
    asked: _Question, state: Marks, since: datetime, until: datetime, zone: tzinfo
) -> Iterator[Select[Any]]:
    since, until = max(since, EARLIEST), min(until, LATEST)
    pieces = list(_pieces(state, since, until, zone, UNITS[asked.per]))
    whole = [piece for piece in pieces if piece.unit is not None]
    for piece in pieces:
        yield _of_rollups(asked, piece) if piece.unit else _of_records(asked, piece)
    if whole:
        tail = Piece(None, whole[0].since, whole[-1].until)
        yield _of_records(asked, tail, *_unrolled(state))


def _pieces(
    state: Marks, since: datetime, until: datetime, zone: tzinfo, units: Sequence[Unit]
) -> Iterator[Piece]:
    """Days and months only where they are of this zone, and there; hours are always there."""
    if state.zone is None:
        yield Piece(None, since, until)
        return
    is_same = str(zone) == str(state.zone) and state.is_whole
    for piece in spans.pieces(since, until, state.zone, units if is_same else ("hour",)):
        is_removed = piece.unit is None and piece.until <= state.kept
        yield Piece("hour", piece.since, piece.until) if is_removed else piece


def _unrolled(state: Marks) -> tuple[ColumnElement[bool], ...]:
    """Records that are in no rollup, in one statement with the rollups: nothing is in both.

    The number that was read before is there for the database to see that they are few.
    """
    mark = select(cast(Setting.value, BigInteger)).where(Setting.name == ROLLED).scalar_subquery()
    seq = UsageRecord.seq
    return seq > literal(state.rolled, BigInteger), seq > func.coalesce(mark, 0)


def _of_rollups(asked: _Question, piece: Piece) -> Select[Any]:
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


def _of_records(asked: _Question, piece: Piece, *numbered: ColumnElement[bool]) -> Select[Any]:
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


def _grouped(asked: _Question, columns: Any, moment: Any) -> list[ColumnElement[Any]]:
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


def _hidden(asked: _Question, connection_id: Any, key: Any) -> Iterator[ColumnElement[bool]]:
    if asked.unnamed:
        yield connection_id.in_(asked.unnamed)
    if asked.named is not None:
        yield key.not_in(asked.named)


def _of_named(asked: _Question, columns: Any) -> Iterator[ColumnElement[bool]]:
    if not (asked.is_named and asked.by and asked.named):
        return
    yield columns[KEYS[asked.by]].in_(asked.named)
    if asked.unnamed:
        yield columns["connection_id"].not_in(asked.unnamed)


def _totals(
    asked: _Question, columns: Mapping[str, ColumnElement[int]]
) -> Iterator[ColumnElement[int]]:
    for name, column in columns.items():
        yield func.coalesce(storing.total(name, column, asked.dialect), 0)


def _together(asked: _Question, rows: Select[Any]) -> Select[Any]:
    return rows.group_by(*asked.labels) if asked.labels else rows


def _of_wanted(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """Rows of rollups."""
    if wanted.without:
        yield counting.rolled("connection_id").not_in(wanted.without)
    for name in NARROWING:
        value = getattr(wanted, name)
        if value is not None:
            yield counting.rolled(name) == value
