"""Where the database is, opening it, and saying in plain words why it cannot be opened."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
    StatementError,
    TimeoutError,  # noqa: A004 (of the pool: every connection is in use)
)

from aiconnect.errors import StartRefused
from aiconnect.models.base import open_engine
from aiconnect.settings import Settings
from aiconnect.wire.redact import redact

OLDEST = 13
"""Of PostgreSQL: what is older gets no more corrections."""

AWAY = (OperationalError, InterfaceError, TimeoutError)
"""What is raised while the database is stopped, busy, full or out of reach: later it may work."""

# PostgreSQL gives no code for a connection that it refuses, only its words.
REFUSALS = (
    (
        r"password|authentication|no pg_hba\.conf|role .* does not exist",
        "does not let us in with this user and password. Check AICONNECT_DATABASE_URL",
    ),
    (r"database .* does not exist", "has no such database. Make it: createdb {name}"),
    (r"starting up|shutting down|recovery", "is starting or stopping. Try again in a minute"),
    (
        r"too many|remaining connection slots",
        "has no connection left. Raise max_connections there, or end what uses them",
    ),
    (
        r"refused|timeout|timed out|resolve|unreachable|no route|not known|no such file",
        "does not answer. Check that it runs, and the host and port in AICONNECT_DATABASE_URL",
    ),
)


def database_url(settings: Settings) -> URL:
    """The address; it shows no password when it is printed."""
    try:
        return make_url(settings.database_url.reveal())
    except (ArgumentError, ValueError):
        raise StartRefused("AICONNECT_DATABASE_URL is not the address of a database.") from None


def database_file(settings: Settings) -> Path | None:
    """The SQLite file, or None where the database is not a file."""
    url = database_url(settings)
    is_file = url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}
    return Path(str(url.database)) if is_file else None


def place(settings: Settings) -> str:
    """Where the database is, for people: a file, or a database on a host; never a password."""
    path = database_file(settings)
    return str(path) if path else _place(database_url(settings))


def _place(url: URL) -> str:
    port = f":{url.port}" if url.port else ""
    return f"{url.database} on PostgreSQL at {url.host or 'this machine'}{port}"


def open_database(settings: Settings) -> Engine:
    """An engine on the database, which must be there already."""
    path = database_file(settings)
    if path is not None and not path.is_file():
        raise StartRefused(f"There is no database at {path}. Run `aiconnect init`.")
    engine = open_engine(database_url(settings))
    if engine.dialect.name == "postgresql":
        check_server(engine)
    return engine


def check_server(engine: Engine, oldest: int = OLDEST) -> None:
    """Raise StartRefused where PostgreSQL is not reached, or is not one that we can use."""
    try:
        with engine.connect() as connection:
            version = connection.dialect.server_version_info or (oldest,)
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    except DBAPIError as error:
        engine.dispose()
        raise StartRefused(why(engine.url, error)) from None
    if int(version[0]) < oldest:
        engine.dispose()
        raise StartRefused(
            f"PostgreSQL {version[0]} is too old: aiconnect needs {oldest} or newer. "
            "Upgrade the server."
        )
    if encoding != "UTF8":
        engine.dispose()
        raise StartRefused(
            f"The database {engine.url.database} is encoded as {encoding}. aiconnect needs UTF8: "
            f"createdb --encoding=UTF8 --template=template0 {engine.url.database}"
        )


def server_name(engine: Engine) -> str:
    """Which server answers, as a sentence; nothing for a file."""
    if engine.dialect.name != "postgresql":
        return ""
    version = ".".join(str(part) for part in engine.dialect.server_version_info or ())
    return f"PostgreSQL {version} answers at {_host(engine.url)}."


def why(url: URL, error: DBAPIError) -> str:
    """Why PostgreSQL cannot be used, and what to do; in one sentence, without a password."""
    words = " ".join(str(error.orig).split())
    unnamed = re.sub(r'"[^"]*"', '"…"', words)  # names are anybody's words
    for pattern, meaning in REFUSALS:
        if re.search(pattern, unnamed, re.IGNORECASE):
            said = meaning.format(name=url.database)
            return f"PostgreSQL at {_host(url)} {said}."
    return f"PostgreSQL at {_host(url)} cannot be used: {redact(words)}."


def _host(url: URL) -> str:
    return f"{url.host or 'this machine'}{f':{url.port}' if url.port else ''}"


def is_about_values(error: SQLAlchemyError) -> bool:
    """Whether the database refused what it was given, and would take something else."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, StatementError)
    if error.connection_invalidated:
        return False
    if isinstance(error, DataError | IntegrityError):
        return True
    # A value of a type that has no column: the driver says so itself, before any server is asked.
    code = getattr(error.orig, "sqlstate", None)
    return isinstance(error, ProgrammingError | InterfaceError) and code is None
