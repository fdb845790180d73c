"""`aiconnect price`."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.client import Client
from aiconnect.models import Connection, CostState, OwnPrice, ServedModel
from aiconnect.services import price_updates
from aiconnect.services.audit import SYSTEM
from aiconnect.wire.addresses import ShippedPolicy
from tests.cli.conftest import Shell
from tests.ledger import add, record
from tests.price_source import PriceSource, model, price_source, table

__all__ = ["price_source"]


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


def test_unknown_ones_are_listed_alone(shell: Shell, session: Session, served: None) -> None:
    unknown = record(connection="gone", model="m")
    free = record(connection="here", model="gemma", cost=0, cost_state=CostState.FREE)
    add(session, unknown, free, record(connection="gone", model="m"))
    assert (
        shell.json("price", "list", "--unknown")
        == [
            {"model": "gone/m", "served": False, "source": None, "unknown_calls": 2},
            {"model": "claude/nobody-s", "served": True, "source": None, "unknown_calls": 0},
            {
                "model": "router/nobody-s-too",
                "served": True,
                "source": "provider",
                "unknown_calls": 0,
            },
        ][:2]
    )
    assert len(shell.ok("price", "list", "--unknown").splitlines()) == 3


def test_it_is_said_when_nothing_is_unknown(shell: Shell, session: Session) -> None:
    serve(session, "here", "llamacpp", "gemma")
    assert "cost of every call is known" in shell.ok("price", "list", "--unknown")
    assert shell.json("price", "list", "--unknown") == []


# --- days, patterns, history ---------------------------------------------------------------

FLAT = ("--input", "1", "--output", "2")


def test_a_price_begins_on_a_day_of_the_team(shell: Shell, session: Session) -> None:
    said = shell.ok(
        "price", "set", "m", *FLAT, "--from", "2026-01-01", AICONNECT_TIMEZONE="Asia/Jakarta"
    )
    assert "2025-12-31T17:00" in said
    assert session.scalars(select(OwnPrice)).one().valid_from.isoformat() == (
        "2025-12-31T17:00:00+00:00"
    )


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "0001-01-01", "2026-01-01T10:00"])
def test_what_is_no_day_is_a_wrong_use(shell: Shell, session: Session, since: str) -> None:
    assert shell.run("price", "set", "m", *FLAT, "--from", since).exit_code == 2
    assert session.scalars(select(OwnPrice)).all() == []


def test_history_is_shown_with_who_and_when(shell: Shell) -> None:
    shell.ok("price", "set", "m", *FLAT)
    shell.ok("price", "withdraw", "m")
    rows = shell.json("price", "history", "m")
    assert [(row["input"], row["is_withdrawn"], row["made_by"]) for row in rows] == [
        (None, True, "command line"), ("1", False, "command line"),
    ]  # fmt: skip
    assert len(shell.ok("price", "history", "m").splitlines()) == 3
    assert shell.json("price", "history", "other") == []


def test_a_pattern_is_a_price_of_all_that_fit(shell: Shell, served: None) -> None:
    result = shell.run("price", "set", "claude/nobody*", *FLAT)
    assert (result.exit_code, result.stderr) == (0, "")
    rows = {row["model"]: row["source"] for row in shell.json("price", "list")}
    assert rows["claude/nobody-s"] == rows["claude/nobody*"]
    assert rows["claude/nobody-s"].startswith("own:")
    assert "No connection lists" in shell.run("price", "set", "zzz*", *FLAT).stderr


def test_the_price_of_one_token_is_asked_about(shell: Shell) -> None:
    result = shell.run("price", "set", "m", "--input", "0.000003", "--output", "0.000015")
    assert result.exit_code == 0
    assert "Did you mean 3 per million" in result.stderr
    assert "Did you mean 15 per million" in result.stderr


# --- tables --------------------------------------------------------------------------------


@pytest.fixture
def fetching(shell: Shell, session: Session, price_source: PriceSource) -> PriceSource:
    serve(session, "work", "openai", "gpt-6-sol", "new-one")
    shell.ok("setting", "set", "price-url", price_source.url)
    price_source.body = table(model("gpt-6-sol", input=700, output=9), model("new-one"))
    return price_source


@pytest.mark.on_both
def test_newer_prices_are_shown_then_taken_over(shell: Shell, fetching: PriceSource) -> None:
    rows = shell.json("price", "check")
    assert [(row["model"], row["what"], row["new_input"], row["is_jump"]) for row in rows] == [
        ("work/gpt-6-sol", "changed", "700", True), ("work/new-one", "added", "1", False),
    ]  # fmt: skip
    before = shell.json("price", "list")[0]["input"]
    shown = shell.run("price", "check")
    assert "a hundred times" in shown.stderr
    digest = shown.stdout.rsplit("accept ", 1)[1].split("`")[0]
    assert shell.json("price", "list")[0]["input"] == before == rows[0]["input"]
    assert "Prices come from genai-prices 2" in shell.ok("price", "accept", digest)
    assert shell.json("price", "list")[0]["input"] == "700"
    assert "Nothing is newer" in shell.ok("price", "check")
    assert "bundled" in shell.ok("price", "accept", "--bundled")
    assert shell.json("price", "list")[0]["input"] == before


def test_accept_without_a_digest_takes_what_a_command_has_shown(shell, fetching) -> None:
    shell.ok("price", "check")
    shell.ok("price", "accept")
    assert "Nothing waits" in shell.sorry("price", "accept")


def test_what_the_server_has_fetched_is_not_accepted_unseen(shell, session, fetching) -> None:
    price_updates.check(session, SYSTEM, client=Client(ShippedPolicy()))
    assert "no command has shown" in shell.sorry("price", "accept")
    shell.ok("price", "check")
    shell.ok("price", "accept")


@pytest.mark.parametrize("digest", ["", "0", "zzzzzzzzzzzzzzzz", "\ud800"])
def test_another_digest_than_the_one_that_waits_is_refused(shell, fetching, digest) -> None:
    shell.ok("price", "check")
    assert "Other prices wait" in shell.sorry("price", "accept", digest)
    assert shell.run("price", "accept", "--bundled", "x").exit_code == 2


def test_dismissed_prices_wait_no_more(shell: Shell, fetching: PriceSource) -> None:
    assert "Nothing waits" in shell.sorry("price", "dismiss")
    shell.ok("price", "check")
    assert "Dismissed genai-prices" in shell.ok("price", "dismiss")
    assert "Nothing waits" in shell.sorry("price", "accept")


def test_a_fetch_that_fails_is_one_line(shell: Shell, fetching: PriceSource) -> None:
    fetching.status = 503
    assert "answered 503" in shell.sorry("price", "check")


def test_the_settings_of_prices_are_listed_and_set(shell: Shell) -> None:
    shell.ok("setting", "set", "price-checks", "on")
    rows = {row["name"]: row for row in shell.json("setting", "list")}
    assert (rows["price-checks"]["value"], rows["price-checks"]["default"]) == ("on", "off")
    assert rows["price-url"]["value"].startswith("https://raw.githubusercontent.com/")
    assert "on or off" in shell.sorry("setting", "set", "price-checks", "perhaps")
