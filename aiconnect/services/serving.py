"""Whether and where a server runs: on this instance by its lock file, on PostgreSQL by a lock."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from aiconnect.errors import StartRefused
from aiconnect.services.database import database_url, open_database, place
from aiconnect.settings import Settings

LOCK = "serve.lock"
FLOCK = "hhlli"  # struct flock of Linux: type, whence, start, length, pid

SERVERS = 0x61690003
"""The advisory lock that the server of a PostgreSQL database holds, from whatever folder."""

PATIENCE_MS = 5_000
"""How long PostgreSQL may take to notice that the server before has gone."""


def server_pid(settings: Settings) -> int | None:
    """The process that serves this instance; None where there is none, or no way to ask."""
    path = settings.instance / LOCK
    if sys.platform != "linux" or not path.is_file():
        return None
    query = struct.pack(FLOCK, fcntl.F_WRLCK, 0, 0, 0, 0)
    with path.open("rb") as file:
        kind, _, _, _, pid = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, query))
    return None if kind == fcntl.F_UNLCK else int(pid)


def server_url(settings: Settings) -> str | None:
    """Where the server of this instance is found from this machine; None where none runs."""
    if server_pid(settings) is None:
        return None
    written = (settings.instance / LOCK).read_text(encoding="utf-8").split()
    return written[1] if len(written) > 1 else None


@contextmanager
def alone_on_database(settings: Settings) -> Iterator[None]:
    """Be the only server of this database: a second would take running calls for interrupted ones.

    Raises StartRefused. SQLite's file is in one folder, whose lock does for it.
    """
    if database_url(settings).get_backend_name() != "postgresql":
        yield
        return
    engine, claimant = open_database(settings), os.getpid()
    connection = _asking(engine)
    try:
        connection.execute(text(f"SET lock_timeout = {PATIENCE_MS}"))
        _claim(connection, settings)
        yield
    finally:
        if os.getpid() == claimant:  # a worker ends through here too, and must not speak for us
            connection.close()
            engine.dispose()


def is_served(engine: Engine) -> bool:
    """Whether a server works with this PostgreSQL database now."""
    if engine.dialect.name != "postgresql":
        return False
    lock = {"lock": SERVERS}
    with _asking(engine) as connection:
        is_free = connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), lock).scalar_one()
        if is_free:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), lock)
        return not is_free


def _asking(engine: Engine) -> Connection:
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _claim(connection: Connection, settings: Settings) -> None:
    try:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": SERVERS})
    except OperationalError:
        raise StartRefused(
            f"Another aiconnect serves the database {place(settings)}. Stop it first, or give this "
            "one a database of its own with AICONNECT_DATABASE_URL."
        ) from None
