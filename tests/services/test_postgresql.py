"""An installation whose database is PostgreSQL: made, migrated, shared, refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from aiconnect.errors import StartRefused
from aiconnect.models.base import begin_write, sessions
from aiconnect.services import database, installation, schema
from aiconnect.services.writing import writing
from aiconnect.settings import Settings
from tests.cluster import PASSWORD, PLAIN_PASSWORD, Cluster
from tests.locks import hurry, write_lock

pytestmark = [pytest.mark.postgresql, pytest.mark.system]

NewDatabase = Callable[..., str]
INIT = "from aiconnect.cli import main; main(['init'])"


def fresh(folder: Path, url: str, **more: str) -> Settings:
    environ = {"AICONNECT_INSTANCE": str(folder), "AICONNECT_DATABASE_URL": url, **more}
    return Settings.from_env(environ)


def test_init_makes_everything_and_says_where(tmp_path: Path, new_database: NewDatabase) -> None:
    settings = fresh(tmp_path / "instance", new_database())
    said = installation.initialise(settings)
    assert [line.split()[0] for line in said] == ["Made", "Made", "Made"]
    assert " on PostgreSQL at 127.0.0.1:" in said[-1]
    assert installation.initialise(settings) == []
    installation.check_start(settings)
    assert not list(settings.instance.glob("*.db"))


def test_a_password_opens_the_database_and_is_said_nowhere(
    tmp_path: Path, new_database: NewDatabase, cluster: Cluster
) -> None:
    name = new_database().rpartition("/")[2]
    settings = fresh(tmp_path, cluster.url(name, user=f"keyed:{PASSWORD}"))
    said = " ".join(installation.initialise(settings))
    engine = installation.open_database(settings)
    shown = [said, repr(settings), repr(engine), str(engine.url), database.place(settings)]
    engine.dispose()
    assert not [one for one in shown if PASSWORD in one or PLAIN_PASSWORD in one]


@pytest.mark.on_postgresql
def test_init_says_that_a_copy_is_the_operator_s(settings: Settings, engine: Engine) -> None:
    schema.downgrade(engine, "0001")
    said = installation.initialise(settings)
    assert "pg_dump" in said[0]
    assert said[1].startswith("Migrated the database")


def test_no_key_is_made_while_the_database_is_out_of_reach(tmp_path: Path, free_port: int) -> None:
    """It may hold secrets: a new key could not open them."""
    settings = fresh(tmp_path, f"postgresql://ai@127.0.0.1:{free_port}/ai")
    with pytest.raises(StartRefused, match="does not answer"):
        installation.initialise(settings)
    assert not (tmp_path / "master.key").exists()


@pytest.mark.on_postgresql
def test_another_folder_makes_no_key_of_its_own(environ: dict[str, str], tmp_path: Path) -> None:
    other = fresh(tmp_path / "other", environ["AICONNECT_DATABASE_URL"])
    with pytest.raises(StartRefused, match="Put it back"):
        installation.initialise(other)
    assert not (other.instance / "master.key").exists()


def test_two_inits_from_two_folders_make_one_installation(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    url = new_database()
    environ = {**os.environ, "AICONNECT_DATABASE_URL": url}
    folders = [tmp_path / "one", tmp_path / "two"]
    both = [
        subprocess.Popen([sys.executable, "-c", INIT], stderr=subprocess.PIPE, text=True,
                         stdout=subprocess.DEVNULL, env={**environ, "AICONNECT_INSTANCE": str(one)})
        for one in folders
    ]  # fmt: skip
    told = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 1]
    assert "Put it back" in "".join(told)
    (winner,) = [one for one in folders if (one / "master.key").exists()]
    installation.check_start(fresh(winner, url))


def test_a_user_who_may_not_make_tables_is_told_who_can(
    tmp_path: Path, new_database: NewDatabase, cluster: Cluster
) -> None:
    url = new_database()
    name = url.rpartition("/")[2]
    cluster.run(
        "DO $$BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$"
    )
    with psycopg.connect(url) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(StartRefused, match=f"ALTER DATABASE {name} OWNER TO guest"):
        installation.initialise(fresh(tmp_path, cluster.url(name, user="guest")))


def test_a_database_that_cannot_hold_every_letter_is_refused(
    tmp_path: Path, cluster: Cluster
) -> None:
    plain = "LOCALE_PROVIDER libc" if cluster.major >= 15 else ""
    cluster.run(
        f"CREATE DATABASE letters TEMPLATE template0 ENCODING 'SQL_ASCII' {plain} "
        "LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    with pytest.raises(StartRefused, match="createdb --encoding=UTF8"):
        installation.initialise(fresh(tmp_path, cluster.url("letters")))
    cluster.drop("letters")


@pytest.mark.on_postgresql
def test_a_server_that_is_too_old_is_refused(engine: Engine) -> None:
    with pytest.raises(StartRefused, match="too old: aiconnect needs 99 or newer"):
        database.check_server(engine, oldest=99)


@pytest.mark.on_postgresql
def test_writers_queue_as_they_do_for_sqlite(session: Session, engine: Engine) -> None:
    """Twenty threads count to two hundred: not one change is lost, none fails."""

    def count(_: int) -> None:
        with sessions(engine)() as own:
            for _ in range(10):
                with writing(own):
                    installation.bump_revision(own)

    before = installation.revision(session)
    session.commit()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(count, range(20)))
    assert installation.revision(session) == before + 200


@pytest.mark.on_postgresql
def test_a_reader_waits_for_no_writer(session: Session, engine: Engine) -> None:
    hurry(session)
    with write_lock(engine):
        assert installation.revision(session) >= 0
        session.commit()
        with pytest.raises(OperationalError):
            begin_write(session)
        session.rollback()


@pytest.mark.on_postgresql
def test_every_wait_has_an_end(session: Session) -> None:
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        assert session.execute(text(f"SHOW {name}")).scalar() not in {"0", None}
    assert session.execute(text("SHOW TIME ZONE")).scalar() == "UTC"


@pytest.mark.on_postgresql
def test_what_a_statement_was_given_is_in_no_message(session: Session) -> None:
    session.execute(text("SET LOCAL statement_timeout = 1"))
    with pytest.raises(OperationalError) as error:
        session.execute(text("SELECT :secret, pg_sleep(1)"), {"secret": "m4rker"})
    assert "m4rker" not in str(error.value)
