"""`aiconnect price`."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, CostState, OwnPrice, ServedModel
from tests.cli.conftest import Shell
from tests.ledger import add, record


def serve(session: Session, name: str, provider: str, *models: str) -> None:
    now = clock.now()
    made = Connection(name=name, provider=provider, base_url="x", state_since=now, made_at=now)
    seen = {"first_seen": now, "last_seen": now}
    session.add(made)
    session.flush()
    session.add_all(ServedModel(connection_id=made.id, model_id=one, **seen) for one in models)
    session.commit()


@pytest.fixture
def served(session: Session) -> None:
    serve(session, "claude", "anthropic", "claude-opus-5-5", "nobody-s")
    serve(session, "here", "llamacpp", "gemma")
    serve(session, "router", "openrouter", "nobody-s-too")


def test_the_price_in_force_of_each_model_is_listed(shell: Shell, served: None) -> None:
    rows = {row["model"]: row for row in shell.json("price", "list")}
    opus = rows["claude/claude-opus-5-5"]
    assert opus["source"].startswith("genai-prices ")
    assert opus == {
        "model": "claude/claude-opus-5-5", "source": opus["source"], "input": "4",
        "cache_read": "0.2", "cache_write": "5", "output": "20", "reasoning": "20",
        "above": [], "per_call": None, "valid_from": None,
    }  # fmt: skip
    sources = [(name, row["source"], row["input"]) for name, row in rows.items()][1:]
    assert sources == [
        ("claude/nobody-s", None, None),
        ("here/gemma", "free", None),
        ("router/nobody-s-too", "provider", None),
    ]


@pytest.mark.on_both
def test_an_own_price_is_in_force_once_set(shell: Shell, served: None) -> None:
    words = ["--input", "2.50", "--output", "10", "--cache-read", "0"]
    assert "claude/nobody-s" in shell.ok("price", "set", "claude/nobody-s", *words)
    row = next(row for row in shell.json("price", "list") if row["model"] == "claude/nobody-s")
    assert row["source"].startswith("own:")
    assert (row["input"], row["cache_read"], row["cache_write"]) == ("2.5", "0", "2.5")
    assert (row["output"], row["reasoning"]) == ("10", "10")
    assert row["valid_from"].endswith("Z")


def test_own_prices_of_other_names_are_listed_too(shell: Shell, served: None) -> None:
    shell.ok("price", "set", "some-model", "--input", "0", "--output", "0")
    row = shell.json("price", "list")[-1]
    assert (row["model"], row["input"], row["output"]) == ("some-model", "0", "0")


def test_tiers_are_listed(shell: Shell, session: Session) -> None:
    serve(session, "g", "gemini", "gemini-2.5-pro")
    (row,) = shell.json("price", "list")
    assert (row["input"], row["above"]) == ("1.25", ["200000: 2.5 in, 15 out"])


def test_a_table_for_people_is_one_line_a_model(shell: Shell, served: None) -> None:
    assert len(shell.ok("price", "list").splitlines()) == 5


def test_earlier_prices_are_kept(shell: Shell, session: Session) -> None:
    for amount in ("1", "2"):
        shell.ok("price", "set", "m", "--input", amount, "--output", amount)
    shell.ok("price", "set", "m", "--withdraw")
    assert [row.input for row in session.scalars(select(OwnPrice).order_by(OwnPrice.id))] == [
        10**9, 2 * 10**9, None,
    ]  # fmt: skip
    assert shell.json("price", "list") == []


def test_what_was_not_set_cannot_be_withdrawn(shell: Shell) -> None:
    assert "no own price of m" in shell.sorry("price", "set", "m", "--withdraw")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--input", "1"),
        ("--output", "1"),
        ("--input", "-1", "--output", "1"),
        ("--input", "nan", "--output", "1"),
        ("--input", "inf", "--output", "1"),
        ("--input", "much", "--output", "1"),
        ("--input", "", "--output", "1"),
        ("--input", "1e30", "--output", "1"),
        ("--input", "1", "--output", "1", "--reasoning", "-0.01"),
        ("--input", "1", "--output", "1", "--withdraw"),
    ],
)
def test_what_is_no_price_is_a_wrong_use(shell: Shell, session: Session, words) -> None:
    result = shell.run("price", "set", "m", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert session.scalars(select(OwnPrice)).all() == []


@pytest.mark.parametrize("amount", ["500.01", "1000000"])
def test_a_price_above_500_is_taken_with_a_warning(shell: Shell, amount: str) -> None:
    result = shell.run("price", "set", "m", "--input", "500", "--output", amount)
    assert result.exit_code == 0
    assert f"--output {amount}" in result.stderr
    assert "--input" not in result.stderr


def test_a_name_that_nobody_serves_is_remarked_on(shell: Shell, served: None) -> None:
    words = ["--input", "1", "--output", "1"]
    for name in ("here/gemma", "gemma"):
        assert shell.run("price", "set", name, *words).stderr == ""
    assert "No connection lists gema" in shell.run("price", "set", "gema", *words).stderr


def test_check_says_what_has_no_price(shell: Shell, session: Session, served: None) -> None:
    unknown = record(connection="gone", model="m")
    free = record(connection="here", model="gemma", cost=0, cost_state=CostState.FREE)
    add(session, unknown, free, record(connection="gone", model="m"))
    assert shell.json("price", "check") == [
        {"model": "gone/m", "served": False, "source": None, "unknown_calls": 2},
        {"model": "claude/nobody-s", "served": True, "source": None, "unknown_calls": 0},
    ]
    assert len(shell.ok("price", "check").splitlines()) == 3


def test_check_says_when_nothing_is_missing(shell: Shell, session: Session) -> None:
    serve(session, "here", "llamacpp", "gemma")
    assert "cost of every call is known" in shell.ok("price", "check")
    assert shell.json("price", "check") == []


def test_accept_is_not_there_yet(shell: Shell) -> None:
    result = shell.run("price", "accept")
    assert (result.exit_code, "No such command" in result.stderr) == (2, True)
