"""Numbers of settled records: what has come into the ledger since a number is found by it."""

from __future__ import annotations

from sqlalchemy import BigInteger, String, cast, func, select, update
from sqlalchemy.orm import Session

from aiconnect.models import Setting, UsageRecord

LAST = "ledger.last"
"""The row with the highest number that was given. The ledger's own highest one may be removed."""


def take(session: Session, count: int) -> int:
    """The first of `count` numbers that nobody had; within the running unit of work.

    Units of work follow one another, so whoever has seen number n has seen all below it. Numbers
    may stay unused.
    """
    last = session.scalar(
        update(Setting)
        .where(Setting.name == LAST)
        .values(value=cast(cast(Setting.value, BigInteger) + count, String))
        .returning(Setting.value),
        execution_options={"synchronize_session": False},
    )
    return int(last) - count + 1 if last is not None else _begin(session, count)


def _begin(session: Session, count: int) -> int:
    """Where none was given yet, records may have theirs from the migration."""
    first = (session.scalar(select(func.max(UsageRecord.seq))) or 0) + 1
    session.add(Setting(name=LAST, value=str(first + count - 1)))
    session.flush()
    return first
