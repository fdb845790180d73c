"""`aiconnect price reprice`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, UsageRecord
from tests.cli.conftest import Shell
from tests.ledger import add, record

SINCE = ("--since", "2026-11-01")


@pytest.fixture
def unknown(session: Session) -> None:
    """Three calls of a model that has got a price since."""
    now = clock.now()
    made = Connection(name="work", provider="compatible", base_url="https://x.example/v1",
                      state_since=now, made_at=now)  # fmt: skip
    session.add(made)
    session.flush()
    add(session, *(
        record(seq=number, at=now - timedelta(hours=1), connection_id=made.id, connection="work",
               model="m", input_tokens=10**6, output_tokens=0)
        for number in (1, 2, 3)
    ))  # fmt: skip


@pytest.fixture
def price(shell: Shell, unknown: None) -> None:
    since = clock.iso(clock.now() - timedelta(days=2))
    shell.ok("price", "set", "work/m", "--input", "2", "--output", "1", "--from", since)


def costs(session: Session) -> list[int | None]:
    session.rollback()  # to read what another connection has written meanwhile
    return list(session.scalars(select(UsageRecord.cost)))


def code(said: str) -> str:
    return said.split("Code: ")[1].split(maxsplit=1)[0]


@pytest.mark.on_both
def test_it_is_looked_at_first_and_done_by_its_code(
    shell: Shell, session: Session, price: None
) -> None:
    said = shell.ok("price", "reprice", *SINCE)
    assert "3 of 3 calls would cost something else: 0 USD now, 6 USD then." in said
    assert "3 of unknown cost would be measured." in said
    assert costs(session) == [None] * 3
    done = shell.ok("price", "reprice", *SINCE, "--apply", code(said))
    assert done == "Priced 3 calls anew: 0 USD before, 6 USD now.\n"
    assert costs(session) == [2 * 10**9] * 3
    assert "0 of 3 calls" in shell.ok("price", "reprice", *SINCE)
    assert shell.ok("price", "reprice", *SINCE, "--connection", "nosuch") == "No call fits.\n"


def test_yes_does_it_at_once(shell: Shell, session: Session, price: None) -> None:
    assert "Priced 3 calls anew" in shell.ok("price", "reprice", *SINCE, "--unknown", "--yes")
    assert costs(session) == [2 * 10**9] * 3
    assert "Priced" not in shell.ok("price", "reprice", *SINCE, "--yes")


def test_programs_get_the_lines_and_nothing_else_on_stdout(shell: Shell, price: None) -> None:
    assert shell.json("price", "reprice", *SINCE, "--model", "m") == [
        {"connection": "work", "model": "m", "calls": 3, "changed": 3,
         "before_usd": "0", "after_usd": "6"},
    ]  # fmt: skip
    assert shell.json("price", "reprice", *SINCE, "--connection", "none") == []


def test_a_code_is_of_the_prices_that_were_seen(
    shell: Shell, session: Session, price: None
) -> None:
    seen = code(shell.ok("price", "reprice", *SINCE))
    shell.ok("price", "set", "work/m", "--input", "3", "--output", "1", "--from", "2026-11-02")
    shell.sorry("price", "reprice", *SINCE, "--apply", seen)
    assert costs(session) == [None] * 3


def test_calls_that_came_later_spoil_no_code(shell: Shell, session: Session, price: None) -> None:
    seen = code(shell.ok("price", "reprice", *SINCE))
    add(session, record(seq=4, at=clock.now(), connection="work", model="m", connection_id=1))
    assert "Priced 3 calls" in shell.ok("price", "reprice", *SINCE, "--apply", seen)


@pytest.mark.parametrize(
    "words",
    [(), ("--since", "yesterday"), (*SINCE, "--until", "x"), (*SINCE, "--apply", "abc"),
     (*SINCE, "--apply", "-"), (*SINCE, "--apply", "9" * 30 + "-a"),
     (*SINCE, "--apply", "1-a", "--yes")],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_fault_of_the_command(shell: Shell, words) -> None:
    assert shell.run("price", "reprice", *words).exit_code == 2


def test_a_period_that_has_not_begun_is_refused(shell: Shell) -> None:
    assert "must begin before it ends" in shell.sorry("price", "reprice", "--since", "2099-01-01")


def test_the_help_names_it(shell: Shell) -> None:
    assert "reprice" in shell.ok("price", "--help")
    assert "--apply" in shell.ok("price", "reprice", "--help")
