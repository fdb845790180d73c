"""`aiconnect budget`, `freeze`, `unfreeze`, and an access token with a budget."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shell

EMAIL = "alice@example.org"


def test_a_budget_is_added_listed_and_removed(shell: Shell) -> None:
    said = shell.ok("budget", "add", "team", "--limit", "20.50", "--period", "month")
    assert "0 of 20.5 USD" in said
    (row,) = shell.json("budget", "list")
    assert (row["name"], row["scope"], row["target"], row["period"]) == (
        "team", "team", None, "month",
    )  # fmt: skip
    assert (row["limit_usd"], row["spent_usd"], row["left_usd"]) == ("20.5", "0", "20.5")
    assert (row["state"], row["soft"], row["exceeded"]) == ("ok", False, 0)
    assert row["resets_at"].endswith("Z")
    shell.ok("budget", "remove", "team")
    assert shell.json("budget", "list") == []


@pytest.mark.parametrize(
    ("option", "name", "scope"),
    [
        ("--user", EMAIL, "person"),
        ("--token", "laptop", "token"),
        ("--connection", "near", "connection"),
        ("--collection", "good", "collection"),
    ],
)
def test_a_budget_is_of_one_thing(shell: Shell, option: str, name: str, scope: str) -> None:
    shell.add_user(EMAIL)
    shell.ok("token", "add", "laptop", "--user", EMAIL)
    shell.ok("connection", "add", "ollama", "--name", "near", "--model", "a")
    shell.ok("collection", "add", "good")
    more = ("--limit", "1", "--period", "total", "--soft", option, name)
    shell.ok("budget", "add", "one", *more)
    (row,) = shell.json("budget", "list")
    assert (row["scope"], row["target"], row["soft"], row["resets_at"]) == (scope, name, True, None)


def test_what_a_budget_is_of_must_be_there(shell: Shell) -> None:
    more = ("--limit", "1", "--period", "day")
    for option, group in (
        ("--user", "user"), ("--token", "token"), ("--connection", "connection"),
        ("--collection", "collection"),
    ):  # fmt: skip
        line = shell.sorry("budget", "add", "one", *more, option, "nosuch")
        assert f"aiconnect {group} list" in line
    assert "budget list" in shell.sorry("budget", "remove", "one")


@pytest.mark.parametrize("limit", ["-1", "NaN", "much", "Infinity", ""])
def test_what_is_no_amount_is_a_slip_of_the_command(shell: Shell, limit: str) -> None:
    assert shell.run("budget", "add", "x", "--limit", limit, "--period", "day").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--limit", "1"),
        ("--period", "day"),
        ("--limit", "1", "--period", "week"),
        ("--limit", "1", "--period", "day", "--user", "a", "--token", "b"),
        ("--limit", "1", "--period", "day", "--warn", "101"),
    ],
)
def test_a_budget_needs_a_limit_and_a_period(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.run("budget", "add", "x", *words).exit_code == 2


def test_an_absurd_limit_is_refused(shell: Shell) -> None:
    line = shell.sorry("budget", "add", "x", "--limit", "10000000", "--period", "day")
    assert "1000000" in line


def test_an_access_token_with_a_budget(shell: Shell) -> None:
    shell.add_user(EMAIL)
    secret = shell.ok("token", "add", "laptop", "--user", EMAIL, "--budget", "0.50")
    assert secret.startswith("aic_")
    (row,) = shell.json("budget", "list")
    assert (row["name"], row["scope"], row["target"]) == ("laptop", "token", "laptop")
    assert (row["limit_usd"], row["period"], row["soft"]) == ("0.5", "total", False)


def test_spending_is_frozen_and_goes_on(shell: Shell) -> None:
    assert "command line" in shell.ok("freeze")
    assert "command line" in shell.ok("freeze")
    assert "again" in shell.ok("unfreeze")
    assert "not frozen" in shell.ok("unfreeze")


def test_models_that_nothing_is_left_for_are_not_available(shell: Shell) -> None:
    shell.ok("connection", "add", "mistral", "--key-stdin", "--model", "dear", stdin="k" * 32)
    shell.ok("price", "set", "dear", "--input", "1", "--output", "2")
    assert [row["available"] for row in shell.json("model", "list")] == [True]
    shell.ok("budget", "add", "none", "--limit", "0", "--period", "total")
    (row,) = shell.json("model", "list")
    assert (row["available"], row["reason"]) == (False, "over_budget")
    shell.ok("freeze")
    assert shell.json("model", "list")[0]["reason"] == "spend_frozen"
