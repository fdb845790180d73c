"""The journal into the ledger: begins insert, ends complete, and doing it twice changes nothing."""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls import journal
from aiconnect.models import AccessToken, Connection, CostState, Outcome, UsageRecord
from aiconnect.models.base import Count, UtcDateTime, begin_write, storable
from aiconnect.services import budgets, database, doubts, installation, numbering, pricing

log = logging.getLogger("aiconnect.absorbing")

BATCH = 500
BYTES_PER_TOKEN = 4
TOKEN_COLUMNS = (
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
)  # fmt: skip
END_COLUMNS = (
    "connection_id", "connection", "model", "asked", "wire",
    "ended_at", "outcome", "code", "status", *TOKEN_COLUMNS, "tokens_estimated",
    "cost", "cost_state", "price", "latency_ms", "first_token_ms",
    "generation_ms", "attempts", "tries", "held", "details", "seq", "is_fallback",
)  # fmt: skip
"""What an end says anew: a call may end at another connection than it began at."""

TRY = ("connection", "model", "why", "ms")
MOST_TRIES = 100
TRIED_LENGTH = 60
"""As much of a model's name as an attempt is written down with."""
MOST_DETAILS, LONGEST_DETAIL = 30, 40


def absorb(session: Session, lines: Iterable[Mapping[str, Any]], writer: str) -> int:
    """Put one writer's journal lines into the ledger, BATCH to a commit; gives how many."""
    count = 0
    for batch in _batches(lines):
        ended = _ended(session, batch, writer)  # prices are looked up before the lock is taken
        begin_write(session)
        _absorb_batch(session, batch, ended, writer)
        session.commit()
        count += len(batch)
    return count


def absorb_or_set_aside(
    session: Session, lines: list[dict[str, Any]], writer: str, folder: Path
) -> int:
    """Like `absorb`; a line that the ledger cannot take is kept aside instead of stopping all.

    A database that is busy, full or gone is no line's fault: that is raised.
    """
    try:
        return absorb(session, lines, writer)
    except OSError:
        raise
    except Exception as error:
        session.rollback()
        if isinstance(error, SQLAlchemyError) and not database.is_about_values(error):
            raise
        if len(lines) > 1:
            halves = lines[: len(lines) // 2], lines[len(lines) // 2 :]
            return sum(absorb_or_set_aside(session, half, writer, folder) for half in halves)
        log.exception("a line of the journal cannot be taken in", extra={"writer": writer})
        piece = journal.encode(lines[0])
        keep_damaged(folder, f"{writer}-line-{zlib.crc32(piece):08x}", piece)
        return 0


def _batches(lines: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    batch: list[Mapping[str, Any]] = []
    for line in lines:
        batch.append(line)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _ended(
    session: Session, batch: Collection[Mapping[str, Any]], writer: str
) -> dict[str, dict[str, Any]]:
    """The settled records of a batch by their ids, with what they cost."""
    ends = [line for line in batch if line["k"] == "e"]
    if not ends:
        return {}
    book = pricing.Book.open(session, {(line["cn"], line["m"]) for line in ends})
    return {line["id"]: _settled(line, writer, book) for line in ends}


def _absorb_batch(
    session: Session,
    batch: list[Mapping[str, Any]],
    ended: Mapping[str, dict[str, Any]],
    writer: str,
) -> None:
    begun = [_begun(line, writer) for line in batch if line["k"] == "b" and line["id"] not in ended]
    if begun:
        session.execute(_insert(_dialect(session)).on_conflict_do_nothing(), begun)
    if ended:
        _complete(session, ended.values())
        _touch_tokens(session, ended.values())
        doubts.notice(session, ended.values())
    for line in batch:
        if line["k"] == "n":
            _learn(session, line)


def _complete(session: Session, ended: Collection[dict[str, Any]]) -> None:
    """Settle records; those that have settled already keep what they are, their number too."""
    first = numbering.take(session, len(ended))
    for number, record in enumerate(ended, first):
        record["seq"] = number
    session.execute(_completing(_dialect(session)), list(ended))
    budgets.count(session, first, first + len(ended) - 1)


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


@cache
def _insert(dialect: str) -> Any:
    """Each dialect has an INSERT of its own that minds what is there already.

    Into the table, not the model: looking each row over for the model took a third of the time.
    """
    inserts = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    return inserts[dialect](UsageRecord.metadata.tables[UsageRecord.__tablename__])


@cache
def _completing(dialect: str) -> Any:
    """Insert a settled record, or complete the one that began; a settled one never goes back.

    Made once: it takes longer to write than to run.
    """
    statement = _insert(dialect)
    changes = {name: statement.excluded[name] for name in END_COLUMNS}
    return statement.on_conflict_do_update(
        index_elements=[UsageRecord.id], set_=changes, where=UsageRecord.outcome.is_(None)
    )


def _begun(line: Mapping[str, Any], writer: str) -> dict[str, Any]:
    """A call under way. Its input is a guess from its size, for the case that it is interrupted."""
    return {
        "id": line["id"],
        "at": clock.from_ms(line["at"]),
        "writer": writer,
        "person_id": line["p"],
        "person": line["pn"],
        "access_token_id": line["t"],
        "access_token": line["tn"],
        "connection_id": line["c"],
        "connection": line["cn"],
        "model": line["m"],
        "asked": line.get("as"),  # lines of the version before have neither this nor a wire
        "wire": line.get("w"),
        "is_stream": line["s"],
        "input_tokens": line["rb"] // BYTES_PER_TOKEN,
        "tokens_estimated": False,
        "cost_state": CostState.FREE if line["f"] else CostState.UNKNOWN,
        "cost": 0 if line["f"] else None,
        "price": None,
        "attempts": 0,
        "tries": None,
    }


def _settled(line: Mapping[str, Any], writer: str, book: pricing.Book) -> dict[str, Any]:
    tokens = dict(zip(TOKEN_COLUMNS, line["u"] or [None] * len(TOKEN_COLUMNS), strict=True))
    cost = pricing.settled(line, book)
    return {
        **_begun(line, writer),
        **tokens,
        "ended_at": clock.from_ms(line["at"] + (line["ms"] or 0)),
        "outcome": line["o"],
        "code": line["cd"],
        "status": line["st"],
        "tokens_estimated": line["es"],
        "cost": cost.nano,
        "cost_state": cost.state,
        "price": cost.price,
        "latency_ms": line["ms"],
        "first_token_ms": line["ft"],
        "generation_ms": line.get("gm"),  # lines of the version before have none
        "attempts": line["n"],
        "tries": _tries(line.get("tr")),
        "held": line.get("hd"),
        "details": _details(line.get("ud")),
        "is_fallback": line["o"] == Outcome.OK and _fell_back(line),
    }


def _tries(found: object) -> list[list[Any]] | None:
    """The attempts before the last one, as text that every database takes."""
    if not isinstance(found, list):
        return None
    whole = [one for one in found[:MOST_TRIES] if isinstance(one, list) and len(one) == len(TRY)]
    return [list(map(_kept, one)) for one in whole] or None


def _fell_back(line: Mapping[str, Any]) -> bool:
    """Whether another step was tried or skipped before; a repetition of the same one is none."""
    own = (line["cn"], line["m"][:TRIED_LENGTH])
    return any((one[0], one[1]) != own for one in _tries(line.get("tr")) or ())


def _details(found: object) -> dict[str, int] | None:
    """Counts beside those of the columns, by their names."""
    if not isinstance(found, dict):
        return None
    most = Count.most
    counts = {
        storable(name)[:LONGEST_DETAIL]: min(max(count, 0), most)
        for name, count in list(found.items())[:MOST_DETAILS]
        if isinstance(count, int) and not isinstance(count, bool)
    }
    return counts or None


def _kept(part: object) -> object:
    return storable(part)[:300] if isinstance(part, str) else part


def _touch_tokens(session: Session, records: Iterable[Mapping[str, Any]]) -> None:
    """Keep when each access token was last used, to the minute."""
    latest = {one["access_token_id"]: one["at"].replace(second=0, microsecond=0) for one in records}
    values = [{"token": token, "moment": at} for token, at in latest.items() if token is not None]
    if values:
        session.connection().execute(_touching(), values)


@cache
def _touching() -> Any:
    """Made once: a batch may be of many access tokens."""
    table = AccessToken.metadata.tables[AccessToken.__tablename__]
    used, moment = table.c.last_used_at, bindparam("moment", type_=UtcDateTime)
    return (
        update(table)
        .where(table.c.id == bindparam("token"), or_(used.is_(None), used < moment))
        .values(last_used_at=moment)
    )


def _learn(session: Session, line: Mapping[str, Any]) -> None:
    connection = session.get(Connection, line["c"])
    if connection is None or connection.learned.get(line["what"]):
        return
    connection.learned = {**connection.learned, line["what"]: True}
    installation.bump_revision(session)


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


def writer_of(path: Path) -> str:
    """The id of the process that wrote a segment, from its name."""
    return path.name.removesuffix(journal.SUFFIX).rpartition("-")[0]


def _alive(folder: Path) -> set[str]:
    """Writers that still hold a segment."""
    return {writer_of(path) for path in folder.glob(f"*{journal.SUFFIX}")}


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
        count += absorb_or_set_aside(session, lines, writer_of(path), folder)
    path.unlink(missing_ok=True)
    return count


def keep_damaged(folder: Path, name: str, piece: bytes) -> None:
    """What could not be read is kept for a person to look at, and said in a banner."""
    place = folder / "damaged"
    place.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(piece)


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
