"""How large the database is, and giving back the room of what was removed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from aiconnect.models import UsageRecord
from aiconnect.services import rollups
from aiconnect.services.writing import writing

STEP = 2000
"""Pages given back at once: the write lock is held for a few milliseconds."""
INCREMENTAL = 2
LOOKED_AT = 400
"""Rows of an index: SQLite's own advice, and a matter of milliseconds however many there are."""
WORTH = 4
"""Room is given back by itself where it is more than one part in so many of the file."""


@dataclass(frozen=True, slots=True)
class Size:
    """The database in bytes, of which `free` hold nothing; what the ledger has in it.

    `oldest` is of the records, `summed` when the oldest hour began that they were added up for.
    """

    bytes: int
    free: int
    records: int
    oldest: datetime | None
    summed: datetime | None


@dataclass(frozen=True, slots=True)
class Pages:
    """A SQLite file. `is_stepwise`: room can be given back bit by bit."""

    size: int
    count: int
    free: int
    is_stepwise: bool


def read(session: Session) -> Size:
    """As it is now."""
    oldest = session.scalar(select(UsageRecord.at).order_by(UsageRecord.at).limit(1))
    kept = rollups.sums(session, None, oldest, None, only=()) if oldest else []
    size, free = _sizes(session)
    calls = kept[0].figures.calls if kept else 0
    return Size(size, free, calls, oldest, rollups.oldest(session))


def _sizes(session: Session) -> tuple[int, int]:
    if session.get_bind().dialect.name == "postgresql":
        found = session.scalar(text("SELECT pg_database_size(current_database())"))
        return int(found or 0), 0
    pages = _pages(session.connection().exec_driver_sql)
    return pages.size * pages.count, pages.size * pages.free


def _pages(execute: Callable[[str], Any]) -> Pages:
    names = ("page_size", "page_count", "freelist_count", "auto_vacuum")
    size, count, free, mode = (int(execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
    return Pages(size, count, free, mode == INCREMENTAL)


def is_worth(session: Session) -> bool:
    """Whether a good part of the file is empty."""
    size, free = _sizes(session)
    return free * WORTH > size


def survey(session: Session) -> None:
    """Have SQLite note how its rows are spread, which it never does by itself; a few of each index.

    PostgreSQL looks again and again.
    """
    if session.get_bind().dialect.name == "sqlite":
        with writing(session):
            session.execute(text(f"PRAGMA analysis_limit = {LOOKED_AT}"))
            session.execute(text("ANALYZE"))


def give_back(session: Session, stops: Callable[[], bool]) -> int:
    """Give the file's empty room back to the disk; gives the bytes. SQLite alone.

    Stepwise, unless the file was made by a version before that: then whole, once, with the write
    lock held for the time that copying it takes, and nothing where the disk has no room for that.
    """
    engine: Any = session.get_bind()
    session.rollback()
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        pages = _pages(cursor.execute)
        if pages.is_stepwise:
            _in_steps(cursor, stops)
        elif _has_room(engine, pages):
            cursor.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
            cursor.execute("VACUUM")
        left = _pages(cursor.execute)
    return (pages.count - left.count) * pages.size


def _in_steps(cursor: Any, stops: Callable[[], bool]) -> None:
    free = _pages(cursor.execute).free
    while free and not stops():
        cursor.execute(f"PRAGMA incremental_vacuum({STEP})").fetchall()
        before, free = free, _pages(cursor.execute).free
        if free >= before:
            return


def _has_room(engine: Engine, pages: Pages) -> bool:
    """A whole vacuum writes the file anew, and once more into the write-ahead log."""
    folder = Path(str(engine.url.database)).parent
    needed = (pages.count - pages.free) * pages.size * 2
    return shutil.disk_usage(folder).free > needed
