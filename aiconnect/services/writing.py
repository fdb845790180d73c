"""One unit of work of a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from aiconnect.models.base import begin_write


@contextmanager
def writing(session: Session) -> Iterator[None]:
    """Take the write lock, then commit once; a refusal gives the lock back at once."""
    begin_write(session)
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise


def insert(dialect: str, table: Any) -> Any:
    """An INSERT that can say what happens ON CONFLICT: each database has its own."""
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect](table)
