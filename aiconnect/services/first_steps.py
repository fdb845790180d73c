"""Making what an installation stands on: its folder, its master key, its database."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from aiconnect import clock
from aiconnect.errors import StartRefused
from aiconnect.models.base import sessions
from aiconnect.models.installation import CANARY
from aiconnect.services import schema
from aiconnect.services import vault as vaults
from aiconnect.services.database import database_file, open_database
from aiconnect.services.serving import server_pid
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings


def make_folder(folder: Path) -> list[str]:
    """The instance folder, closed to others."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [f"Made the folder {folder}."]
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
        return [f"Closed the folder {folder} to others."]
    return []


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other `init` works on this folder, and keep others waiting."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_key(settings: Settings) -> list[str]:
    """The master key, where none is given nor there; never a new one for sealed secrets."""
    path = settings.instance / vaults.KEY_FILE
    if settings.master_keys or path.exists():
        return []
    if _holds_secrets(settings):
        raise StartRefused(
            f"The database holds sealed secrets, but their master key is not at {path}. "
            "Put it back: a new one could not open them."
        )
    _write_private(path, vaults.new_key().reveal() + "\n")
    return [f"Made the master key {path}. Keep a copy of it in another place."]


def make_database(settings: Settings, vault: Vault) -> list[str]:
    """The database with the schema of this version; one that is there is copied before."""
    path = database_file(settings)
    is_new = path is not None and not path.exists()
    if path is not None and is_new:
        _write_private(path, "")
    engine = open_database(settings)
    try:
        found = schema.current(engine)
        schema.check_age(found)
        if found == schema.head():
            return []
        _check_ready(settings, engine, vault)
        said = [] if path is None or is_new else [_copy(path, found)]
        schema.upgrade(engine)
    finally:
        engine.dispose()
    verb = "Made" if is_new else "Migrated"
    return [*said, f"{verb} the database {path or engine.url} (schema {schema.head()})."]


def _check_ready(settings: Settings, engine: Engine, vault: Vault) -> None:
    """Raise StartRefused where a migration is not for now: a server works, the key is wrong."""
    pid = server_pid(settings)
    if pid is not None:
        raise StartRefused(
            f"A server (process {pid}) works with this database. Stop it, then run "
            "`aiconnect init` again."
        )
    if _holds_secrets(settings):
        with sessions(engine)() as session:
            vaults.check_canary(session, vault)


def _holds_secrets(settings: Settings) -> bool:
    path = database_file(settings)
    if path is None or not path.is_file():
        return False
    with closing(sqlite3.connect(path)) as connection:
        try:
            row = connection.execute("SELECT 1 FROM settings WHERE name = ?", (CANARY,)).fetchone()
        except sqlite3.OperationalError:  # no such table: it holds nothing yet
            return False
    return row is not None


def _write_private(path: Path, content: str) -> None:
    """Write a file that nobody else can read, and that is there as a whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)  # left by an `init` that was stopped: we are alone here
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _copy(path: Path, found: str | None) -> str:
    """Copy the database as it is, with what still stands in its write-ahead log."""
    stamp = clock.now().strftime("%Y%m%dT%H%M%S%fZ")
    copy = path.with_name(f"{path.stem}.{found or 'empty'}.{stamp}{path.suffix}")
    _write_private(copy, "")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return f"Copied the database to {copy} first."
