"""Every record, one after another, in constant memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, String, select, tuple_, type_coerce
from sqlalchemy.orm import Session

from aiconnect.models import UsageRecord
from aiconnect.services import rollups
from aiconnect.services.reports import columns
from aiconnect.services.reports.columns import COLUMNS
from aiconnect.services.rollups import ALL, Wanted

Form = Literal["csv", "jsonl"]
FORMS: tuple[Form, ...] = get_args(Form)
PAGE = 1000
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""In front of a file it says that UTF-8 follows: Excel takes it for something else otherwise."""

Line = Sequence[Any]
Veil = Callable[[Line], Line]
Pages = Callable[[Session, list[ColumnElement[bool]]], Iterator[Sequence[Line]]]


def export_lines(
    session: Session,
    form: Form,
    wanted: Wanted = ALL,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    mark: bool = False,
    veil: Veil | None = None,
) -> Iterator[bytes]:
    """Settled records as bytes of a file, oldest first, some hundred kilobytes at a time.

    CSV that people open with Excel begins with a `mark`; a `veil` takes out of each row, as the
    database has it, what is not for whoever reads. The session is the caller's to close. On
    SQLite no transaction outlasts a piece: the write-ahead log can be folded in meanwhile.
    PostgreSQL reads from one cursor.
    """
    pages = _pages(session, _which(since, until, wanted))
    if veil is not None:
        pages = _veiled(pages, veil)
    return _csv(pages, mark=mark) if form == "csv" else _jsonl(pages)


def _veiled(pages: Iterator[Sequence[Line]], veil: Veil) -> Iterator[Sequence[Line]]:
    for page in pages:
        yield [veil(line) for line in page]


def _csv(pages: Iterator[Sequence[Line]], *, mark: bool) -> Iterator[bytes]:
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\n")
    shapes = columns.shapes(is_csv=True)
    written.write(MARK if mark else "")
    writer.writerow(COLUMNS)
    for page in pages:
        writer.writerows([_shaped(line, shapes) for line in page])
        yield _taken(written)
    yield _taken(written)


def _taken(written: io.StringIO) -> bytes:
    piece = written.getvalue().encode("utf-8", "replace")
    written.seek(0)
    written.truncate()
    return piece


def _jsonl(pages: Iterator[Sequence[Line]]) -> Iterator[bytes]:
    encode, shapes = json.JSONEncoder(ensure_ascii=False).encode, columns.shapes(is_csv=False)
    for page in pages:
        lines = [encode(dict(zip(COLUMNS, _shaped(line, shapes), strict=True))) for line in page]
        yield ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _shaped(line: Line, shapes: Sequence[tuple[int, columns.Shape]]) -> list[Any]:
    cells = list(line[: len(COLUMNS)])
    for place, shape in shapes:
        if cells[place] is not None:
            cells[place] = shape(cells[place])
    return cells


def _which(
    since: datetime | None, until: datetime | None, wanted: Wanted
) -> list[ColumnElement[bool]]:
    found = rollups.conditions(wanted)
    if since is not None:
        found.append(UsageRecord.at >= since)
    if until is not None:
        found.append(UsageRecord.at < until)
    return found


def _pages(session: Session, which: list[ColumnElement[bool]]) -> Iterator[Sequence[Line]]:
    read = PAGES[session.get_bind().dialect.name]
    return read(session, which)


def _by_keys(session: Session, which: list[ColumnElement[bool]]) -> Iterator[Sequence[Line]]:
    """A page at a time, each going on where the one before ended."""
    at = type_coerce(UsageRecord.at, String)
    rows = select(*columns.selected("sqlite"), at, UsageRecord.id).where(*which)
    rows = rows.order_by(UsageRecord.at, UsageRecord.id).limit(PAGE)
    page = _read(session, rows)
    while page:
        yield page
        if len(page) < PAGE:
            return
        after = tuple_(at, UsageRecord.id) > tuple(page[-1][-2:])
        page = _read(session, rows.where(after))


def _read(session: Session, rows: Any) -> Sequence[Line]:
    page = session.execute(rows).all()
    session.commit()
    return page


def _by_cursor(session: Session, which: list[ColumnElement[bool]]) -> Iterator[Sequence[Line]]:
    """One cursor of the server, read piece by piece."""
    rows = select(*columns.selected("postgresql")).where(*which)
    rows = rows.order_by(UsageRecord.at, UsageRecord.id)
    found = session.execute(rows, execution_options={"yield_per": PAGE})
    try:
        yield from found.partitions()
    finally:
        found.close()
        session.commit()


PAGES: Mapping[str, Pages] = {"sqlite": _by_keys, "postgresql": _by_cursor}
