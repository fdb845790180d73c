"""What the gateway counts against budgets follows the ledger, whoever has written it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import Usage
from aiconnect.calls.budgets.spending import Spending
from aiconnect.calls.dispatch import Call
from aiconnect.calls.journal import Journal, lines
from aiconnect.calls.snapshot import Snapshot
from aiconnect.jobs.balance import Balance
from aiconnect.models import BudgetTally
from aiconnect.models.base import sessions
from aiconnect.services import absorbing, budgets, pricing, team_zone
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.writing import writing
from tests.calls.budgeted import MEL, attempt, request
from tests.services.team import Team

pytestmark = pytest.mark.on_both
LIMIT = 10**9


@pytest.fixture
def team(session: Session, vault: Any) -> Team:
    return Team(session, vault)


class Desk:
    """A gateway's counting beside a real ledger; its calls cost 20 million nano-dollars."""

    def __init__(self, session: Session, engine: Engine, folder: Path, team: Team) -> None:
        self.session, self.journal = session, Journal(folder / "journal", "writer")
        self.connection = team.add(name="paid")
        amounts = pricing.Amounts(Decimal(0), Decimal(1000))
        pricing.set_price(session, COMMAND_LINE, "paid/dear", amounts)
        draft = budgets.Draft("all", Decimal(1), "month")
        self.budget = budgets.add(session, COMMAND_LINE, draft).id
        self.spending = Spending()
        self.balance = Balance(self.spending, sessions(engine))
        self.follow()

    def follow(self) -> None:
        in_force = budgets.in_force(self.session, team_zone.read(self.session))
        prices = pricing.Book.open(self.session)
        self.spending.follow(Snapshot(1, budgets=in_force, prices=prices))
        self.session.rollback()

    def settled(self) -> str:
        """A call that has cost 0.02 USD and is in the journal."""
        call = Call(self.journal, MEL, "dear", is_stream=False)
        one, asked = attempt("dear"), request(max_tokens=90)
        call.attempt = type(one)(
            type(one.opened)(self.connection.id, "paid", one.opened.target), "dear"
        )
        self.spending.hold(call, call.attempt, asked, 10, is_last=True)
        call.begin()
        call.settle("ok", status=200, usage=Usage(input=1, output=20))
        return call.id

    def absorb(self) -> None:
        found, _ = lines(self.journal.current.next_piece())
        absorbing.absorb(self.session, found, "writer")

    @property
    def counted(self) -> tuple[int, int]:
        return self.spending.present(self.budget)


@pytest.fixture
def desk(session: Session, engine: Engine, tmp_path: Path, team: Team) -> Desk:
    return Desk(session, engine, tmp_path, team)


COST = 20_000_000


def test_what_is_absorbed_is_spent_and_held_no_more(desk: Desk) -> None:
    call = desk.settled()
    assert desk.counted == (0, COST)
    desk.absorb()
    desk.balance.look(desk.session)
    assert desk.counted == (COST, COST), "the watcher was first: too much for a moment"
    desk.balance.absorbed([call])
    assert desk.counted == (COST, 0)


def test_a_ledger_that_cannot_be_read_lets_nothing_go(desk: Desk) -> None:
    call = desk.settled()
    desk.absorb()
    rename = "ALTER TABLE {} RENAME TO {}".format
    desk.session.execute(text(rename("budget_tallies", "elsewhere")))
    desk.session.commit()
    with pytest.raises(DBAPIError):
        desk.balance.absorbed([call])
    assert desk.counted == (0, COST)
    desk.session.execute(text(rename("elsewhere", "budget_tallies")))
    desk.session.commit()
    desk.balance.absorbed([])
    assert desk.counted == (COST, 0)


def test_what_others_have_spent_is_seen(desk: Desk) -> None:
    desk.settled()
    desk.absorb()
    with writing(desk.session):
        changed = {"spent": LIMIT, "version": BudgetTally.version + 1}
        desk.session.execute(update(BudgetTally).values(**changed))
    desk.balance.look(desk.session)
    assert desk.counted == (LIMIT, COST)


def test_page_and_gateway_know_the_same_number(desk: Desk) -> None:
    call = desk.settled()
    desk.absorb()
    desk.balance.absorbed([call])
    desk.settled()
    (standing,) = budgets.standings(
        desk.session, COMMAND_LINE, team_zone.read(desk.session), clock.now(), desk.spending.taken
    )
    assert (standing.tally.spent, standing.held) == desk.counted == (COST, COST)


def test_they_know_it_too_while_the_ledger_knows_more_than_the_gateway(desk: Desk) -> None:
    """A call was in what was spent, and in what was held, until the gateway had heard of it."""
    desk.settled()
    desk.absorb()
    (standing,) = budgets.standings(
        desk.session, COMMAND_LINE, team_zone.read(desk.session), clock.now(), desk.spending.taken
    )
    assert standing.taken == sum(desk.counted) == COST


def test_without_budgets_nothing_is_asked(desk: Desk) -> None:
    budgets.remove(desk.session, COMMAND_LINE, desk.budget)
    desk.follow()
    desk.balance.look(desk.session)
    assert not desk.session.in_transaction()
