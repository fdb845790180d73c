"""The doctor sees what is wrong, and touches nothing."""

from __future__ import annotations

import fcntl
import re
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
from tests.cluster import Cluster
from tests.ledger import add, record
from tests.locks import held, write_lock

Environ = dict[str, str]


def examine(environ: Environ, **more: str) -> dict[str, Line]:
    return {line.name: line for line in doctor.examine({**environ, **more})}


def wrong(environ: Environ, **more: str) -> dict[str, str]:
    return {name: line.said for name, line in examine(environ, **more).items() if not line.ok}


@pytest.fixture
def connection(session: Session, vault: Vault) -> Connection:
    draft = Draft("openai", secret=Secret("sk-proj-abcdefghijklmnopqrstuvwxyz"))
    return connections.add(session, SYSTEM, draft, rows=PROVIDERS, vault=vault)


def test_a_fresh_installation_is_well(environ: Environ) -> None:
    lines = examine(environ)
    assert set(lines) == {
        "settings", "files", "disk", "journal", "server", "database", "key", "clock",
    }  # fmt: skip
    assert all(line.ok for line in lines.values())


def test_looking_changes_nothing(instance: Path, environ: Environ) -> None:
    before = {path: path.read_bytes() for path in instance.rglob("*") if path.is_file()}
    examine(environ)
    after = {path: path.read_bytes() for path in instance.rglob("*") if path.is_file()}
    assert after == before


def test_a_wrong_setting_is_all_that_is_said(environ: Environ) -> None:
    assert list(wrong(environ, AICONNECT_NOSUCH="1")) == ["settings"]


def test_a_missing_instance_is_said(tmp_path: Path) -> None:
    assert "aiconnect init" in wrong({"AICONNECT_INSTANCE": str(tmp_path / "nowhere")})["instance"]
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.on_sqlite
@pytest.mark.parametrize("name", ["aiconnect.db", "master.key", "."])
def test_files_that_others_can_read_are_named(instance: Path, environ: Environ, name: str) -> None:
    (instance / name).chmod(0o755)
    assert str(instance / name) in wrong(environ)["files"]


def test_a_key_that_does_not_fit_is_said(instance: Path, environ: Environ) -> None:
    (instance / "master.key").write_text(new_key().reveal())
    assert "does not open" in wrong(environ)["key"]


def test_a_rotation_that_was_interrupted_is_said(instance: Path, environ: Environ) -> None:
    path = instance / "master.key"
    path.write_text(f"{new_key().reveal()}\n{path.read_text()}")
    assert "aiconnect key rotate" in wrong(environ)["rotation"]


def test_a_missing_key_is_said(instance: Path, environ: Environ) -> None:
    (instance / "master.key").unlink()
    assert "no master key" in wrong(environ)["key"]


def test_an_older_schema_is_said(environ: Environ, engine: Engine) -> None:
    schema.downgrade(engine, "base")
    assert "aiconnect init" in wrong(environ)["database"]


@pytest.mark.on_sqlite
def test_a_file_that_is_no_database_is_said(instance: Path, environ: Environ) -> None:
    (instance / "aiconnect.db").write_bytes(b"no database at all" * 100)
    assert "cannot be read" in wrong(environ)["database"]


def test_a_record_from_the_future_means_that_the_clock_is_wrong(
    environ: Environ, session: Session
) -> None:
    add(session, record(at=clock.now() + timedelta(days=1)))
    assert "Set it right" in wrong(environ)["clock"]


def test_a_journal_left_behind_is_said(instance: Path, environ: Environ) -> None:
    (instance / "journal").mkdir(mode=0o700)
    (instance / "journal" / "writer-000001.segment").touch(mode=0o600)
    assert "left behind" in wrong(environ)["journal"]


def test_what_could_not_be_read_of_the_journal_is_said(instance: Path, environ: Environ) -> None:
    (instance / "journal" / "damaged").mkdir(mode=0o700, parents=True)
    (instance / "journal").chmod(0o700)
    (instance / "journal" / "damaged" / "piece").touch(mode=0o600)
    assert "could not be read" in wrong(environ)["journal"]


def test_a_running_server_s_journal_is_its_own(instance: Path, environ: Environ) -> None:
    (instance / "journal").mkdir(mode=0o700)
    (instance / "journal" / "writer-000001.segment").touch(mode=0o600)
    with held(instance / serving.LOCK) as pid:
        lines = examine(environ)
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
    environ: Environ, session: Session, connection: Connection, state: State, is_well: bool
) -> None:
    connection.state, connection.finding = state, "key_refused"
    session.commit()
    line = examine(environ)["connection openai"]
    assert line.ok is is_well
    assert state in line.said
    assert is_well or "aiconnect connection test openai" in line.said


def test_a_connection_that_is_off_is_not_wrong(
    environ: Environ, session: Session, connection: Connection
) -> None:
    connection.state = State.UNREACHABLE
    connections.disable(session, SYSTEM, connection.id)
    assert examine(environ)["connection openai"].ok


def test_a_key_that_does_not_open_is_said_of_its_connection(
    environ: Environ, session: Session, connection: Connection
) -> None:
    session.execute(update(Credential).values(sealed="spoilt"))
    session.commit()
    assert "Enter the key again" in wrong(environ)["connection openai"]


def test_a_database_that_is_locked_can_be_looked_at(environ: Environ, engine: Engine) -> None:
    with write_lock(engine):
        assert wrong(environ) == {}


@pytest.mark.on_postgresql
def test_a_server_is_named_by_version_and_place(environ: Environ, cluster: Cluster) -> None:
    said = examine(environ)["database"].said
    assert re.match(rf"PostgreSQL \d+\S* answers at 127\.0\.0\.1:{cluster.port}\. Schema ", said)


@pytest.mark.on_postgresql
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:m4rker@127.0.0.1:{closed}/ai", "does not answer"),
        ("postgresql://u:m4rker@nosuch.invalid/ai", "does not answer"),
        ("postgresql://keyed:m4rker@127.0.0.1:{port}/postgres", "does not let us in"),
        ("postgresql://nobody:m4rker@127.0.0.1:{port}/postgres", "does not let us in"),
        ("postgresql://aiconnect:m4rker@127.0.0.1:{port}/nosuch", "Make it: createdb nosuch"),
        ("postgresql://aiconnect:m4rker@127.0.0.1:{port}/postgres", "database is empty"),
    ],
)
def test_a_server_that_cannot_be_used_is_said_without_its_password(
    environ: Environ, cluster: Cluster, free_port: int, url: str, said: str
) -> None:
    place = url.format(port=cluster.port, closed=free_port)
    found = wrong(environ, AICONNECT_DATABASE_URL=place)
    assert list(found) == ["database"]
    assert said in found["database"]
    assert "m4rker" not in found["database"]
