"""What every table shares: the base class, types of ours, and how a writing transaction begins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from typing_extensions import override

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_MS = 10_000


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


def prepare(engine: Engine) -> Engine:
    """Give an SQLite engine its pragmas and leave BEGIN to us (the driver's own is too late)."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def open_engine(url: str) -> Engine:
    """An engine for threads and commands; Flask's own gets the same `prepare`."""
    return prepare(create_engine(url))


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions whose objects stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


def begin_write(session: Session) -> None:
    """Take the write lock now: a deferred transaction that reads first can fail at its first write.

    Whatever the session has read so far is let go without expiring it.
    """
    if session.in_transaction():
        session.commit()
    session.connection(execution_options={"begin": "BEGIN IMMEDIATE"})
