"""Where the database is, and opening it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, make_url

from aiconnect.errors import StartRefused
from aiconnect.models.base import open_engine
from aiconnect.settings import Settings


def database_file(settings: Settings) -> Path | None:
    """The SQLite file, or None where the database is not a file."""
    name = make_url(settings.database_url).database
    return Path(name) if name and name != ":memory:" else None


def open_database(settings: Settings) -> Engine:
    """An engine on the database, which must be there already."""
    path = database_file(settings)
    if path is not None and not path.is_file():
        raise StartRefused(f"There is no database at {path}. Run `aiconnect init`.")
    return open_engine(settings.database_url)
