"""The week in brief: once, on Mondays, with sums that are those of the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.models import (
    AccountReading,
    Alert,
    AlertDelivery,
    Collection,
    CollectionModel,
    Connection,
    CostState,
    ModelChange,
    Person,
)
from aiconnect.services import alerts
from aiconnect.services.alerts import channels, digest
from aiconnect.services.audit import SYSTEM
from aiconnect.services.vault import Vault
from tests import ledger
from tests.services.team import Team

JAKARTA = ZoneInfo("Asia/Jakarta")
MONDAY = datetime(2026, 11, 23, 8, tzinfo=JAKARTA)
MINUTE, DAY, WEEK = timedelta(minutes=1), timedelta(days=1), timedelta(days=7)
DOLLAR = 1_000_000_000


@pytest.fixture
def connection(team: Team) -> Connection:
    return team.add("ollama")


@pytest.fixture
def wanted(session: Session, vault: Vault) -> None:
    """Two channels, one of which wants the week in brief."""
    for name in ("post", "other"):
        draft = alerts.Draft(name=name, address="a@x.example", digest=name == "post")
        channels.add(session, SYSTEM, channels.MAIL, draft, vault)


def queue(session: Session, now: datetime) -> int:
    return digest.queue(session, now, JAKARTA)


def spend(session: Session, at: datetime, dollars: float, **more: Any) -> None:
    cost = int(dollars * DOLLAR)
    one = ledger.record(at=at, cost=cost, cost_state=CostState.MEASURED, **more)
    ledger.add(session, one)


@pytest.mark.parametrize(
    ("moment", "monday"),
    [
        (MONDAY, "2026-11-23"), (MONDAY - MINUTE, "2026-11-16"), (MONDAY + 6 * DAY, "2026-11-23"),
        (MONDAY + WEEK - MINUTE, "2026-11-23"), (MONDAY + WEEK, "2026-11-30"),
    ],
)  # fmt: skip
def test_a_week_is_over_on_monday_at_eight(moment: datetime, monday: str) -> None:
    assert digest.due_monday(moment.astimezone(UTC), JAKARTA).isoformat() == monday


def test_it_is_queued_once_a_week_for_those_who_want_it(session: Session, wanted: None) -> None:
    assert queue(session, MONDAY - DAY) == 0  # the first week is not a whole one
    assert [queue(session, MONDAY - MINUTE), queue(session, MONDAY)] == [0, 1]
    assert [queue(session, MONDAY + MINUTE), queue(session, MONDAY + 3 * DAY)] == [0, 0]
    assert queue(session, MONDAY + WEEK + 2 * DAY) == 1  # nothing ran on Monday
    assert [one.event for one in session.scalars(select(AlertDelivery))] == ["digest", "digest"]


def test_its_sums_are_those_of_the_ledger(session: Session, connection: Connection) -> None:
    begins = datetime(2026, 11, 16, tzinfo=JAKARTA)
    spend(session, begins - MINUTE, 7)
    spend(session, begins, 1.25, model="a")
    spend(session, begins + WEEK - MINUTE, 2.5, model="b", connection_id=connection.id)
    spend(session, begins + WEEK, 64)
    ledger.add(session, ledger.record(at=begins, model="c"))
    found = digest.contents(session, MONDAY.date(), JAKARTA)
    assert (found["spent"], found["before"]) == (int(3.75 * DOLLAR), 7 * DOLLAR)
    assert (found["calls"], found["unpriced"]) == (3, 1)
    assert [one["name"] for one in found["models"]] == ["b", "a"]
    assert "Spent: $3.75 with 3 calls." in digest.text(found, JAKARTA)
    assert "The week before: $7.00." in digest.text(found, JAKARTA)


def test_models_of_personal_connections_have_no_name_in_it(
    session: Session, connection: Connection, member: Person
) -> None:
    connection.owner_id = member.id
    session.commit()
    spend(session, MONDAY - DAY, 2, model="secret-novel", connection_id=connection.id)
    found = digest.contents(session, MONDAY.date(), JAKARTA)
    assert "secret-novel" not in digest.text(found, JAKARTA)
    assert found["spent"] == 2 * DOLLAR


def test_it_tells_alerts_and_what_became_of_collected_models(
    session: Session, connection: Connection
) -> None:
    made = Collection(name="drafting", made_at=MONDAY)
    made.models.append(CollectionModel(connection_id=connection.id, model_id="llama", position=1))
    facts = {"case": "failing", "connection": "near", "failed": "9", "calls": "10"}
    session.add_all([
        made,
        Alert(kind="errors", subject="x", facts=facts, opened_at=MONDAY - DAY),
        Alert(kind="errors", subject="y", facts=facts, opened_at=MONDAY - WEEK - DAY),
        ModelChange(connection_id=connection.id, model_id="llama", what="gone", at=MONDAY - DAY),
        ModelChange(connection_id=connection.id, model_id="other", what="gone", at=MONDAY - DAY),
    ])  # fmt: skip
    session.commit()
    text = digest.text(digest.contents(session, MONDAY.date(), JAKARTA), JAKARTA)
    assert text.count("Many calls through near fail") == 1
    assert "- ollama/llama: gone" in text
    assert "other" not in text


def test_it_tells_where_a_provider_counts_otherwise(
    session: Session, connection: Connection
) -> None:
    connection.made_at = MONDAY - WEEK
    at = (MONDAY - DAY).astimezone(UTC)
    spend(session, at - MINUTE, 2, connection_id=connection.id)
    session.add(AccountReading(connection_id=connection.id, at=at, window="month", used=3 * DOLLAR))
    session.commit()
    text = digest.text(digest.contents(session, MONDAY.date(), JAKARTA), JAKARTA)
    assert "ollama, since 1 November 2026, 07:00 WIB: the provider $3.00, we $2.00" in text


def test_what_another_version_wrote_is_no_fault() -> None:
    assert "Spent:" in digest.text({}, JAKARTA)
    assert "- x: ?" in digest.text({"models": [{}], "alerts": [{"at": "x"}]}, JAKARTA)
