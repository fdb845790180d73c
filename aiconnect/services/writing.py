"""One unit of work of a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
