"""Runs the migrations: `aiconnect init` gives its engine, Flask-Migrate has the app's.

Everything happens in one transaction with foreign keys off: batch mode rebuilds a table by
dropping the old one, which would take its children along. At the end the keys are checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, text
from sqlalchemy.types import TypeDecorator

from aiconnect.models import Base


def engine() -> Engine:
    given = context.config.attributes.get("engine")
    if isinstance(given, Engine):
        return given
    from flask import current_app  # noqa: PLC0415 (only Flask-Migrate comes without an engine)

    return current_app.extensions["migrate"].db.engine


def plain_type(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Write our own types as what the database stores: a migration must outlive our code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


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
            context.run_migrations()
            check_foreign_keys(connection)


run()
