"""`aiconnect doctor`."""

import json
from pathlib import Path

from tests.cli.conftest import Shell


def test_the_doctor_is_content_with_a_fresh_installation(shell: Shell) -> None:
    said = shell.ok("doctor")
    assert all(line.startswith("ok ") for line in said.splitlines())


def test_the_doctor_exits_with_1_when_something_is_wrong(shell: Shell) -> None:
    (shell.instance / "aiconnect.db").chmod(0o644)
    result = shell.run("doctor")
    assert result.exit_code == 1
    assert "WRONG files" in result.stdout


def test_the_doctor_speaks_json(shell: Shell) -> None:
    rows = shell.json("doctor")
    assert all(set(row) == {"name", "ok", "said"} and row["ok"] is True for row in rows)


def test_the_doctor_looks_at_an_instance_that_is_not_there(tmp_path: Path) -> None:
    result = Shell(tmp_path / "nowhere").run("doctor", "--json")
    assert result.exit_code == 1
    assert [row["name"] for row in json.loads(result.stdout) if not row["ok"]] == [
        "instance", "key",
    ]  # fmt: skip
