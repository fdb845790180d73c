"""`aiconnect route` and `aiconnect collection`, and the limits of tokens, people, connections."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Shell

EMAIL = "alice@example.org"


@pytest.fixture
def near(shell: Shell) -> Shell:
    """A shell with two connections."""
    shell.ok("connection", "add", "ollama", "--name", "near", "--model", "a,b")
    shell.ok("connection", "add", "ollama", "--name", "far", "--model", "a,c")
    return shell


def limits(row: dict[str, Any]) -> tuple[int | None, ...]:
    return tuple(row[name] for name in ("requests_per_minute", "tokens_per_minute", "parallel"))


def test_a_route_is_added_listed_and_removed(near: Shell) -> None:
    assert "near/a, far/c" in near.ok("route", "add", "writer", "a", "far/c")
    (row,) = near.json("route", "list")
    assert (row["name"], row["steps"]) == ("writer", ["near/a", "far/c"])
    assert row["total_seconds"] is None
    assert row["made_at"].endswith("Z")
    near.ok("route", "remove", "writer")
    assert near.json("route", "list") == []


def test_a_route_that_hides_a_model_is_made_and_said(near: Shell) -> None:
    done = near.run("route", "add", "a", "far/a")
    assert done.exit_code == 0
    assert "near/a" in done.stderr
    assert near.run("route", "add", "other", "far/a").stderr == ""


def test_explaining_says_what_is_tried_and_what_is_not(near: Shell) -> None:
    near.ok("route", "add", "writer", "far/c", "near/a")
    near.ok("connection", "disable", "far")
    rows = near.json("route", "explain", "writer")
    assert [(row["tried"], row["model"], row["why"]) for row in rows] == [
        (None, "far/c", "Its connection is off"), (1, "near/a", None),
    ]  # fmt: skip
    assert "running server" in near.run("route", "explain", "writer").stderr


def test_explaining_as_an_access_token_sees_it(near: Shell) -> None:
    near.add_user(EMAIL)
    near.ok("token", "add", "laptop", "--user", EMAIL, "--model", "far/*")
    rows = near.json("route", "explain", "a", "--token", "laptop")
    assert [(row["tried"], row["model"]) for row in rows] == [(None, "near/a"), (1, "far/a")]
    assert "token list" in near.sorry("route", "explain", "a", "--token", "nosuch")


@pytest.mark.parametrize("name", ["near/b", "b", "collection/best"])
def test_any_public_name_is_explained(near: Shell, name: str) -> None:
    near.ok("collection", "add", "best")
    near.ok("collection", "put", "best", "b")
    assert [row["model"] for row in near.json("route", "explain", name)] == ["near/b"]


def test_a_collection_is_filled_ordered_renamed_and_removed(near: Shell) -> None:
    near.ok("collection", "add", "best")
    assert "near/a, far/c" in near.ok("collection", "put", "best", "a", "far/c")
    assert "all are in it" in near.ok("collection", "put", "best", "near/a")
    assert near.ok("collection", "move", "best", "c", "1") == "far/c, near/a\n"
    rows = near.json("model", "list", "--collection", "best")
    assert [row["id"] for row in rows] == ["far/c", "near/a"]
    near.ok("collection", "rename", "best", "top")
    near.ok("collection", "take", "top", "near/a")
    (row,) = near.json("collection", "list")
    assert (row["name"], row["models"]) == ("top", ["far/c"])
    near.ok("collection", "remove", "top")
    assert near.json("collection", "list") == []


def test_removing_a_collection_says_who_loses_it(near: Shell) -> None:
    near.add_user(EMAIL)
    near.ok("collection", "add", "best")
    near.ok("token", "add", "laptop", "--user", EMAIL, "--collection", "best")
    assert near.json("token", "list")[0]["collections"] == ["best"]
    assert "laptop" in near.run("collection", "remove", "best").stderr
    assert near.json("token", "list")[0]["collections"] == []


def test_a_token_has_its_limits(near: Shell) -> None:
    near.add_user(EMAIL)
    words = ["--requests-per-minute", "60", "--tokens-per-minute", "9000", "--parallel", "2"]
    near.ok("token", "add", "bound", "--user", EMAIL, *words)
    near.ok("token", "add", "free", "--user", EMAIL)
    rows = {row["name"]: row for row in near.json("token", "list")}
    assert limits(rows["bound"]) == (60, 9000, 2)
    assert limits(rows["free"]) == (None, None, None)
    assert rows["free"]["collections"] is None


def test_no_token_is_made_for_a_collection_that_is_not_there(shell: Shell) -> None:
    shell.add_user(EMAIL)
    said = shell.sorry("token", "add", "t", "--user", EMAIL, "--collection", "nosuch")
    assert "collection list" in said
    assert shell.json("token", "list") == []


def test_a_person_is_limited_and_freed(shell: Shell) -> None:
    shell.add_user(EMAIL)
    shell.ok("user", "limit", EMAIL, "--requests-per-minute", "5", "--parallel", "1")
    assert limits(shell.json("user", "list")[0]) == (5, None, 1)
    shell.ok("user", "limit", EMAIL, "--parallel", "0")
    assert limits(shell.json("user", "list")[0]) == (5, None, None)


def test_a_connection_is_limited_and_freed(near: Shell) -> None:
    near.ok("connection", "edit", "near", "--tokens-per-minute", "100")
    assert limits(near.json("connection", "list")[0]) == (None, 100, None)
    near.ok("connection", "edit", "near", "--tokens-per-minute", "0")
    assert limits(near.json("connection", "list")[0]) == (None, None, None)
