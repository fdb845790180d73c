"""Making what an installation stands on: its folder, its master key, its database."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from aiconnect import clock
from aiconnect.errors import StartRefused
from aiconnect.models import Setting
from aiconnect.models.base import sessions
from aiconnect.models.installation import CANARY
from aiconnect.services import schema
from aiconnect.services import vault as vaults
from aiconnect.services.database import database_file, database_url, open_database, place
from aiconnect.services.serving import is_served, server_pid
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings

INITS = 0x61690002
"""The advisory lock of PostgreSQL that keeps a second `init` waiting, from whatever folder."""

NO_PRIVILEGE = "42501"


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
def alone(settings: Settings) -> Iterator[None]:
    """Wait until no other `init` works on this folder or database, and keep others waiting."""
    descriptor = os.open(settings.instance, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with _alone_in_postgresql(settings):
            yield
    finally:
        os.close(descriptor)


@contextmanager
def _alone_in_postgresql(settings: Settings) -> Iterator[None]:
    if database_url(settings).get_backend_name() != "postgresql":
        yield
        return
    engine = open_database(settings)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": INITS})
            yield
    finally:
        engine.dispose()  # ends the connection, and the lock with it


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
    """The database with the schema of this version; an SQLite file is copied before."""
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
        said = [] if found is None and (path is None or is_new) else [_keep(settings, found)]
        _upgrade(settings, engine)
    finally:
        engine.dispose()
    verb = "Migrated" if said else "Made"
    return [*said, f"{verb} the database {place(settings)} (schema {schema.head()})."]


def _keep(settings: Settings, found: str | None) -> str:
    path = database_file(settings)
    if path is None:
        return "No copy was made first: on PostgreSQL a backup (pg_dump) is yours to make."
    return _copy(path, found)


def _upgrade(settings: Settings, engine: Engine) -> None:
    try:
        schema.upgrade(engine)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != NO_PRIVILEGE:
            raise
        name, user = engine.url.database, engine.url.username
        raise StartRefused(
            f"PostgreSQL lets {user} in, but not make tables in {place(settings)}. "
            f"Make it the owner: ALTER DATABASE {name} OWNER TO {user}."
        ) from None


def _check_ready(settings: Settings, engine: Engine, vault: Vault) -> None:
    """Raise StartRefused where a migration is not for now: a server works, the key is wrong."""
    pid = server_pid(settings)
    if pid is not None:
        raise StartRefused(
            f"A server (process {pid}) works with this database. Stop it, then run "
            "`aiconnect init` again."
        )
    if is_served(engine):
        raise StartRefused(
            f"A server works with the database {place(settings)}, from another folder or machine. "
            "Stop it, then run `aiconnect init` again."
        )
    if _holds_secrets(settings):
        with sessions(engine)() as session:
            vaults.check_canary(session, vault)


def _holds_secrets(settings: Settings) -> bool:
    path = database_file(settings)
    if path is not None and not path.is_file():
        return False
    engine = open_database(settings)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(Setting.__tablename__):
                return False
            found = select(Setting.name).where(Setting.name == CANARY)
            return connection.execute(found).first() is not None
    finally:
        engine.dispose()


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
