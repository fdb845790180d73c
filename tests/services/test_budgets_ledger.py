"""However calls settle, a budget's tally is the sum of the ledger, to the last nano-dollar."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls.budgets import periods
from aiconnect.ids import uuid7
from aiconnect.models import Budget, CollectionModel, UsageRecord
from aiconnect.models.base import begin_write
from aiconnect.services import absorbing, budgets, collections, pricing, rollups
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.writing import writing
from tests.services.team import Team

WRITER, GONE = "w" * 36, "g" * 36
MODELS = ("a", "b")
NAMES = ("everything", "person", "token", "connection", "collection")


def line(connection: int, **more: Any) -> dict[str, Any]:
    return {
        "k": "e", "id": uuid7(), "at": int(clock.now().timestamp() * 1000), "p": 1, "pn": "alice",
        "t": 1, "tn": "laptop", "c": connection, "cn": "cloud", "m": "a", "s": False, "rb": 4000,
        "f": False, "u": [7, 0, 0, 3, 0], "es": False, "ms": 10, "o": "ok", "cd": None, "st": 200,
        "ft": None, "n": 1, **more,
    }  # fmt: skip


@pytest.fixture
def connection(session: Session, team: Team) -> int:
    made = team.add(name="cloud", models=MODELS)
    for model, rate in zip(MODELS, (3, 11), strict=True):
        amounts = pricing.Amounts(Decimal(rate), Decimal(rate))
        pricing.set_price(session, COMMAND_LINE, model, amounts)
    collections.add(session, COMMAND_LINE, "good", models=["a"])
    return made.id


def spent(session: Session) -> dict[str, int]:
    kept = budgets.current(session, UTC, clock.now())
    names = session.execute(select(Budget.id, Budget.name))
    return {name: kept[key].spent for key, name in names}


def owed(session: Session) -> dict[str, int]:
    """What the single records of this month say."""
    start = periods.start_of("month", UTC, clock.now())
    inside = select(CollectionModel.model_id)
    parts = {
        "everything": UsageRecord.id.is_not(None),
        "person": UsageRecord.person_id == 1,
        "token": UsageRecord.access_token_id == 1,
        "connection": UsageRecord.connection_id.is_not(None),
        "collection": UsageRecord.model.in_(inside),
    }
    total = select(func.coalesce(func.sum(UsageRecord.cost), 0))
    total = total.where(UsageRecord.outcome.is_not(None), UsageRecord.at >= start)
    return {name: int(session.scalar(total.where(part)) or 0) for name, part in parts.items()}


def limit_all(session: Session, connection: int) -> None:
    """A budget of each scope, in the place of the one before."""
    good = collections.by_name(session, "good").id
    targets = {"person": 1, "token": 1, "connection": connection, "collection": good}
    for name in NAMES:
        session.execute(delete(Budget).where(Budget.name == name))
        made = Budget(
            name=name, scope=name if name in targets else "team", target_id=targets.get(name),
            limit=1, period="month", made_at=clock.now(),
        )  # fmt: skip
        session.commit()
        with writing(session):
            session.add(made)
            session.flush()
            budgets.recount(session, made)


def test_a_call_that_settles_twice_is_spent_once(session: Session, connection: int) -> None:
    limit_all(session, connection)
    one = line(connection)
    for lines in ([one | {"k": "b"}], [one], [one], [one, line(connection)]):
        absorbing.absorb(session, lines, WRITER)
    assert spent(session) == owed(session)
    assert spent(session)["everything"] == 2 * 30_000


def test_a_call_that_was_interrupted_is_spent_as_it_is_charged(
    session: Session, connection: int
) -> None:
    limit_all(session, connection)
    absorbing.absorb(session, [line(connection, k="b")], GONE)
    assert spent(session)["everything"] == 0
    absorbing.mark_interrupted(session, alive=set())
    assert spent(session) == owed(session)
    assert spent(session)["everything"] > 0


def test_what_is_rolled_back_is_not_spent(session: Session, connection: int) -> None:
    limit_all(session, connection)
    begin_write(session)
    budgets.count(session, 1, 1000)
    session.rollback()
    absorbing.absorb(session, [line(connection)], WRITER)
    assert spent(session) == owed(session)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.integers(1, 2), st.integers(1, 2), st.sampled_from("ab")),
        st.sampled_from(
            [("again",), ("begin",), ("interrupt",), ("roll",), ("recount",), ("limit",),
             ("swap",), ("crash",)]
        ),
    ),
    max_size=14,
)  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_a_tally_is_the_sum_of_the_ledger(
    session: Session, connection: int, steps: list[tuple[Any, ...]]
) -> None:
    limit_all(session, connection)
    last = line(connection)
    for step in steps:
        match step:
            case ("call", person, token, model):
                last = line(connection, p=person, t=token, m=model, u=[person, 0, token, 5, 0])
                absorbing.absorb(session, [last], WRITER)
            case ("again",):
                absorbing.absorb(session, [last | {"k": "b"}, last], WRITER)
            case ("begin",):
                absorbing.absorb(session, [line(connection, k="b")], GONE)
            case ("interrupt",):
                absorbing.mark_interrupted(session, alive={WRITER})
            case ("roll",):
                rollups.roll(session, 3)
            case ("recount",):
                with writing(session):
                    assert budgets.recount_all(session) == 0
            case ("limit",):
                limit_all(session, connection)
            case ("swap",):
                swap(session)
            case _:
                begin_write(session)
                budgets.count(session, 0, 2**40)
                session.rollback()
        assert spent(session) == owed(session)


def swap(session: Session) -> None:
    """Put the other model into the collection, or take it out."""
    session.expire_all()
    entries = collections.by_name(session, "good").models
    if any(one.model_id == "b" for one in entries):
        collections.take(session, COMMAND_LINE, "good", "cloud/b")
    else:
        collections.put(session, COMMAND_LINE, "good", ["b"])
