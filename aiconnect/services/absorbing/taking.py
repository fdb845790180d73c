"""Lines of the journal into the ledger: begins insert, ends complete."""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, or_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from aiconnect.calls import journal
from aiconnect.models import AccessToken, Connection, UsageRecord
from aiconnect.models.base import UtcDateTime, begin_write
from aiconnect.services import budgets, database, doubts, installation, numbering, pricing
from aiconnect.services.absorbing.lines import TOKEN_COLUMNS, begun, settled
from aiconnect.services.writing import insert

log = logging.getLogger("aiconnect.absorbing")

BATCH = 500
END_COLUMNS = (
    "connection_id", "connection", "model", "asked", "wire",
    "ended_at", "outcome", "code", "status", *TOKEN_COLUMNS, "tokens_estimated",
    "cost", "cost_state", "price", "latency_ms", "first_token_ms",
    "generation_ms", "attempts", "tries", "held", "details", "seq", "is_fallback",
)  # fmt: skip
"""What an end says anew: a call may end at another connection than it began at."""


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
    return {line["id"]: settled(line, writer, book) for line in ends}


def _absorb_batch(
    session: Session,
    batch: list[Mapping[str, Any]],
    ended: Mapping[str, dict[str, Any]],
    writer: str,
) -> None:
    begins = [line for line in batch if line["k"] == "b" and line["id"] not in ended]
    if begins:
        rows = [begun(line, writer) for line in begins]
        session.execute(_insert(_dialect(session)).on_conflict_do_nothing(), rows)
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
    """Into the table: looking each row over for the model took a third of the time."""
    return insert(dialect, UsageRecord.metadata.tables[UsageRecord.__tablename__])


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


def keep_damaged(folder: Path, name: str, piece: bytes) -> None:
    """What could not be read is kept for a person to look at, and said in a banner."""
    place = folder / "damaged"
    place.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(piece)
