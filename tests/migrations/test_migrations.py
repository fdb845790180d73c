"""Migrations lead to the models' schema, up and down, and lose nothing on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.schema import CreateTable

from aiconnect.models import Base
from aiconnect.models.base import open_engine
from aiconnect.services import schema
from tests.migrations import rows

REVISIONS = schema.known()
TABLES = sorted(Base.metadata.tables)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    yield engine
    engine.dispose()


def shape(engine: Engine) -> dict[str, Any]:
    """All that SQLite knows of the schema, but Alembic's own table."""
    with engine.connect() as connection:
        found = connection.execute(text("SELECT name, sql FROM sqlite_master ORDER BY name"))
        return {name: sql for name, sql in found if "alembic" not in name}


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608
            for name in TABLES
        }


def broken_keys(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text("PRAGMA foreign_key_check")))


def test_there_is_one_head_and_it_is_the_one_that_the_start_asks_for(empty: Engine) -> None:
    script = ScriptDirectory.from_config(schema.config(empty))
    assert script.get_heads() == [schema.head()]


def test_the_file_names_tell_every_revision(empty: Engine) -> None:
    script = ScriptDirectory.from_config(schema.config(empty))
    assert sorted(one.revision for one in script.walk_revisions()) == schema.known()


def test_the_models_are_what_the_migrations_make(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("table", TABLES)
def test_each_table_is_written_as_its_model_says(empty: Engine, table: str) -> None:
    """Finer than the comparison above: AUTOINCREMENT, ON DELETE and constraint names count."""
    schema.upgrade(empty)
    wanted = str(CreateTable(Base.metadata.tables[table]).compile(empty))
    assert _parts(shape(empty)[table]) == _parts(wanted)


def _parts(sql: str) -> list[str]:
    inner = sql[sql.index("(") + 1 : sql.rindex(")")]
    return sorted(" ".join(part.replace('"', "").split()) for part in re.split(r",\s*\n", inner))


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_revision_goes_up_down_and_up(empty: Engine, revision: str) -> None:
    schema.upgrade(empty, revision)
    above = shape(empty)
    schema.downgrade(empty, "-1")
    below = shape(empty)
    schema.upgrade(empty, revision)
    assert shape(empty) == above
    schema.downgrade(empty, "-1")
    assert shape(empty) == below


def test_going_down_to_nothing_leaves_nothing(empty: Engine) -> None:
    schema.upgrade(empty)
    schema.downgrade(empty, "base")
    assert not set(inspect(empty).get_table_names()) - {"alembic_version"}


def test_rows_survive_from_the_first_schema_to_the_last(empty: Engine) -> None:
    schema.upgrade(empty, REVISIONS[0])
    rows.load(empty)
    before = counts(empty)
    assert set(before.values()) == {1}
    schema.upgrade(empty)
    assert counts(empty) == before
    assert broken_keys(empty) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_survive_each_revision_down_and_up(empty: Engine, revision: str) -> None:
    schema.upgrade(empty, revision)
    rows.load(empty)
    kept = counts(empty) if revision != REVISIONS[0] else dict.fromkeys(TABLES, 0)
    schema.downgrade(empty, "-1")
    schema.upgrade(empty, revision)
    assert counts(empty) == kept


def test_foreign_keys_are_on_again_after_a_migration(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


# --- the frame that every migration runs in, shown on migrations of our own -------------------


@pytest.fixture
def staged(tmp_path: Path, empty: Engine) -> tuple[Engine, Path]:
    """A copy of the migrations to which a test adds one, and rows in the first schema."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako", *(f"versions/{p.name}" for p in _versions())):
        (folder / name).write_text((schema.migrations() / name).read_text())
    schema.upgrade(empty)
    rows.load(empty)
    return empty, folder


def _versions() -> list[Path]:
    return sorted((schema.migrations() / "versions").glob("*.py"))


def add_migration(folder: Path, body: str) -> None:
    head = (
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = 'next'\ndown_revision = {schema.head()!r}\n\ndef upgrade():\n"
    )
    (folder / "versions" / "next_.py").write_text(head + _indented(body))


def _indented(body: str) -> str:
    return "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())


def upgrade(engine: Engine, folder: Path) -> None:
    config = Config(attributes={"engine": engine})
    config.set_main_option("script_location", str(folder))
    command.upgrade(config, "head")


def test_rebuilding_a_parent_keeps_its_children(staged: tuple[Engine, Path]) -> None:
    engine, folder = staged
    add_migration(
        folder,
        """
        with op.batch_alter_table("connections", recreate="always") as batch:
            batch.add_column(sa.Column("more", sa.String(10)))
        """,
    )
    before = counts(engine)
    upgrade(engine, folder)
    assert counts(engine) == before
    assert broken_keys(engine) == []


def test_a_migration_that_would_orphan_rows_is_taken_back(staged: tuple[Engine, Path]) -> None:
    engine, folder = staged
    add_migration(folder, "op.execute('DELETE FROM connections')")
    before = counts(engine)
    with pytest.raises(RuntimeError, match="without their parents in: checks"):
        upgrade(engine, folder)
    assert counts(engine) == before
    assert schema.current(engine) == schema.head()


def test_a_migration_that_fails_half_way_is_taken_back(staged: tuple[Engine, Path]) -> None:
    engine, folder = staged
    add_migration(
        folder,
        """
        op.create_table("half", sa.Column("id", sa.Integer))
        op.execute("DELETE FROM usage_records")
        raise ZeroDivisionError
        """,
    )
    before, tables = counts(engine), shape(engine)
    with pytest.raises(ZeroDivisionError):
        upgrade(engine, folder)
    assert (counts(engine), shape(engine)) == (before, tables)
