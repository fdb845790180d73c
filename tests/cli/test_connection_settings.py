"""`aiconnect connection` with headers, certificates, owners, patterns, and the order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from aiconnect.models import Connection
from aiconnect.models.base import open_engine, sessions
from tests.cli.conftest import Shell

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz"
SECRET = "a-secret-value-of-a-header"
URL = "https://api.example.com/v1"


@pytest.fixture
def near(shell: Shell) -> Shell:
    """A shell with one connection of four models."""
    shell.ok("connection", "add", "ollama", "--name", "near", "--model", "a, b,c", "--model", "d")
    return shell


def stored(shell: Shell) -> Connection:
    """The only connection as the database has it."""
    engine = open_engine(f"sqlite:///{shell.instance / 'aiconnect.db'}")
    with sessions(engine)() as session:
        found = session.scalars(select(Connection)).one()
        assert found.header_names is not None
    engine.dispose()
    return found


def reasons(shell: Shell) -> dict[str, str | None]:
    rows: list[dict[str, Any]] = shell.json("model", "list")
    assert all(row["available"] is (row["reason"] is None) for row in rows)
    return {row["model"]: row["reason"] for row in rows}


def test_headers_are_taken_from_options_and_from_a_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "headers"
    path.write_text(f"X-Secret: {SECRET}\n\nX-More: more\n")
    words = ["--url", URL, "--header", "X-Team: a: b", "--header-file", str(path)]
    result = shell.run("connection", "add", "compatible", *words)
    assert result.exit_code == 0
    assert SECRET not in result.output
    assert stored(shell).header_names == ["X-More", "X-Secret", "X-Team"]


@pytest.mark.parametrize(
    ("line", "said"),
    [("Authorization: x", "Authorization"), ("Host: x", "Host"), (SECRET, "Name: value"),
     ("X-A: a\r\nX-B: b", "line break")],
)  # fmt: skip
def test_a_header_that_may_not_be_is_refused_in_one_line(
    shell: Shell, line: str, said: str
) -> None:
    found = shell.sorry("connection", "add", "compatible", "--url", URL, "--header", line)
    assert said in found
    assert SECRET not in found


def test_headers_are_dropped_and_replaced(shell: Shell) -> None:
    shell.ok(
        "connection", "add", "compatible", "--url", URL, "--header", "X-A: 1", "--header", "X-B: 2"
    )
    shell.ok("connection", "edit", "compatible", "--drop-header", "x-a", "--header", "X-C: 3")
    assert stored(shell).header_names == ["X-B", "X-C"]


def test_another_host_needs_the_headers_again(shell: Shell) -> None:
    shell.ok("connection", "add", "compatible", "--url", URL, "--header", "X-A: 1")
    words = ["connection", "edit", "compatible", "--url", "https://elsewhere.example/v1"]
    assert "X-A" in shell.sorry(*words)
    shell.ok(*words, "--header", "X-A: 2")


def test_certificates_come_from_a_file(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "ca.der"
    path.write_bytes(b"\x30\x82\xff")
    words = ["connection", "add", "compatible", "--url", URL, "--ca-file"]
    assert "PEM" in shell.sorry(*words, str(path))
    assert "nowhere" in shell.sorry(*words, str(tmp_path / "nowhere"))


def test_the_wait_is_set_and_made_usual_again(shell: Shell) -> None:
    shell.ok("connection", "add", "ollama", "--first-byte", "900")
    assert stored(shell).first_byte_seconds == 900
    shell.ok("connection", "edit", "ollama", "--first-byte", "0")
    assert stored(shell).first_byte_seconds is None
    assert "3600" in shell.sorry("connection", "edit", "ollama", "--first-byte", "3601")


def test_a_personal_connection_shows_its_owner(shell: Shell) -> None:
    shell.add_user("mel@example.org", "--role", "member")
    shell.add_user("bob@example.org", "--role", "viewer")
    words = ["connection", "add", "openai", "--key-stdin", "--personal"]
    shell.ok(*words, "Mel@example.org", stdin=KEY)
    (row,) = shell.json("connection", "list")
    assert row["owner"] == "mel@example.org"
    assert "aiconnect user list" in shell.sorry(*words, "nobody@example.org", stdin=KEY)
    assert "member" in shell.sorry(*words, "bob@example.org", stdin=KEY)


def test_models_are_hidden_and_shown(near: Shell) -> None:
    near.ok("connection", "edit", "near", "--hide-all", "--show", "a,b", "--show", "c")
    assert reasons(near) == {"a": None, "b": None, "c": None, "d": "hidden"}
    near.ok("connection", "edit", "near", "--show-all", "--hide", "b")
    assert reasons(near) == {"a": None, "b": "hidden", "c": None, "d": None}


def test_a_model_that_is_not_there_is_not_hidden(near: Shell) -> None:
    assert "no model z" in near.sorry("connection", "edit", "near", "--hide", "z")


def test_patterns_say_which_models_are_on(near: Shell) -> None:
    near.ok("connection", "edit", "near", "--allow", "[ab]", "--allow", "d*")
    assert reasons(near) == {"a": None, "b": None, "c": "not_allowed", "d": None}
    near.ok("connection", "edit", "near", "--allow", "")
    assert set(reasons(near).values()) == {None}


@pytest.mark.parametrize(
    "words",
    [["--hide-all", "--show-all"], [], ["--first-byte", "soon"]],
)
def test_some_words_make_no_sense(near: Shell, words: list[str]) -> None:
    assert near.run("connection", "edit", "near", *words).exit_code == 2


@pytest.mark.parametrize("switch", ["--hide-new", "--show-new", "--no-private"])
def test_a_switch_alone_is_a_change_to_ask_for(near: Shell, switch: str) -> None:
    near.ok("connection", "edit", "near", switch)
    assert stored(near).hides_new is (switch == "--hide-new")


def test_connections_move_in_the_order(shell: Shell) -> None:
    for name in "abc":
        shell.ok("connection", "add", "ollama", "--name", name)
    assert shell.ok("connection", "move", "c", "--up") == "a, c, b\n"
    assert shell.ok("connection", "move", "a", "--down") == "c, a, b\n"
    assert [row["name"] for row in shell.json("connection", "list")] == ["c", "a", "b"]
    assert shell.run("connection", "move", "a").exit_code == 2


def test_a_region_is_chosen_by_its_address(shell: Shell) -> None:
    words = ["connection", "add", "openai", "--key-stdin", "--url"]
    assert "eu.api.openai.com" in shell.sorry(*words, "https://other.example/v1", stdin=KEY)
    shell.ok(*words, "https://eu.api.openai.com/v1", stdin=KEY)
    assert stored(shell).base_url == "https://eu.api.openai.com/v1"


def test_a_service_that_has_closed_is_explained(shell: Shell) -> None:
    url = "https://api.endpoints.anyscale.com/v1"
    for slug in ("anyscale", "compatible"):
        assert "has closed" in shell.sorry("connection", "add", slug, "--url", url)


@pytest.mark.parametrize("command", ["add", "edit", "move", "list", "refresh", "test"])
def test_every_command_explains_itself(shell: Shell, command: str) -> None:
    assert "--help" in shell.ok("connection", command, "--help")
