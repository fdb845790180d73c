"""The installation as a whole: its folder, keys and database, and what counts its changes."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine, Integer, String, cast, make_url, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import StartRefused
from aiconnect.models import Setting
from aiconnect.models.base import open_engine, sessions
from aiconnect.models.installation import CANARY, COOKIE_KEY, REVISION
from aiconnect.secret import Secret
from aiconnect.services import schema
from aiconnect.services import vault as vaults
from aiconnect.services.serving import server_pid
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.services.writing import writing
from aiconnect.settings import Settings

upgrade = schema.upgrade
downgrade = schema.downgrade


def initialise(settings: Settings) -> list[str]:
    """Make what is missing, bring the schema up to date; a sentence for each thing done."""
    said = [*_make_folder(settings.instance), *_make_key(settings)]
    vault = Vault.from_settings(settings)
    said += _make_database(settings)
    engine = open_database(settings)
    try:
        with sessions(engine)() as session:
            _plant(session, vault)
            cookie_key(session, vault, settings)
    finally:
        engine.dispose()
    return said


def open_database(settings: Settings) -> Engine:
    """An engine on the database, which must be there already."""
    path = database_file(settings)
    if path is not None and not path.is_file():
        raise StartRefused(f"There is no database at {path}. Run `aiconnect init`.")
    return open_engine(settings.database_url)


def check_start(settings: Settings) -> Vault:
    """The vault, once master key and schema are known to fit; raises StartRefused."""
    vault = Vault.from_settings(settings)
    engine = open_database(settings)
    try:
        schema.check(engine)
        with sessions(engine)() as session:
            vaults.check_canary(session, vault)
    finally:
        engine.dispose()
    return vault


def database_file(settings: Settings) -> Path | None:
    """The SQLite file, or None where the database is not a file."""
    name = make_url(settings.database_url).database
    return Path(name) if name and name != ":memory:" else None


def revision(session: Session) -> int:
    """How often something that the gateway reads has changed."""
    value = session.scalar(select(Setting.value).where(Setting.name == REVISION))
    return int(value or 0)


def bump_revision(session: Session) -> None:
    """Count a change that the gateway must learn of, within the running unit of work."""
    counted = session.scalar(
        update(Setting)
        .where(Setting.name == REVISION)
        .values(value=cast(cast(Setting.value, Integer) + 1, String))
        .returning(Setting.value),
        execution_options={"synchronize_session": False},
    )
    if counted is None:
        session.add(Setting(name=REVISION, value="1"))
        session.flush()


def cookie_key(session: Session, vault: Vault, settings: Settings) -> Secret:
    """The key that signs cookies: from the environment, or made once and kept sealed.

    One that does not open any more is made anew: all that costs is signing in again.
    """
    if settings.secret_key is not None:
        return settings.secret_key
    row = session.get(Setting, COOKIE_KEY)
    with suppress(CannotOpen):
        if row is not None:
            return vault.open("setting", COOKIE_KEY, "value", row.value)
    key = Secret(secrets.token_urlsafe(32))
    with writing(session):
        sealed = vault.seal("setting", COOKIE_KEY, "value", key)
        session.merge(Setting(name=COOKIE_KEY, value=sealed))
    return key


# --- first steps ------------------------------------------------------------------------------


def _make_folder(folder: Path) -> list[str]:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)
        return [f"Made the folder {folder}."]
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
        return [f"Closed the folder {folder} to others."]
    return []


def _make_key(settings: Settings) -> list[str]:
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
    """Write a new file that nobody else can read, not even for a moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_database(settings: Settings) -> list[str]:
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
        if path is None or is_new:
            said = []
        else:
            _check_alone(settings)
            said = [_copy(path, found)]
        schema.upgrade(engine)
    finally:
        engine.dispose()
    verb = "Made" if is_new else "Migrated"
    return [*said, f"{verb} the database {path or engine.url} (schema {schema.head()})."]


def _check_alone(settings: Settings) -> None:
    pid = server_pid(settings)
    if pid is not None:
        raise StartRefused(
            f"A server (process {pid}) works with this database. Stop it, then run "
            "`aiconnect init` again."
        )


def _copy(path: Path, found: str | None) -> str:
    """Copy the database as it is, with what still stands in its write-ahead log."""
    stamp = clock.now().strftime("%Y%m%dT%H%M%S%fZ")
    copy = path.with_name(f"{path.stem}.{found or 'empty'}.{stamp}{path.suffix}")
    _write_private(copy, "")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return f"Copied the database to {copy} first."


def _plant(session: Session, vault: Vault) -> None:
    with writing(session):
        if session.get(Setting, CANARY) is None:
            vaults.plant_canary(session, vault)
    vaults.check_canary(session, vault)
