"""Making, migrating and checking an installation."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from aiconnect.errors import StartRefused
from aiconnect.models import Setting
from aiconnect.secret import Secret
from aiconnect.services import installation, schema, serving
from aiconnect.services.vault import Vault, new_key
from aiconnect.services.writing import writing
from aiconnect.settings import Settings
from tests.locks import held


def fresh(folder: Path, **more: str) -> Settings:
    return Settings.from_env({"AICONNECT_INSTANCE": str(folder), **more})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def execute(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(sql))


def test_init_makes_a_folder_that_is_closed_to_others(tmp_path: Path) -> None:
    installation.initialise(fresh(tmp_path / "new" / "instance"))
    assert mode(tmp_path / "new" / "instance") == 0o700


def test_init_closes_a_folder_that_was_open(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert any("Closed" in said for said in installation.initialise(fresh(tmp_path)))
    assert mode(tmp_path) == 0o700


def test_init_makes_key_and_database_closed_to_others(tmp_path: Path) -> None:
    installation.initialise(fresh(tmp_path))
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    assert {"master.key", "aiconnect.db"} <= {path.name for path in files}
    assert {mode(path) for path in files} == {0o600}


@pytest.mark.on_sqlite
def test_the_write_ahead_log_is_closed_to_others_too(settings: Settings, session: Session) -> None:
    with writing(session):
        installation.bump_revision(session)
    files = [*settings.instance.glob("aiconnect.db*")]
    assert len(files) == 3
    assert {mode(path) for path in files} == {0o600}


def test_init_again_does_nothing(settings: Settings) -> None:
    key = (settings.instance / "master.key").read_bytes()
    assert installation.initialise(settings) == []
    assert (settings.instance / "master.key").read_bytes() == key


def test_init_leaves_something_that_can_start(tmp_path: Path) -> None:
    settings = fresh(tmp_path)
    installation.initialise(settings)
    installation.check_start(settings)


def test_init_with_a_key_from_the_environment_makes_no_key_file(tmp_path: Path) -> None:
    settings = fresh(tmp_path, AICONNECT_MASTER_KEY=new_key().reveal())
    installation.initialise(settings)
    assert not (tmp_path / "master.key").exists()
    installation.check_start(settings)


def test_init_makes_no_new_key_for_a_database_that_has_secrets(settings: Settings) -> None:
    (settings.instance / "master.key").unlink()
    with pytest.raises(StartRefused, match="Put it back"):
        installation.initialise(settings)
    assert not (settings.instance / "master.key").exists()


def test_init_refuses_a_key_that_does_not_fit(settings: Settings) -> None:
    (settings.instance / "master.key").write_text(new_key().reveal())
    with pytest.raises(StartRefused, match="does not open this database"):
        installation.initialise(settings)


def test_init_does_not_migrate_with_a_key_that_does_not_fit(
    settings: Settings, engine: Engine
) -> None:
    (settings.instance / "master.key").write_text(new_key().reveal())
    execute(engine, "DELETE FROM alembic_version")
    with pytest.raises(StartRefused, match="does not open this database"):
        installation.initialise(settings)
    assert not list(settings.instance.glob("aiconnect.*.db"))


def test_an_init_that_was_stopped_half_way_is_finished_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "master.key.new").write_text("half a k")
    (tmp_path / "aiconnect.db").touch(mode=0o600)
    installation.initialise(fresh(tmp_path))
    installation.check_start(fresh(tmp_path))


@pytest.mark.on_sqlite
def test_init_copies_the_database_before_it_migrates(settings: Settings, engine: Engine) -> None:
    schema.downgrade(engine, "base")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE older (word)"))
        connection.execute(text("INSERT INTO older VALUES ('kept')"))
    assert installation.initialise(settings)[0].startswith("Copied the database")
    (copy,) = settings.instance.glob("aiconnect.*.db")
    assert mode(copy) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT word FROM older").fetchall() == [("kept",)]


def test_init_does_not_migrate_under_a_running_server(settings: Settings, engine: Engine) -> None:
    schema.downgrade(engine, "base")
    with (
        held(settings.instance / serving.LOCK) as pid,
        pytest.raises(StartRefused, match=f"process {pid}"),
    ):
        installation.initialise(settings)
    assert schema.current(engine) is None
    installation.initialise(settings)


def test_init_beside_a_running_server_is_fine_where_nothing_is_to_do(settings: Settings) -> None:
    with held(settings.instance / serving.LOCK):
        assert installation.initialise(settings) == []


def test_init_leaves_a_newer_database_alone(settings: Settings, engine: Engine) -> None:
    execute(engine, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StartRefused, match="newer aiconnect"):
        installation.initialise(settings)
    assert not list(settings.instance.glob("aiconnect.*.db"))


def test_the_start_is_refused_with_a_newer_schema(settings: Settings, engine: Engine) -> None:
    execute(engine, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StartRefused, match="newer aiconnect"):
        installation.check_start(settings)


def test_the_start_is_refused_with_an_older_schema(settings: Settings, engine: Engine) -> None:
    schema.downgrade(engine, "base")
    with pytest.raises(StartRefused, match="aiconnect init"):
        installation.check_start(settings)


@pytest.mark.on_sqlite
def test_the_start_is_refused_without_a_database(settings: Settings) -> None:
    (settings.instance / "aiconnect.db").unlink()
    with pytest.raises(StartRefused, match="no database"):
        installation.check_start(settings)
    assert not (settings.instance / "aiconnect.db").exists()


def test_the_start_is_refused_with_another_key(settings: Settings) -> None:
    (settings.instance / "master.key").write_text(new_key().reveal())
    with pytest.raises(StartRefused, match="does not open this database"):
        installation.check_start(settings)


def test_a_database_given_by_url_is_made_there(tmp_path: Path) -> None:
    place = tmp_path / "elsewhere.db"
    settings = fresh(tmp_path / "instance", AICONNECT_DATABASE_URL=f"sqlite:///{place}")
    installation.initialise(settings)
    installation.check_start(settings)
    assert mode(place) == 0o600


@pytest.mark.on_sqlite
def test_a_moved_instance_still_starts(settings: Settings, tmp_path: Path) -> None:
    moved = shutil.move(settings.instance, tmp_path / "moved")
    installation.check_start(fresh(Path(moved)))


def test_the_revision_counts_each_change_once(session: Session) -> None:
    before = installation.revision(session)
    for _ in range(3):
        with writing(session):
            installation.bump_revision(session)
    assert installation.revision(session) == before + 3


def test_a_change_that_was_taken_back_is_not_counted(session: Session) -> None:
    before = installation.revision(session)
    with suppress(ZeroDivisionError), writing(session):
        installation.bump_revision(session)
        raise ZeroDivisionError
    assert installation.revision(session) == before


def test_the_cookie_key_stays(session: Session, vault: Vault, settings: Settings) -> None:
    first = installation.cookie_key(session, vault, settings)
    assert installation.cookie_key(session, vault, settings) == first
    assert len(first.reveal()) >= 40


def test_the_cookie_key_is_sealed(session: Session, vault: Vault, settings: Settings) -> None:
    key = installation.cookie_key(session, vault, settings)
    assert key.reveal() not in session.get_one(Setting, "cookie_key").value


def test_a_cookie_key_that_does_not_open_is_made_anew(
    session: Session, vault: Vault, settings: Settings
) -> None:
    before = installation.cookie_key(session, vault, settings)
    with writing(session):
        session.get_one(Setting, "cookie_key").value = "spoilt"
    after = installation.cookie_key(session, vault, settings)
    assert after != before
    assert installation.cookie_key(session, vault, settings) == after


def test_a_cookie_key_from_the_environment_is_taken(session: Session, vault: Vault) -> None:
    settings = Settings(secret_key=Secret("from the environment"))
    assert installation.cookie_key(session, vault, settings).reveal() == "from the environment"


def test_an_empty_database_is_filled_though_its_key_is_not_there_yet(tmp_path: Path) -> None:
    (tmp_path / "aiconnect.db").touch(mode=0o600)
    settings = fresh(tmp_path)
    installation.initialise(settings)
    installation.check_start(settings)


def test_the_start_is_refused_with_an_empty_database(settings: Settings, engine: Engine) -> None:
    schema.downgrade(engine, "base")
    execute(engine, "DROP TABLE alembic_version")
    with pytest.raises(StartRefused, match="empty"):
        installation.check_start(settings)


def test_two_inits_at_once_make_one_installation(tmp_path: Path) -> None:
    environ = {**os.environ, "AICONNECT_INSTANCE": str(tmp_path / "instance")}
    command = [sys.executable, "-c", "from aiconnect.cli import main; main(['init'])"]
    both = [
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    told = [process.communicate() for process in both]
    assert [err for _, err in told] == [b"", b""]
    assert [process.returncode for process in both] == [0, 0]
    installation.check_start(fresh(tmp_path / "instance"))
