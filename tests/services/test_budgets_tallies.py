"""What was spent of each budget: counted as records settle, and summed up anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import (
    Budget,
    BudgetTally,
    Collection,
    CollectionModel,
    CostState,
    UsageRecord,
)
from aiconnect.services import budgets, rollups, team_zone
from aiconnect.services.writing import writing
from tests.ledger import record
from tests.services.team import Team

DOLLAR = 10**9
JAKARTA = ZoneInfo("Asia/Jakarta")


def budget(session: Session, **more: Any) -> Budget:
    usual = {"name": "team", "scope": "team", "limit": DOLLAR, "period": "month"}
    made = Budget(**{**usual, "made_at": clock.now(), **more})
    with writing(session):
        session.add(made)
        session.flush()
        budgets.recount(session, made)
    return made


def settle(session: Session, *records: UsageRecord) -> None:
    """Records come into the ledger, numbered on."""
    with writing(session):
        last = session.scalar(select(UsageRecord.seq).order_by(UsageRecord.seq.desc())) or 0
        for number, one in enumerate(records, last + 1):
            one.seq = number
        session.add_all(records)
        session.flush()
        budgets.count(session, last + 1, last + len(records))


def paid(cost: int, **more: Any) -> UsageRecord:
    usual = {"at": clock.now(), "cost": cost, "cost_state": CostState.MEASURED}
    return record(**{**usual, **more})


def spent(session: Session, one: Budget) -> int:
    return budgets.current(session, team_zone.read(session), clock.now())[one.id].spent


def test_what_a_call_cost_is_spent_of_the_team_s_budget(session: Session) -> None:
    team = budget(session)
    settle(session, paid(7), paid(5))
    settle(session, paid(1))
    assert spent(session, team) == 13


@pytest.mark.parametrize(
    ("state", "cost"),
    [
        (CostState.FREE, 0),
        (CostState.NOTIONAL, 9),
        (CostState.UNKNOWN, None),
    ],
)
def test_what_nobody_owes_is_spent_of_none(
    session: Session, state: CostState, cost: int | None
) -> None:
    team = budget(session)
    settle(session, paid(1), record(at=clock.now(), cost=cost, cost_state=state))
    assert spent(session, team) == 1
    with writing(session):
        assert budgets.recount(session, team) == 1


@pytest.mark.parametrize(
    ("scope", "field"),
    [("person", "person_id"), ("token", "access_token_id"), ("connection", "connection_id")],
)
def test_a_budget_counts_the_calls_of_its_target_alone(
    session: Session, scope: str, field: str
) -> None:
    one = budget(session, scope=scope, target_id=3)
    settle(session, paid(7, **{field: 3}), paid(100, **{field: 4}), paid(1000))
    assert spent(session, one) == 7
    with writing(session):
        assert budgets.recount(session, one) == 7


def collection(team: Team, *models: str) -> tuple[int, int]:
    """A collection of one connection's models: its id, and the connection's."""
    session, connection = team.session, team.add()
    made = Collection(name="good", made_at=clock.now())
    session.add(made)
    session.flush()
    put(session, made.id, connection.id, *models)
    return made.id, connection.id


def put(session: Session, collection_id: int, connection_id: int, *models: str) -> None:
    session.add_all(
        CollectionModel(
            collection_id=collection_id, connection_id=connection_id, model_id=one, position=1
        )
        for one in models
    )
    session.commit()


def test_a_collection_s_budget_counts_the_calls_that_its_models_answer(
    session: Session, team: Team
) -> None:
    wanted, connection = collection(team, "gpt", "llama")
    one = budget(session, scope="collection", target_id=wanted)
    settle(
        session,
        paid(1, connection_id=connection, model="gpt"),
        paid(2, connection_id=connection, model="llama:latest"),
        paid(100, connection_id=connection, model="other"),
        paid(100, connection_id=connection + 1, model="gpt"),
    )
    assert spent(session, one) == 3
    with writing(session):
        assert budgets.recount(session, one) == 3


def test_a_collection_with_other_models_is_summed_up_anew(session: Session, team: Team) -> None:
    wanted, connection = collection(team, "gpt")
    one = budget(session, scope="collection", target_id=wanted)
    settle(
        session,
        paid(1, connection_id=connection, model="gpt"),
        paid(20, connection_id=connection, model="late"),
    )
    put(session, wanted, connection, "late")
    with writing(session):
        budgets.collection_changed(session, wanted)
    assert spent(session, one) == 21


def test_a_collection_of_nothing_any_more_counts_nothing(session: Session) -> None:
    one = budget(session, scope="collection", target_id=99)
    settle(session, paid(5, connection_id=1))
    assert spent(session, one) == 0
    with writing(session):
        assert budgets.recount(session, one) == 0


def test_one_call_is_spent_of_every_budget_that_it_belongs_to(session: Session) -> None:
    every = [
        budget(session),
        budget(session, name="daily", period="day"),
        budget(session, name="all of it", period="total"),
        budget(session, name="alice", scope="person", target_id=1),
    ]
    settle(session, paid(3, person_id=1))
    assert [spent(session, one) for one in every] == [3, 3, 3, 3]


def test_the_period_counts_also_before_the_budget_was_made(session: Session) -> None:
    settle(session, paid(7))
    assert spent(session, budget(session)) == 7


def test_a_call_counts_to_the_day_in_which_it_began(session: Session) -> None:
    long_ago = clock.now() - timedelta(days=3)
    daily = budget(session, period="day", made_at=long_ago)
    settle(session, paid(5, at=long_ago), paid(3))
    starts = select(BudgetTally.spent).where(BudgetTally.budget_id == daily.id)
    assert sorted(session.scalars(starts)) == [3, 5]
    assert spent(session, daily) == 3


def test_a_period_that_was_over_when_the_budget_was_made_is_not_begun(session: Session) -> None:
    daily = budget(session, period="day")
    settle(session, paid(5, at=clock.now() - timedelta(days=3)))
    starts = select(BudgetTally.spent).where(BudgetTally.budget_id == daily.id)
    assert list(session.scalars(starts)) == [0]


def test_days_begin_at_the_team_s_midnight(session: Session) -> None:
    with writing(session):
        assert team_zone.note(session, JAKARTA)
        assert not team_zone.note(session, JAKARTA)
    daily = budget(session, period="day", made_at=datetime(2026, 11, 1, tzinfo=UTC))
    settle(
        session,
        paid(1, at=datetime(2026, 11, 20, 16, 59, tzinfo=UTC)),
        paid(2, at=datetime(2026, 11, 20, 17, 0, tzinfo=UTC)),
    )
    now = datetime(2026, 11, 21, 3, tzinfo=UTC)
    tally = budgets.current(session, JAKARTA, now)[daily.id]
    assert (tally.spent, tally.start) == (2, datetime(2026, 11, 20, 17, tzinfo=UTC))


def test_of_two_readings_the_later_one_is_known(session: Session) -> None:
    team = budget(session)
    versions = []
    for _ in range(3):
        settle(session, paid(1))
        versions.append(budgets.current(session, UTC, clock.now())[team.id].version)
    with writing(session):
        budgets.recount(session, team)
    versions.append(budgets.current(session, UTC, clock.now())[team.id].version)
    assert versions == sorted(set(versions))


def test_a_budget_in_the_place_of_a_removed_one_is_later_than_it(session: Session) -> None:
    team = budget(session)
    for _ in range(5):
        settle(session, paid(1))
    before = budgets.current(session, UTC, clock.now())[team.id]
    session.delete(team)
    session.commit()
    while int(clock.now().timestamp() * 1000) <= before.version:
        pass
    again = budget(session, id=before.budget_id)
    assert budgets.current(session, UTC, clock.now())[again.id].version > before.version


def test_calls_that_cost_more_than_was_held_are_counted(session: Session) -> None:
    team = budget(session)
    settle(session, paid(5, held=4), paid(5, held=5), paid(5), paid(9, held=0))
    assert budgets.current(session, UTC, clock.now())[team.id].exceeded == 2


def test_a_recount_says_how_many_sums_were_wrong(session: Session) -> None:
    team = budget(session)
    settle(session, paid(5))
    with writing(session):
        assert budgets.recount_all(session) == 0
        session.query(BudgetTally).update({"spent": 4})
        assert budgets.recount_all(session) == 1
    assert spent(session, team) == 5


def test_without_budgets_nothing_is_kept(session: Session) -> None:
    settle(session, paid(5))
    assert session.scalars(select(BudgetTally)).all() == []
    assert budgets.current(session, UTC, clock.now()) == {}


def test_in_another_time_zone_days_are_counted_anew(session: Session) -> None:
    late = clock.now().replace(hour=18, minute=0) - timedelta(days=5)  # after midnight in Jakarta
    daily = budget(session, period="day", made_at=late - timedelta(days=1))
    ever = budget(session, name="ever", period="total", made_at=late)
    settle(session, paid(5, at=late), paid(3, at=late - timedelta(hours=2)))
    assert budgets.follow_zone(session, JAKARTA)
    assert not budgets.follow_zone(session, JAKARTA)
    kept = select(BudgetTally).where(BudgetTally.budget_id == daily.id, BudgetTally.spent > 0)
    rows = session.scalars(kept.order_by(BudgetTally.start)).all()
    midnight = late.astimezone(JAKARTA).replace(hour=0, minute=0, second=0, microsecond=0)
    assert [(one.start, one.spent) for one in rows] == [
        (midnight - timedelta(days=1), 3),
        (midnight, 5),
    ]
    assert spent(session, ever) == 8


def test_a_recount_also_sees_what_is_rolled_up(session: Session) -> None:
    team = budget(session)
    settle(session, *(paid(1, person_id=1) for _ in range(5)))
    rollups.roll(session)
    settle(session, paid(10))
    with writing(session):
        assert budgets.recount(session, team) == 15
