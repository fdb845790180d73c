"""What holds for every command: help, exit codes, one line for a fault, little to load."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from aiconnect.cli import COMMANDS, load, main
from tests.cli.conftest import Shell

BIN = Path(sys.executable).parent


def commands() -> Iterator[tuple[str, ...]]:
    """Every command by its words."""
    for name in COMMANDS:
        command = load(name)
        yield (name,)
        if isinstance(command, click.Group):
            yield from ((name, part) for part in command.commands)


ALL = list(commands())


def test_there_are_exactly_the_commands_of_this_version() -> None:
    assert {" ".join(words) for words in ALL} == {
        "init", "serve", "doctor",
        "user", "user add", "user list", "user disable", "user limit", "user link",
        "provider", "provider list",
        "connection", "connection add", "connection list", "connection test", "connection refresh",
        "connection edit", "connection enable", "connection disable", "connection rotate",
        "connection remove", "connection move",
        "budget", "budget add", "budget list", "budget remove", "freeze", "unfreeze",
        "token", "token add", "token list", "token revoke",
        "model", "model list",
        "collection", "collection add", "collection list", "collection put", "collection move",
        "collection take", "collection rename", "collection remove", "collection export",
        "collection import",
        "route", "route add", "route list", "route explain", "route remove",
        "price", "price list", "price set", "price withdraw", "price history", "price check",
        "price accept", "price dismiss", "price reprice",
        "usage", "usage summary", "usage export",
        "job", "job list", "job run",
        "setting", "setting list", "setting set",
        "key", "key rotate", "key new",
    }  # fmt: skip


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_explains_itself(shell: Shell, words: tuple[str, ...]) -> None:
    assert f"Usage: main {' '.join(words)}" in shell.ok(*words, "--help")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_they_say_themselves(name: str) -> None:
    assert load(name).get_short_help_str(limit=200).rstrip(".") == COMMANDS[name].rstrip(".")


@pytest.mark.parametrize(
    "words",
    [
        ["nosuch"], ["user", "nosuch"], ["user", "add"], ["user", "add", "a@b.c", "--role", "king"],
        ["token", "add", "t"], ["token", "add", "t", "--user", "a@b.c", "--expires", "soon"],
        ["token", "add", "t", "--user", "a@b.c", "--budget", "-5"],
        ["connection", "add", "openai", "--header"], ["job", "run"], ["key", "rotate", "now"],
        ["connection", "rotate", "c"], ["usage", "export"], ["usage", "summary", "--by", "moon"],
        ["usage", "export", "--format", "xml"], ["user", "limit", "a@b.c"],
        ["user", "limit", "a@b.c", "--parallel", "-1"], ["route", "add", "r"],
        ["collection", "put", "c"], ["collection", "move", "c", "m", "0"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_use_exits_with_2(shell: Shell, words: list[str]) -> None:
    assert shell.run(*words).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [["user", "list"], ["connection", "list"], ["token", "list"], ["usage", "summary"],
     ["model", "list"], ["route", "list"], ["collection", "list"]],
    ids=" ".join,
)  # fmt: skip
def test_without_an_instance_one_line_says_to_run_init(tmp_path: Path, words: list[str]) -> None:
    assert "aiconnect init" in Shell(tmp_path / "nowhere").sorry(*words)


def test_a_misspelt_setting_is_one_line(shell: Shell) -> None:
    assert "AICONNECT_NOSUCH" in shell.sorry("user", "list", AICONNECT_NOSUCH="1")


def test_a_database_that_is_none_is_one_line(shell: Shell) -> None:
    (shell.instance / "aiconnect.db").write_bytes(b"no database at all" * 100)
    assert "aiconnect doctor" in shell.sorry("user", "list")


def test_an_instance_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "Not a directory" in Shell(tmp_path / "file" / "instance").sorry("init")


def test_what_is_not_found_names_the_command_that_lists(shell: Shell) -> None:
    assert "`aiconnect user list`" in shell.sorry("user", "link", "nobody@example.org")
    assert "`aiconnect connection list`" in shell.sorry("connection", "test", "nosuch")
    assert "`aiconnect provider list`" in shell.sorry("connection", "add", "nosuch")
    assert "`aiconnect route list`" in shell.sorry("route", "remove", "nosuch")
    assert "`aiconnect collection list`" in shell.sorry("model", "list", "--collection", "nosuch")
    assert "`aiconnect model list`" in shell.sorry("route", "explain", "nosuch")
    assert "`aiconnect token list`" in shell.sorry("token", "revoke", "nosuch")


def test_a_fault_of_ours_keeps_its_trace() -> None:
    @main.command("broken")
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken.main([], standalone_mode=False)
    main.commands.pop("broken")


HEAVY = ("cryptography", "flask", "gunicorn", "jinja2", "sqlalchemy")
HELPED = f"""
import sys
from aiconnect.cli import main
main(["--help"], standalone_mode=False)
sys.exit(", ".join(one for one in {HEAVY} if one in sys.modules) or 0)
"""


def test_help_comes_at_once() -> None:
    """It loads nothing of what takes long."""
    done = subprocess.run(
        [sys.executable, "-c", HELPED], capture_output=True, text=True, check=False
    )
    assert "Usage:" in done.stdout
    assert done.returncode == 0, done.stderr


IMPORTED = """
import sys
from aiconnect.cli import main
main({words!r}, standalone_mode=False)
print(*sorted(name for name in {heavy!r} if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (["--help"], ["sqlalchemy", "flask", "cryptography", "requests"]),
        (["init"], ["flask", "requests", "gunicorn"]),
        (["connection", "list"], ["flask", "requests", "alembic"]),
        (["usage", "summary"], ["flask", "requests", "alembic"]),
    ],
    ids=str,
)
def test_a_command_loads_only_what_it_needs(
    instance: Path, words: list[str], heavy: list[str]
) -> None:
    code = IMPORTED.format(words=words, heavy=heavy)
    environ = {**os.environ, "AICONNECT_INSTANCE": str(instance)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, check=True, capture_output=True, text=True
    )
    assert done.stderr.strip() == ""


def test_flask_reaches_the_same_commands(instance: Path) -> None:
    Shell(instance).add_user()
    environ = {**os.environ, "AICONNECT_INSTANCE": str(instance)}
    done = subprocess.run(
        [BIN / "flask", "--app", "aiconnect", "user", "list"],
        env=environ, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "alice@example.org" in done.stdout


def test_flask_fails_in_one_line_too(tmp_path: Path) -> None:
    environ = {**os.environ, "AICONNECT_INSTANCE": str(tmp_path)}
    done = subprocess.run(
        [BIN / "flask", "--app", "aiconnect", "user", "list"],
        env=environ, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_flask_migrate_finds_the_migrations(instance: Path) -> None:
    environ = {**os.environ, "AICONNECT_INSTANCE": str(instance)}
    done = subprocess.run(
        [BIN / "flask", "--app", "aiconnect", "db", "current"],
        env=environ, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "(head)" in done.stdout


def test_commands_work_while_another_process_reads(shell: Shell) -> None:
    with closing(sqlite3.connect(shell.instance / "aiconnect.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM people").fetchall()
        shell.add_user()
    assert len(shell.json("user", "list")) == 1
