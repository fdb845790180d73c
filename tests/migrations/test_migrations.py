"""Migrations lead to the models' schema, up and down, and lose nothing on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, Table, inspect, text

from aiconnect.models import Base
from aiconnect.models.base import open_engine
from aiconnect.services import schema
from tests.migrations import rows

REVISIONS = schema.known()
NewStore = Callable[[], Engine]


@pytest.fixture
def new_store(request: pytest.FixtureRequest, store: str, tmp_path: Path) -> Iterator[NewStore]:
    """Makes another empty database."""
    made: list[Engine] = []

    def make() -> Engine:
        url = f"sqlite:///{tmp_path / f'{len(made)}.db'}"
        if store == "postgresql":
            url = request.getfixturevalue("new_database")()
        made.append(open_engine(url.replace("postgresql:", "postgresql+psycopg:")))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def empty(new_store: NewStore) -> Engine:
    """A database without any table."""
    return new_store()


def shape(engine: Engine) -> dict[str, Any]:
    """All that the database knows of the schema, but Alembic's own table."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql > ''"))
            parts = {name: _parts(sql) for name, sql in found}
        else:
            parts = _catalogue(connection)
        return {name: one for name, one in parts.items() if "alembic" not in name}


def _catalogue(connection: Connection) -> dict[str, Any]:
    found: dict[str, set[str]] = {}
    for table, name, *facts in connection.execute(text(CATALOGUE)):
        found.setdefault(table, set()).add(f"{name} {facts}")
    return found


CATALOGUE = """
SELECT table_name, column_name, data_type, character_maximum_length::text, is_nullable,
       column_default, collation_name
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '', ''
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT tablename, indexname, indexdef, '', '', '', '' FROM pg_indexes WHERE schemaname = 'public'
"""


def broken_keys(engine: Engine) -> list[Any]:
    """Rows without their parents; PostgreSQL never has any."""
    if engine.dialect.name != "sqlite":
        return []
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


def test_each_table_is_written_as_its_model_says(empty: Engine, new_store: NewStore) -> None:
    """Finer than the comparison above: AUTOINCREMENT, ON DELETE, collations and names count."""
    schema.upgrade(empty)
    other = new_store()
    Base.metadata.create_all(other)
    assert shape(empty) == shape(other)


def _parts(sql: str) -> list[str]:
    """What an SQLite table is made of, in any order; an index keeps its order."""
    start, end = sql.index("(") + 1, sql.rindex(")")
    parts, depth = [""], 0
    for letter in sql[start:end].replace('"', ""):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    tidy = [" ".join(part.split()) for part in parts]
    return tidy if "INDEX" in sql[:start] else sorted(tidy)


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


def test_every_column_has_a_value_in_these_tests() -> None:
    wanted = {name: set(table.columns.keys()) for name, table in Base.metadata.tables.items()}
    assert {name: set(row) for name, row in rows.ROWS.items()} == wanted


def test_rows_survive_from_the_first_schema_to_the_last(empty: Engine) -> None:
    schema.upgrade(empty, REVISIONS[0])
    rows.load(empty)
    before = rows.contents(empty)
    assert all(before.values())
    schema.upgrade(empty)
    assert rows.kept(before, rows.contents(empty))
    assert broken_keys(empty) == []


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_rows_survive_each_revision_down_and_up(empty: Engine, revision: str) -> None:
    schema.upgrade(empty, revision)
    rows.load(empty)
    above = rows.contents(empty)
    schema.downgrade(empty, "-1")
    below = rows.contents(empty)
    assert rows.kept(below, above)
    schema.upgrade(empty, revision)
    assert rows.kept(below, rows.contents(empty))
    assert broken_keys(empty) == []


def test_no_id_of_a_connection_comes_back_after_a_migration(empty: Engine) -> None:
    """The ledger keeps ids of connections that are gone."""
    schema.upgrade(empty, REVISIONS[0])
    rows.load(empty)
    gone = add_connection(empty, "gone")
    with empty.begin() as connection:
        connection.execute(text("DELETE FROM connections WHERE name = 'gone'"))
    schema.upgrade(empty)
    assert add_connection(empty, "next") > gone
    schema.downgrade(empty, REVISIONS[0])
    assert add_connection(empty, "last") > gone + 1


def add_connection(engine: Engine, name: str) -> int:
    """Add one whose id the database chooses; PostgreSQL knows of none that it did not choose."""
    table = Table("connections", MetaData(), autoload_with=engine)
    row = {one.name: rows.ROWS["connections"][one.name] for one in table.columns}
    del row["id"]
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            used = "SELECT setval('connections_id_seq', greatest(5, nextval('connections_id_seq')))"
            connection.execute(text(used))
        added = table.insert().values({**row, "name": name}).returning(table.c.id)
        return int(connection.execute(added).scalar_one())


def test_a_personal_connection_goes_with_the_schema_that_knows_it(empty: Engine) -> None:
    """The version before would show it to everyone; its children go with it."""
    schema.upgrade(empty, "0002")
    rows.load(empty, connections={"owner_id": 7})
    schema.downgrade(empty, "0001")
    left = rows.counts(empty)
    assert {name for name, count in left.items() if count == 0} == {
        "checks", "connections", "credentials", "served_models",
    }  # fmt: skip
    assert broken_keys(empty) == []


def test_a_token_limited_to_collections_ends_with_the_schema_that_knows_them(
    empty: Engine,
) -> None:
    """The version before would let it call every model."""
    schema.upgrade(empty, "0003")
    rows.load(empty, access_tokens={"collections": [3]})
    schema.downgrade(empty, "0002")
    assert rows.contents(empty)["access_tokens"][0]["revoked_at"] == rows.NOW


def test_a_personal_collection_goes_with_the_schema_that_knows_it(empty: Engine) -> None:
    """The version before would show it to everyone; the team's stay."""
    schema.upgrade(empty, "0004")
    rows.load(empty, collections={"owner_id": 7})
    schema.downgrade(empty, "0003")
    left = rows.counts(empty)
    assert (left["collections"], left["collection_models"]) == (0, 0)
    assert broken_keys(empty) == []


def test_nobody_has_chosen_a_language_before_there_was_a_choice(empty: Engine) -> None:
    schema.upgrade(empty, "0003")
    rows.load(empty, people={"language": "en"})
    schema.upgrade(empty, "0004")
    assert rows.contents(empty)["people"][0]["language"] == ""
    schema.downgrade(empty, "0003")
    assert rows.contents(empty)["people"][0]["language"] == "en"


@pytest.mark.on_sqlite
def test_the_ledger_is_not_copied_for_a_new_column(empty: Engine) -> None:
    """Of ten million rows a copy takes minutes, and as much room again."""
    schema.upgrade(empty, "0001")
    before = _root_page(empty)
    schema.upgrade(empty, "head")
    assert _root_page(empty) == before
    schema.downgrade(empty, "0001")
    assert _root_page(empty) == before


def _root_page(engine: Engine) -> int:
    wanted = text("SELECT rootpage FROM sqlite_master WHERE name = 'usage_records'")
    with engine.connect() as connection:
        return int(connection.execute(wanted).scalar_one())


@pytest.mark.on_sqlite
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


@pytest.mark.on_sqlite
def test_rebuilding_a_parent_keeps_its_children(staged: tuple[Engine, Path]) -> None:
    engine, folder = staged
    add_migration(
        folder,
        """
        with op.batch_alter_table("connections", recreate="always") as batch:
            batch.add_column(sa.Column("more", sa.String(10)))
        """,
    )
    before = rows.counts(engine)
    upgrade(engine, folder)
    assert rows.counts(engine) == before
    assert broken_keys(engine) == []


@pytest.mark.on_sqlite
def test_a_migration_that_would_orphan_rows_is_taken_back(staged: tuple[Engine, Path]) -> None:
    engine, folder = staged
    add_migration(folder, "op.execute('DELETE FROM connections')")
    before = rows.counts(engine)
    with pytest.raises(RuntimeError, match=r"without their parents in: .*checks"):
        upgrade(engine, folder)
    assert rows.counts(engine) == before
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
    before, tables = rows.counts(engine), shape(engine)
    with pytest.raises(ZeroDivisionError):
        upgrade(engine, folder)
    assert (rows.counts(engine), shape(engine)) == (before, tables)
