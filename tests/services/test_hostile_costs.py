"""Sums that no column holds: a provider may state anything, and no page or record falls over it."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import UsageRecord
from aiconnect.services import budgets, rollups
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.writing import writing
from tests.services.test_budgets_tallies import budget, paid, settle, spent

MOST = 2**63 - 1
TIMES = 3


@pytest.mark.parametrize("at_once", [True, False])
def test_a_tally_ends_at_what_its_column_holds(session: Session, at_once: bool) -> None:
    team = budget(session)
    every = [paid(MOST, held=1) for _ in range(TIMES)]
    if at_once:
        settle(session, *every)
    else:
        for one in every:
            settle(session, one)
    assert spent(session, team) == MOST
    with writing(session):
        assert budgets.recount(session, team) == MOST
    assert spent(session, team) == MOST


@pytest.mark.parametrize("is_rolled", [True, False])
def test_sums_are_the_whole_of_it_or_as_much_as_a_column_holds(
    session: Session,
    is_rolled: bool,
) -> None:
    budget(session)
    now = clock.now()
    settle(session, *(paid(MOST, at=now - timedelta(hours=number)) for number in range(TIMES)))
    while is_rolled and rollups.roll(session):
        pass
    for by in (None, "model"):
        (found,) = rollups.sums(session, by, None, None, zone=UTC)
        assert MOST <= found.figures.cost <= TIMES * MOST
    assert budgets.standings(session, COMMAND_LINE, UTC, now)[0].state == "spent"


def test_calls_whose_cost_was_none_can_be_priced_anew(session: Session) -> None:
    """What they had added is taken away again, however much it was."""
    every = [paid(MOST) for _ in range(TIMES)]
    settle(session, *every)
    while rollups.roll(session):
        pass
    ids = [one.id for one in every]
    with writing(session):
        before = rollups.measured(session, ids)
        session.execute(update(UsageRecord).values(cost=5))
        rollups.apply_change(session, before, rollups.measured(session, ids))
    (found,) = rollups.sums(session, None, None, None, zone=UTC)
    assert 0 <= found.figures.cost <= TIMES * 5
