"""A PostgreSQL of our own: a temporary cluster on loopback, for as long as the tests run.

The server refuses to run as root, so root runs it as `nobody`. It dies with the process that
started it, however that ends.
"""

from __future__ import annotations

import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from aiconnect.models import Base
from tests.ports import free_port
from tests.running import until

OWNER = "aiconnect"
PASSWORD = "p%3At%2Fss-marker"
PLAIN_PASSWORD = "p:t/ss-marker"
"""Only the user `keyed` needs one; the first is as it stands in an address."""

# Nothing here must outlive the machine; everything must outlive a killed server.
OPTIONS = {
    "fsync": "off", "full_page_writes": "off", "autovacuum": "off", "shared_buffers": "32MB",
    "max_connections": "200", "wal_level": "minimal", "max_wal_senders": "0", "jit": "off",
    "listen_addresses": "127.0.0.1",
}  # fmt: skip
ACCESS = "local all all trust\nhost all keyed all scram-sha-256\nhost all all all trust\n"


@cache
def binaries() -> Path | None:
    """Where the programs of PostgreSQL are, the newest first; Debian keeps them out of PATH."""
    found = shutil.which("initdb")
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    initdb = kept[-1] if kept else Path(found) if found else None
    return initdb.parent if initdb else None


def _version(path: Path) -> int:
    return int(path.parts[-3])


def _unprivileged() -> dict[str, object]:
    """For subprocess: root becomes nobody."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _die_with_us() -> list[str]:
    return ["setpriv", "--pdeathsig", "QUIT"]


class Cluster:
    """A running server with a database to each test."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="aic-pg-"))  # short: it holds a socket
        self._data, self._log = self._folder / "data", self._folder / "log"
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        if os.getuid() == 0:
            shutil.chown(self._folder, "nobody")
        self._init()
        self.start()
        self.run(f"CREATE ROLE keyed LOGIN SUPERUSER PASSWORD '{PLAIN_PASSWORD}'")

    def _init(self) -> None:
        bin_ = binaries()
        assert bin_ is not None, "PostgreSQL is not installed (packages.txt)"
        # Sorts as people do where it can: what relies on the machine's language shows.
        said = subprocess.check_output([bin_ / "initdb", "--version"], text=True)
        self.major = int(re.findall(r"\d+", said)[0])
        sorting = ["--locale-provider=icu", "--icu-locale=en-US"] if self.major >= 15 else []
        command = [bin_ / "initdb", "-D", self._data, "-U", OWNER, "-A", "trust", "-E", "UTF8",
                   "--no-sync", "--locale=C.UTF-8", *sorting]  # fmt: skip
        self._run(command)
        (self._data / "pg_hba.conf").write_text(ACCESS)

    def _run(self, command: list[object]) -> None:
        done = subprocess.run(
            [str(word) for word in command], cwd=self._folder, capture_output=True, text=True,
            check=False, **_unprivileged(),
        )  # type: ignore[call-overload]  # fmt: skip
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start, or start again, on the same port."""
        bin_ = binaries()
        assert bin_ is not None
        options = {**OPTIONS, "port": self.port, "unix_socket_directories": self._folder}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*_die_with_us(), bin_ / "postgres", "-D", self._data, *words],
                cwd=self._folder, stdout=log, stderr=log, **_unprivileged(),
            )  # type: ignore[call-overload]  # fmt: skip
        assert until(self._answers, 30), self._log.read_text()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, *, at_once: bool = False) -> None:
        """Stop as an operator does, or at once as a failing machine does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
        self._process.wait(30)

    def close(self) -> None:
        self.stop(at_once=True)
        shutil.rmtree(self._folder)

    def run(self, *statements: str | sql.Composed) -> None:
        """Statements of the cluster's owner, outside of any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def url(self, database: str, *, user: str = OWNER) -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def make(self, template: str = "template0") -> str:
        """A new database, a copy of another one; gives its name."""
        name = f"t{next(self._numbers)}"
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.run(made.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Shared:
    """One database for many tests, made as new after each: quicker than a copy of its template.

    A test that changes the schema itself costs a new copy.
    """

    def __init__(self, cluster: Cluster, template: str) -> None:
        self._cluster, self._template = cluster, template
        self.name = cluster.make(template)
        with self._connection() as connection:
            self._shape = self._look(connection)
            self._reset = self._plan(connection)

    def _connection(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._cluster.url(self.name), autocommit=True)

    def renew(self) -> None:
        """As the template is, whatever a test has left."""
        try:
            with self._connection() as connection:
                connection.execute(OTHERS_END)
                if self._look(connection) == self._shape:
                    connection.execute(self._reset)
                    return
        except psycopg.Error:
            pass
        self._cluster.drop(self.name)
        self.name = self._cluster.make(self._template)

    @staticmethod
    def _look(connection: psycopg.Connection[Any]) -> list[Any]:
        return connection.execute(SHAPE).fetchall()

    @staticmethod
    def _plan(connection: psycopg.Connection[Any]) -> sql.Composed:
        """Empty every table, children first, put the first facts back, count from 1 again."""
        tables = [one.name for one in reversed(Base.metadata.sorted_tables)]
        plan = [sql.SQL("DELETE FROM {};").format(sql.Identifier(name)) for name in tables]
        put = sql.SQL("INSERT INTO settings (name, value) VALUES ({}, {});")
        facts = connection.execute("SELECT name, value FROM settings").fetchall()
        plan += [put.format(*map(sql.Literal, fact)) for fact in facts]
        again = sql.SQL("SELECT setval({}, 1, false);")
        named = connection.execute("SELECT sequencename FROM pg_sequences").fetchall()
        return sql.Composed(plan + [again.format(sql.Literal(name)) for (name,) in named])


OTHERS_END = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
SHAPE = """
SELECT relname, attname, atttypid, (SELECT version_num FROM alembic_version)
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = 'public'::regnamespace ORDER BY relname, attnum
"""
