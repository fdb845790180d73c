"""Looks for what is wrong with an installation, without changing anything or calling anyone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls import journal
from aiconnect.errors import StartRefused
from aiconnect.models import AuditEntry, Connection, State, UsageRecord
from aiconnect.models.base import sessions
from aiconnect.services import connections, installation, schema, vault
from aiconnect.services.serving import server_pid
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings

ROOM = 256 * 1024 * 1024
"""Bytes free below which the journal may soon find no place for another segment."""

SKEW = timedelta(minutes=1)
ILL = {State.NEEDS_ATTENTION, State.UNREACHABLE}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at: whether it is well, and what was seen (and what to do)."""

    name: str
    ok: bool
    said: str


def examine(environ: Mapping[str, str]) -> Iterator[Line]:
    """Everything that can be told from here; stops where nothing further can be read."""
    try:
        settings = Settings.from_env(environ)
    except StartRefused as error:
        yield Line("settings", ok=False, said=str(error))
        return
    yield Line("settings", ok=True, said=" ".join([f"{settings.instance}.", *settings.warnings]))
    yield from _files(settings)
    yield from _key_and_database(settings)


def _files(settings: Settings) -> Iterator[Line]:
    if not settings.instance.is_dir():
        said = f"There is no folder {settings.instance}. Run `aiconnect init`."
        yield Line("instance", ok=False, said=said)
        return
    yield _modes(settings)
    yield _disk(settings.instance)
    yield _journal(settings)
    pid = server_pid(settings)
    yield Line("server", ok=True, said=f"Runs as process {pid}." if pid else "Does not run.")


def _modes(settings: Settings) -> Line:
    paths = [settings.instance, settings.instance / vault.KEY_FILE, settings.journal]
    paths += _database_files(settings)
    too_open = [str(path) for path in paths if path.exists() and path.stat().st_mode & 0o077]
    if too_open:
        said = f"Others can read what they should not. Run: chmod go= {' '.join(too_open)}"
        return Line("files", ok=False, said=said)
    return Line("files", ok=True, said="Closed to others.")


def _database_files(settings: Settings) -> list[Path]:
    path = installation.database_file(settings)
    if path is None:
        return []
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]


def _disk(folder: Path) -> Line:
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:.1f} GB free."
    if free < ROOM:
        said += " Make room: without any, paid calls are refused."
    return Line("disk", ok=free >= ROOM, said=said)


def _journal(settings: Settings) -> Line:
    segments = len(list(settings.journal.glob(f"*{journal.SUFFIX}")))
    damaged = len(list((settings.journal / "damaged").glob("*")))
    if damaged:
        said = f"{damaged} pieces could not be read; they are kept in {settings.journal}/damaged."
        return Line("journal", ok=False, said=said)
    if segments and server_pid(settings) is None:
        said = f"{segments} segments were left behind. The next `aiconnect serve` takes them in."
        return Line("journal", ok=False, said=said)
    return Line("journal", ok=True, said=f"{segments} segments, nothing left behind.")


def _key_and_database(settings: Settings) -> Iterator[Line]:
    name = "key"
    try:
        opened = Vault.from_settings(settings)
        yield from _rotation(settings)
        name = "database"
        engine = installation.open_database(settings)
    except StartRefused as error:
        yield Line(name, ok=False, said=str(error))
        return
    try:
        yield from _database(engine, opened, installation.server_name(engine))
    except DatabaseError as error:
        yield Line("database", ok=False, said=f"It cannot be read: {error.orig}.")
    finally:
        engine.dispose()


def _database(engine: Engine, opened: Vault, server: str) -> Iterator[Line]:
    try:
        schema.check(engine)
    except StartRefused as error:
        yield Line("database", ok=False, said=f"{server} {error}".strip())
        return
    yield Line("database", ok=True, said=f"{server} Schema {schema.head()}.".strip())
    with sessions(engine)() as session:
        yield _canary(session, opened)
        yield _clock(session)
        for connection in connections.all(session):
            yield _connection(connection, opened)


def _rotation(settings: Settings) -> Iterator[Line]:
    """A rotation that was interrupted leaves two keys: all is well, and yet not at its end."""
    if not settings.master_keys and len(vault.read_keys(settings)) > 1:
        said = "The key file holds more than one key. Run `aiconnect key rotate` to its end."
        yield Line("rotation", ok=False, said=said)


def _canary(session: Session, opened: Vault) -> Line:
    try:
        vault.check_canary(session, opened)
    except StartRefused as error:
        return Line("key", ok=False, said=str(error))
    return Line("key", ok=True, said="Opens what the database holds.")


def _clock(session: Session) -> Line:
    now = clock.now()
    latest = [session.scalar(select(func.max(row.at))) for row in (AuditEntry, UsageRecord)]
    newest = max((moment for moment in latest if moment is not None), default=now)
    if newest - now > SKEW:
        said = f"It says {clock.iso(now)}, but a record is from {clock.iso(newest)}. Set it right."
        return Line("clock", ok=False, said=said)
    return Line("clock", ok=True, said=clock.iso(now))


def _connection(connection: Connection, opened: Vault) -> Line:
    name = f"connection {connection.name}"
    try:
        connections.open_key(connection, opened)
    except vault.CannotOpen as error:
        return Line(name, ok=False, said=f"{error} Enter the key again.")
    state = connection.shown_state
    seen = clock.iso(connection.checked_at) if connection.checked_at else "never"
    said = f"{state.value}, last checked {seen}."
    if state in ILL:
        said += f" ({connection.finding}) Run: aiconnect connection test {connection.name}"
    return Line(name, ok=state not in ILL, said=said)
