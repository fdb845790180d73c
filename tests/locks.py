"""A lock held by another process, as a running server holds it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from aiconnect.models.base import begin_write, open_engine, sessions

HOLD = """
import fcntl, sys
with open(sys.argv[1], "a") as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(path: Path) -> Iterator[int]:
    """Hold the lock for as long as the block lasts; gives the other process's id."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.communicate()


@contextmanager
def write_lock(engine: Engine) -> Iterator[None]:
    """Keep every other writer of the database waiting, from a connection of our own."""
    own = open_engine(engine.url)
    with sessions(own)() as session:
        begin_write(session)
        yield
    own.dispose()


def hurry(session: Session) -> None:
    """Let this session wait for no lock."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(text("PRAGMA busy_timeout = 1" if is_sqlite else "SET lock_timeout = 1"))
    session.commit()
