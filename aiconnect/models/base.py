"""What every table shares: the base class, types of ours, engines, and how writing begins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    String,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeEngine
from typing_extensions import override

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_MS = 10_000
STATEMENT_MS = 60_000
IDLE_MS = 300_000
"""How long PostgreSQL lets a transaction stand open unused: one may hold the write lock."""

WRITERS = 0x61690001
"""The advisory lock of PostgreSQL that writing transactions queue for."""

REACHING = {
    "client_encoding": "utf8", "connect_timeout": 5, "tcp_user_timeout": 15_000,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
}  # fmt: skip
"""How libpq talks, and how soon it notices that PostgreSQL is gone: left to itself, in minutes."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Base(DeclarativeBase):
    """Base of every model; plain SQLAlchemy, so models stay free of Flask."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; a naive one is refused instead of guessed at."""

    impl = DateTime
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored.")
        return value.astimezone(UTC).replace(tzinfo=None)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """Text of a limited length that every database takes and sorts alike.

    PostgreSQL refuses a longer one, NUL and half characters, where SQLite stores anything: what
    came from outside is cut and mended here, so that no call or page fails for it. Compared byte
    by byte, as SQLite does, and not as the language of PostgreSQL's machine would.
    """

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        collation = "C" if dialect.name == "postgresql" else None
        return dialect.type_descriptor(String(self.length, collation=collation))

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (_is_plain(value) and len(value) <= self.length):
            return value  # as nearly always: each record of a call has ten of these
        return storable(value)[: self.length]


def _is_plain(value: object) -> bool:
    return type(value) is str and value.isascii() and "\0" not in value


def storable(value: str) -> str:
    """The text with what no database can hold replaced: NUL, and halves of characters."""
    mended = str(value).replace("\0", REPLACEMENT)
    return mended if mended.isascii() else mended.encode("utf-8", "replace").decode()


class Count(TypeDecorator[int]):
    """A number from outside, kept within what its column holds: an absurd one costs no record."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Integer
    cache_ok = True
    most = 2**31 - 1

    @override
    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        if value is None or 0 <= value <= self.most:
            return value
        return min(max(value, -self.most), self.most)


class Size(Count):
    """A number of bytes: larger than other counts."""

    impl = BigInteger
    cache_ok = True
    most = 2**63 - 1


def prepare(engine: Engine) -> Engine:
    """What every connection begins with, by dialect; Flask's own engine gets the same."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        event.listen(engine, "connect", _set_bounds)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    """Give each connection its pragmas and leave BEGIN to us (the driver's own is too late)."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        if cursor.execute("PRAGMA page_count").fetchone() == (0,):  # later it takes the write lock
            cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


BOUNDS = f"""
SET TIME ZONE 'UTC';
SET lock_timeout = {BUSY_MS};
SET statement_timeout = {STATEMENT_MS};
SET idle_in_transaction_session_timeout = {IDLE_MS};
SET tcp_keepalives_idle = 10;
SET tcp_keepalives_interval = 5;
SET tcp_keepalives_count = 3;
"""
"""For PostgreSQL: no wait without an end, and a machine of ours that died is noticed by itself."""


def _set_bounds(connection: Any, _record: object) -> None:
    connection.execute(BOUNDS)
    connection.commit()


def engine_options(url: URL) -> dict[str, Any]:
    """How an engine for this address is made; what the address says itself goes first."""
    options: dict[str, Any] = {"hide_parameters": True}  # they may be secrets, and are logged
    if url.get_backend_name() == "postgresql":
        usual = {name: value for name, value in REACHING.items() if name not in url.query}
        options |= {"pool_pre_ping": True, "connect_args": usual}
    return options


def open_engine(url: str | URL) -> Engine:
    """An engine for threads and commands; Flask's own gets the same options and `prepare`."""
    address = make_url(url)
    return prepare(create_engine(address, **engine_options(address)))


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions whose objects stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


def begin_write(session: Session) -> None:
    """Take the write lock now: a deferred transaction that reads first can fail at its first write.

    Whatever the session has read so far is let go without expiring it. On PostgreSQL an advisory
    lock takes the place of SQLite's BEGIN IMMEDIATE (docs/adr/0007).
    """
    if session.in_transaction():
        session.commit()
    connection = session.connection(execution_options={"begin": "BEGIN IMMEDIATE"})
    if connection.dialect.name != "postgresql":
        return
    try:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITERS})
    except DBAPIError:
        session.rollback()  # PostgreSQL answers nothing more in a transaction that has failed
        raise
