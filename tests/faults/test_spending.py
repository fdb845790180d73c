"""Hard budgets while records cannot be written: they hold to the cent, before and after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from aiconnect.models import BudgetTally, UsageRecord
from tests.fakes.dialects import OpenAI
from tests.faults.test_locked_database import held
from tests.gateway.test_budgets import DOLLAR, MOST, ask, code, instance_of, limit
from tests.running import Instance, Running, serving, until

CALL = MOST * DOLLAR // 1000
"""What each call costs here."""
PAID = 10
"""How many the budget has room for."""


@pytest.fixture
def instance(environ: dict[str, str], openai_fake: OpenAI) -> Iterator[Instance]:
    made = instance_of(environ, openai_fake)
    openai_fake.answer("It rained.", completion=MOST)
    limit(made, "all", str(PAID * CALL / DOLLAR))
    yield made
    made.close()


def codes(server: Running, token: str, count: int) -> list[str]:
    return [code(ask(server, token, stream=number % 2 == 0)) for number in range(count)]


def check(instance: Instance) -> None:
    """The budget is spent to its end, and page, ledger and tally agree."""
    assert until(lambda: tally(instance) == PAID * CALL)
    with instance.session() as session:
        paid = session.scalars(select(UsageRecord.cost).where(UsageRecord.cost > 0)).all()
    assert sum(paid) == PAID * CALL


def tally(instance: Instance) -> int:
    with instance.session() as session:
        return session.scalars(select(BudgetTally.spent)).one_or_none() or 0


@pytest.mark.on_both
def test_a_budget_is_not_overshot_while_the_database_is_locked(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    with serving(instance, log) as server:
        assert codes(server, token, 2) == ["", ""]
        assert until(lambda: tally(instance) == 2 * CALL)
        with held(instance):
            said = codes(server, token, PAID + 5)
            assert said[: PAID - 2] == [""] * (PAID - 2)
            assert set(said[PAID - 2 :]) <= {"budget_spent", "budget_held"}
        check(instance)
        assert codes(server, token, 1) == ["budget_spent"]


def test_nor_by_a_server_that_was_killed_meanwhile(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    token = instance.add_token()
    with serving(instance, log) as server, held(instance):
        assert codes(server, token, PAID - 3) == [""] * (PAID - 3)
        server.kill()
    with serving(instance, log) as server:
        said = codes(server, token, PAID)
        assert said[:3] == ["", "", ""]
        assert set(said[3:]) <= {"budget_spent", "budget_held"}
        check(instance)


def test_nor_by_one_that_starts_again_under_the_lock(
    instance: Instance, log: Path, openai_fake: OpenAI
) -> None:
    """What the killed one left behind is not in the ledger yet, but counts."""
    token = instance.add_token()
    with serving(instance, log) as server, held(instance):
        assert codes(server, token, PAID - 3) == [""] * (PAID - 3)
        server.kill()
        with serving(instance, log, answers="/healthz") as again:
            assert codes(again, token, 3) == ["budget_held"] * 3
            again.kill()
    with serving(instance, log) as server:
        assert until(lambda: "" not in codes(server, token, 1))
        with instance.session() as session:
            paid = session.scalars(select(UsageRecord.cost).where(UsageRecord.cost > 0)).all()
        assert sum(paid) <= PAID * CALL
