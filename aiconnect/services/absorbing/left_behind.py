"""What processes that are gone have left: their segments, and calls that never ended."""

from __future__ import annotations

import fcntl
import itertools
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from aiconnect.calls import journal
from aiconnect.models import Outcome, UsageRecord
from aiconnect.models.base import begin_write
from aiconnect.services import budgets, numbering, pricing
from aiconnect.services.absorbing.taking import absorb_or_set_aside, keep_damaged

log = logging.getLogger("aiconnect.absorbing")


def absorb_left_behind(session: Session, folder: Path) -> int:
    """Take in the segments of processes that are gone; their unfinished calls were interrupted.

    Only segments whose lock is free are touched. Gives the number of lines taken in.
    """
    count = 0
    for path in folder.glob(f"*{journal.NEW}"):
        _clear(path)
    for path in sorted(folder.glob(f"*{journal.SUFFIX}")):
        segment = _opened(path)
        if segment is not None:
            with segment:
                count += _take_in(session, segment, path, folder)
    mark_interrupted(session, alive=_alive(folder))
    return count


def _clear(path: Path) -> None:
    """Remove a segment whose process ended before it had a name: nothing was written to it."""
    with suppress(OSError), path.open("rb") as segment:
        fcntl.flock(segment, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()


def _writer_of(path: Path) -> str:
    """The id of the process that wrote a segment, from its name."""
    return path.name.removesuffix(journal.SUFFIX).rpartition("-")[0]


def _alive(folder: Path) -> set[str]:
    """Writers that still hold a segment."""
    return {_writer_of(path) for path in folder.glob(f"*{journal.SUFFIX}")}


def _opened(path: Path) -> BinaryIO | None:
    """A segment, or None: it is no file, is none of ours, or its process has just removed it."""
    try:
        return path.open("rb") if path.is_file() else None
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = {"file": path.name, "reason": type(error).__name__}
        log.error("a segment of the journal cannot be read", extra=reason)  # noqa: TRY400
        return None


def _take_in(session: Session, segment: BinaryIO, path: Path, folder: Path) -> int:
    try:
        fcntl.flock(segment, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return 0
    count, number = 0, itertools.count()
    for lines, damaged in journal.pieces(segment):
        for piece in damaged:
            keep_damaged(folder, f"{path.stem}-{next(number)}", piece)
        count += absorb_or_set_aside(session, lines, _writer_of(path), folder)
    path.unlink(missing_ok=True)
    return count


def mark_interrupted(session: Session, *, alive: set[str]) -> None:
    """Calls that began in a process which is gone, and never ended.

    What they asked is charged as far as its size tells; what they were answered, nobody knows.
    """
    running = UsageRecord.outcome.is_(None)
    writers = set(session.scalars(select(UsageRecord.writer).where(running).distinct())) - alive
    if not writers:
        return
    dead = (running, UsageRecord.writer.in_(writers))
    costs = pricing.interrupted(session, dead)
    begin_write(session)
    pricing.charge(session, costs)
    _interrupt(session, dead)
    session.commit()


def _interrupt(session: Session, dead: Sequence[ColumnElement[bool]]) -> None:
    order = func.row_number().over(order_by=(UsageRecord.at, UsageRecord.id))
    numbered = select(UsageRecord.id, order.label("number")).where(*dead).subquery()
    count = session.scalar(select(func.count()).select_from(numbered)) or 0
    first = numbering.take(session, count)
    session.execute(
        update(UsageRecord)
        .where(UsageRecord.id == numbered.c.id)
        .values(
            outcome=Outcome.INTERRUPTED,
            tokens_estimated=True,
            ended_at=UsageRecord.at,
            seq=numbered.c.number + (first - 1),
        ),
        execution_options={"synchronize_session": False},
    )
    budgets.count(session, first, first + count - 1)
