"""Commands on an instance whose database is PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.cluster import Cluster

pytestmark = pytest.mark.on_postgresql

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz"


def test_a_round_through_the_commands(shell: Shell) -> None:
    assert "in place" in shell.ok("init")
    shell.add_user()
    shell.ok("connection", "add", "openai", "--key-stdin", "--model", "gpt-x", stdin=KEY)
    shell.ok("token", "add", "laptop", "--user", "alice@example.org")
    shell.ok("connection", "disable", "openai")
    assert [row["state"] for row in shell.json("connection", "list")] == ["off"]
    assert [row["id"] for row in shell.json("model", "list")] == ["openai/gpt-x"]
    assert [row["email"] for row in shell.json("user", "list")] == ["alice@example.org"]
    assert shell.json("usage", "summary") == []
    assert shell.ok("usage", "export", "--format", "csv").startswith("id,at,user")
    shell.ok("connection", "remove", "openai")
    assert "PostgreSQL" in shell.ok("doctor")


def test_a_database_that_is_away_is_one_line(shell: Shell, cluster: Cluster) -> None:
    cluster.stop()
    try:
        assert "does not answer" in shell.sorry("user", "list")
        result = shell.run("doctor")
    finally:
        cluster.start()
    assert result.exit_code == 1
    assert "WRONG database: PostgreSQL at 127.0.0.1" in result.stdout


def test_a_copy_of_the_folder_finds_the_database(shell: Shell, tmp_path: Path) -> None:
    """The folder holds the key, the address says the rest."""
    shell.add_user()
    moved = shell.instance.rename(tmp_path / "moved")
    environ = {name: value for name, value in shell._environ.items() if "DATABASE" in name}
    assert len(Shell(moved, environ).json("user", "list")) == 1
