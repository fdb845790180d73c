"""The doctor sees what is wrong, and touches nothing."""

from __future__ import annotations

import fcntl
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, Credential, State
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import connections, doctor, schema, serving
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Draft
from aiconnect.services.doctor import Line
from aiconnect.services.vault import Vault, new_key
from aiconnect.settings import Settings
from tests.ledger import add, record
from tests.locks import held


def examine(folder: Path, **more: str) -> dict[str, Line]:
    environ = {"AICONNECT_INSTANCE": str(folder), **more}
    return {line.name: line for line in doctor.examine(environ)}


def wrong(folder: Path, **more: str) -> dict[str, str]:
    return {name: line.said for name, line in examine(folder, **more).items() if not line.ok}


@pytest.fixture
def connection(session: Session, vault: Vault) -> Connection:
    draft = Draft("openai", secret=Secret("sk-proj-abcdefghijklmnopqrstuvwxyz"))
    return connections.add(session, SYSTEM, draft, rows=PROVIDERS, vault=vault)


def test_a_fresh_installation_is_well(instance: Path) -> None:
    lines = examine(instance)
    assert set(lines) == {
        "settings", "files", "disk", "journal", "server", "database", "key", "clock",
    }  # fmt: skip
    assert all(line.ok for line in lines.values())


def test_looking_changes_nothing(instance: Path) -> None:
    before = {path: path.read_bytes() for path in instance.rglob("*") if path.is_file()}
    examine(instance)
    after = {path: path.read_bytes() for path in instance.rglob("*") if path.is_file()}
    assert after == before


def test_a_wrong_setting_is_all_that_is_said(instance: Path) -> None:
    assert list(wrong(instance, AICONNECT_NOSUCH="1")) == ["settings"]


def test_a_missing_instance_is_said(tmp_path: Path) -> None:
    assert "aiconnect init" in wrong(tmp_path / "nowhere")["instance"]
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["aiconnect.db", "master.key", "."])
def test_files_that_others_can_read_are_named(instance: Path, name: str) -> None:
    (instance / name).chmod(0o755)
    assert str(instance / name) in wrong(instance)["files"]


def test_a_key_that_does_not_fit_is_said(instance: Path) -> None:
    (instance / "master.key").write_text(new_key().reveal())
    assert "does not open" in wrong(instance)["key"]


def test_a_missing_key_is_said(instance: Path) -> None:
    (instance / "master.key").unlink()
    assert "no master key" in wrong(instance)["key"]


def test_an_older_schema_is_said(instance: Path, engine: Engine) -> None:
    schema.downgrade(engine, "base")
    assert "aiconnect init" in wrong(instance)["database"]


def test_a_file_that_is_no_database_is_said(instance: Path) -> None:
    (instance / "aiconnect.db").write_bytes(b"no database at all" * 100)
    assert "cannot be read" in wrong(instance)["database"]


def test_a_record_from_the_future_means_that_the_clock_is_wrong(
    instance: Path, session: Session
) -> None:
    add(session, record(at=clock.now() + timedelta(days=1)))
    assert "Set it right" in wrong(instance)["clock"]


def test_a_journal_left_behind_is_said(instance: Path) -> None:
    (instance / "journal").mkdir(mode=0o700)
    (instance / "journal" / "writer-000001.segment").touch(mode=0o600)
    assert "left behind" in wrong(instance)["journal"]


def test_what_could_not_be_read_of_the_journal_is_said(instance: Path) -> None:
    (instance / "journal" / "damaged").mkdir(mode=0o700, parents=True)
    (instance / "journal").chmod(0o700)
    (instance / "journal" / "damaged" / "piece").touch(mode=0o600)
    assert "could not be read" in wrong(instance)["journal"]


def test_a_running_server_s_journal_is_its_own(instance: Path) -> None:
    (instance / "journal").mkdir(mode=0o700)
    (instance / "journal" / "writer-000001.segment").touch(mode=0o600)
    with held(instance / serving.LOCK) as pid:
        lines = examine(instance)
    assert str(pid) in lines["server"].said
    assert lines["journal"].ok


def test_looking_for_a_server_takes_no_lock(settings: Settings) -> None:
    path = settings.instance / "serve.lock"
    path.touch()
    assert serving.server_pid(settings) is None
    with path.open("a") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    ("state", "is_well"),
    [
        (State.CONNECTED, True), (State.WARNING, True), (State.UNTESTED, True),
        (State.NEEDS_ATTENTION, False), (State.UNREACHABLE, False),
    ],
)  # fmt: skip
def test_each_connection_says_how_it_was_last_seen(
    instance: Path, session: Session, connection: Connection, state: State, is_well: bool
) -> None:
    connection.state, connection.finding = state, "key_refused"
    session.commit()
    line = examine(instance)["connection openai"]
    assert line.ok is is_well
    assert state in line.said
    assert is_well or "aiconnect connection test openai" in line.said


def test_a_connection_that_is_off_is_not_wrong(
    instance: Path, session: Session, connection: Connection
) -> None:
    connection.state = State.UNREACHABLE
    connections.disable(session, SYSTEM, connection.id)
    assert examine(instance)["connection openai"].ok


def test_a_key_that_does_not_open_is_said_of_its_connection(
    instance: Path, session: Session, connection: Connection
) -> None:
    session.execute(update(Credential).values(sealed="spoilt"))
    session.commit()
    assert "Enter the key again" in wrong(instance)["connection openai"]


def test_a_database_that_is_locked_can_be_looked_at(instance: Path) -> None:
    with closing(sqlite3.connect(instance / "aiconnect.db")) as other:
        other.execute("BEGIN IMMEDIATE")
        assert wrong(instance) == {}
