"""Runs the migrations: `aiconnect init` gives its engine, Flask-Migrate has the app's.

Everything happens in one transaction. On SQLite foreign keys are off: batch mode rebuilds a table
by dropping the old one, which would take its children along. At the end the keys are checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, text
from sqlalchemy.types import TypeDecorator

from aiconnect.models import Base
from aiconnect.models.base import Words


def engine() -> Engine:
    given = context.config.attributes.get("engine")
    if isinstance(given, Engine):
        return given
    from flask import current_app  # noqa: PLC0415 (only Flask-Migrate comes without an engine)

    return current_app.extensions["migrate"].db.engine


def plain_type(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Write our own types as what the database stores: a migration must outlive our code."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    return f"words({item.length})" if isinstance(item, Words) else f"sa.{item.impl!r}"


def next_number(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Number the revisions, so that their files sort and a newer schema is known by sight."""
    latest = context.script.get_current_head()
    directives[0].rev_id = f"{int(latest or 0) + 1:04}"


@contextmanager
def without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Switch them off outside of any transaction: inside one, SQLite does not listen."""
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        connection.rollback()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()


def check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        raise RuntimeError(f"The migration would leave rows without their parents in: {tables}.")


def wait_as_long_as_it_takes(connection: Connection) -> None:
    """An index over millions of rows takes longer than any page may."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def run() -> None:
    with engine().connect() as connection, without_foreign_keys(connection):
        context.configure(
            connection=connection.execution_options(begin="BEGIN IMMEDIATE"),
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
            render_item=plain_type,
            process_revision_directives=next_number,
        )
        with context.begin_transaction():
            wait_as_long_as_it_takes(connection)
            context.run_migrations()
            check_foreign_keys(connection)


run()
