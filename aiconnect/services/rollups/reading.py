"""Sums over the ledger: rollups, and the records that are not rolled up yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from aiconnect.models import Setting, UsageRecord, UsageRollup
from aiconnect.services.rollups import marks, spans, statements, storing
from aiconnect.services.rollups.figures import ALL, NAMES, By, Figures, Per, Sum, Wanted
from aiconnect.services.rollups.marks import EARLIEST, LATEST, ROLLED, Marks
from aiconnect.services.rollups.questions import Question
from aiconnect.services.rollups.spans import Piece, Unit

SINCE_1970 = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
UNITS: dict[Per | None, tuple[Unit, ...]] = {
    None: ("month", "day", "hour"),
    "month": ("month", "day", "hour"),
    "day": ("day", "hour"),
    "hour": ("hour",),
}


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
    asked = Question(
        session.get_bind().dialect.name, by, per, wanted, *_names(unnamed, named), frozenset(only)
    )
    names = (*asked.measures, *asked.endings)
    state = marks.read(session)
    parts = [
        part
        for one in asked.apart
        for part in _parts(one, state, since or EARLIEST, until or LATEST, zone)
    ]
    found: dict[tuple[Any, ...], Figures] = {}
    for row in session.execute(union_all(*parts)) if parts else ():
        written, id_, key, *rest = row
        start = None if written is None or per is None else _start(per, zone, written)
        place = start, id_, key
        figures = Figures(**dict(zip(names, map(int, rest), strict=True)))
        found[place] = found[place] + figures if place in found else figures
    if len(asked.apart) > 1:
        _take_named_out(found)
    made = [Sum(key, id_, start, figures) for (start, id_, key), figures in found.items()]
    return sorted((one for one in made if one.figures.calls), key=_order)


def oldest(session: Session) -> datetime | None:
    """When the oldest hour began that has a sum."""
    first, last = storing.key_range("hour", EARLIEST, LATEST)
    hours = select(UsageRollup.start).where(UsageRollup.key >= first, UsageRollup.key < last)
    return session.scalar(hours.order_by(UsageRollup.key).limit(1))


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
    asked: Question, state: Marks, since: datetime, until: datetime, zone: tzinfo
) -> Iterator[Select[Any]]:
    since, until = max(since, EARLIEST), min(until, LATEST)
    pieces = list(_pieces(state, since, until, zone, UNITS[asked.per]))
    whole = [piece for piece in pieces if piece.unit is not None]
    for piece in pieces:
        yield statements.of_piece(asked, piece)
    if whole:
        tail = Piece(None, whole[0].since, whole[-1].until)
        yield statements.of_records(asked, tail, *_unrolled(state))


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
