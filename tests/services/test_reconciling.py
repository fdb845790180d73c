"""Our sums beside what a provider says that a key has used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import ids
from aiconnect.adapters.types import Account
from aiconnect.client import Client
from aiconnect.jobs import spending
from aiconnect.jobs.running import Runtime
from aiconnect.models import (
    AccountReading,
    AuditEntry,
    Connection,
    CostState,
    Person,
    Role,
    UsageRecord,
)
from aiconnect.secret import Secret
from aiconnect.services import connections, provider_accounts, reconciling, rollups
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.connections import Draft
from aiconnect.services.reconciling import Drift
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from tests.fakes.openrouter_site import OpenRouterSite
from tests.fakes.rows import OpenPolicy
from tests.ledger import record

NOW = datetime(2026, 11, 19, 14, 30, tzinfo=UTC)  # a Thursday
USD = 10**9


@pytest.fixture
def work(session: Session) -> Connection:
    long_ago = NOW - timedelta(days=60)
    made = Connection(name="router", provider="openrouter", base_url="x",
                      state_since=long_ago, made_at=long_ago)  # fmt: skip
    session.add(made)
    session.commit()
    return made


def call(session: Session, connection: Connection, at: datetime, dollars: str | None, **more):
    first = session.scalar(select(func.max(UsageRecord.seq))) or 0
    cost = None if dollars is None else int(Decimal(dollars) * USD)
    state = CostState.UNKNOWN if dollars is None else CostState.MEASURED
    usual = {"cost": cost, "cost_state": state, "connection": connection.name}
    session.add(record(id=ids.uuid7(), at=at, seq=first + 1, connection_id=connection.id,
                       **{**usual, **more}))  # fmt: skip
    session.commit()


def told(session: Session, connection: Connection, at: datetime = NOW, **spent: str) -> None:
    account = Account(spent={window: Decimal(used) for window, used in spent.items()})
    reconciling.keep(session, connection.id, account, at)
    session.commit()


def drifts(session: Session, connection: Connection) -> dict[str, Drift]:
    found = reconciling.compare(session, connection)
    return {one.window: one for one in found.drifts}


@pytest.mark.parametrize(
    ("window", "start"),
    [("day", "2026-11-19"), ("week", "2026-11-16"), ("month", "2026-11-01")],
)
def test_windows_are_those_of_utc(window: str, start: str) -> None:
    assert reconciling.since(window, NOW) == datetime.fromisoformat(start).replace(tzinfo=UTC)
    far = NOW.astimezone(tz=None)
    assert reconciling.since(window, far) == datetime.fromisoformat(start).replace(tzinfo=UTC)


def test_each_window_is_compared_with_our_sum_of_the_same_time(
    session: Session, work: Connection
) -> None:
    for days, dollars in ((0, "1"), (2, "2"), (10, "4"), (20, "8")):
        call(session, work, NOW - timedelta(days=days, hours=1), dollars)
    call(session, work, NOW + timedelta(minutes=1), "99")  # after it was asked
    other = Connection(name="spare", provider="openrouter", base_url="x", state_since=NOW,
                       made_at=NOW)  # fmt: skip
    session.add(other)
    session.commit()
    call(session, other, NOW - timedelta(hours=1), "50")
    told(session, work, day="1", week="3", month="7", total="900")
    found = drifts(session, work)
    assert {name: one.ours // USD for name, one in found.items()} == {
        "day": 1, "week": 3, "month": 7,
    }  # fmt: skip
    assert all(one.agrees and not one.reasons for one in found.values())


def test_it_is_the_same_once_records_are_rolled_up(session: Session, work: Connection) -> None:
    for hours in range(0, 300, 7):
        call(session, work, NOW - timedelta(hours=hours, minutes=10), "0.000000007")
    told(session, work, day="0", week="0", month="0")
    before = {name: one.ours for name, one in drifts(session, work).items()}
    while rollups.roll(session):
        pass
    assert {name: one.ours for name, one in drifts(session, work).items()} == before
    assert before["month"] == 7 * 43


def left(session: Session, connection: Connection, days_ago: int, dollars: str) -> None:
    account = Account(remaining=Decimal(dollars))
    reconciling.keep(session, connection.id, account, NOW - timedelta(days=days_ago))
    session.commit()


def test_of_a_balance_its_fall_since_it_was_topped_up_counts(
    session: Session, work: Connection
) -> None:
    for days, dollars in ((10, "9"), (9, "7"), (5, "20"), (3, "18.5"), (0, "16")):
        left(session, work, days, dollars)
    for days, dollars in ((9.5, "99"), (4, "1.5"), (1, "2"), (-1, "50")):
        call(session, work, NOW - timedelta(days=days), dollars)
    (drift,) = drifts(session, work).values()
    assert (drift.window, drift.since) == ("balance", NOW - timedelta(days=5))
    assert (drift.provider, drift.ours, drift.calls) == (4 * USD, 35 * USD // 10, 2)
    assert drift.reasons == ("used_elsewhere", "expired", "delay")


@pytest.mark.parametrize("balances", [["9"], ["9", "20"]])
def test_a_balance_that_has_not_fallen_yet_is_compared_with_nothing(
    session: Session, work: Connection, balances: list[str]
) -> None:
    for days, dollars in zip((3, 0), balances, strict=False):
        left(session, work, days, dollars)
    assert drifts(session, work) == {}


def test_an_account_with_a_limit_has_no_balance(session: Session, work: Connection) -> None:
    reconciling.keep(session, work.id, Account(limit=Decimal(9), remaining=Decimal(3)), NOW)
    session.commit()
    assert session.scalars(select(AccountReading)).all() == []


def test_of_the_whole_only_the_growth_since_the_first_word_counts(
    session: Session, work: Connection
) -> None:
    call(session, work, NOW - timedelta(days=5), "30")
    told(session, work, NOW - timedelta(days=3), total="1000")
    call(session, work, NOW - timedelta(days=1), "5")
    told(session, work, total="1006")
    (drift,) = drifts(session, work).values()
    assert (drift.window, drift.since) == ("total", NOW - timedelta(days=3))
    assert (drift.provider_usd, drift.ours_usd, drift.usd) == (6, 5, 1)
    assert drift.share is not None
    assert round(drift.share, 3) == 0.167


def test_a_counter_that_began_anew_says_nothing(session: Session, work: Connection) -> None:
    told(session, work, NOW - timedelta(days=3), total="1000")
    told(session, work, total="2")
    assert drifts(session, work) == {}


@pytest.mark.parametrize(
    ("provider", "ours", "agrees"),
    [("1", "1", True), ("100", "99.6", True), ("100", "99", False), ("0.02", "0.011", True),
     ("0", "0.02", False), ("0", "0", True), ("99.6", "100", True)],
)  # fmt: skip
def test_sums_agree_within_a_cent_or_what_rounding_makes(
    session: Session, work: Connection, provider: str, ours: str, agrees: bool
) -> None:
    call(session, work, NOW - timedelta(hours=1), ours)
    told(session, work, day=provider)
    assert drifts(session, work)["day"].agrees is agrees


def test_a_difference_has_likely_reasons(session: Session, work: Connection) -> None:
    call(session, work, NOW - timedelta(hours=1), "1", tokens_estimated=True)
    told(session, work, day="5")
    assert drifts(session, work)["day"].reasons == ("used_elsewhere", "estimates", "delay")
    call(session, work, NOW - timedelta(hours=1), None)
    assert drifts(session, work)["day"].reasons[0] == "unknown_cost"
    told(session, work, NOW + timedelta(seconds=1), day="0.5")
    assert drifts(session, work)["day"].reasons == ("unknown_cost", "estimates", "delay")


def test_a_key_that_came_later_than_the_window_may_have_been_used_before(
    session: Session, work: Connection
) -> None:
    work.made_at = NOW - timedelta(days=1)
    session.commit()
    told(session, work, day="5", month="9")
    found = drifts(session, work)
    assert found["month"].reasons[0] == "used_before"
    assert "used_before" not in found["day"].reasons


def test_what_was_said_of_an_earlier_key_is_of_no_use(session: Session, work: Connection) -> None:
    told(session, work, NOW - timedelta(days=2), day="5", total="9")
    work.made_at = NOW - timedelta(days=1)
    session.commit()
    assert reconciling.compare(session, work).at is None


def test_nonsense_is_not_kept_and_old_words_are_forgotten(
    session: Session, work: Connection
) -> None:
    told(session, work, NOW - timedelta(days=401), day="1")
    told(session, work, day="-1", week="1", century="9")
    rows = session.scalars(select(AccountReading)).all()
    assert [(row.window, row.used) for row in rows] == [("week", USD)]
    reconciling.keep(session, work.id, None, NOW)


def test_members_see_what_is_the_team_s_or_their_own(
    session: Session, work: Connection, alice: Person
) -> None:
    theirs = Connection(name="mine", provider="openrouter", base_url="x", state_since=NOW,
                        made_at=NOW - timedelta(days=9), owner_id=alice.id)  # fmt: skip
    session.add(theirs)
    session.commit()
    for one in (work, theirs):
        told(session, one, day="1")

    def seen(actor: Actor) -> list[str]:
        return [one.connection.name for one in reconciling.compared(session, actor)]

    assert seen(Actor("a", role=Role.MEMBER, person_id=alice.id)) == ["router", "mine"]
    assert seen(Actor("b", role=Role.ADMIN, person_id=999)) == ["router"]
    assert seen(COMMAND_LINE) == ["router", "mine"]


# --- over the wire -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def the_site() -> Iterator[OpenRouterSite]:
    site = OpenRouterSite()
    yield site
    site.close()


@pytest.fixture
def site(the_site: OpenRouterSite) -> Iterator[OpenRouterSite]:
    the_site.reset()
    the_site.account |= {
        "usage": 25.5, "usage_daily": 1.5, "usage_weekly": 9.2, "usage_monthly": 25.5,
        "byok_usage": 1, "byok_usage_daily": 0.25, "byok_usage_monthly": "odd",
    }  # fmt: skip
    yield the_site
    the_site.reset()


@pytest.fixture
def connected(session: Session, site: OpenRouterSite, vault: Vault) -> Connection:
    rows = {"openrouter": site.row}
    draft = Draft("openrouter", "router", secret=Secret(site.add_key()))
    made = connections.add(session, COMMAND_LINE, draft, rows=rows, vault=vault)
    made.state = "connected"
    session.commit()
    return made


def test_a_key_s_use_is_kept_when_it_is_asked(
    session: Session, site: OpenRouterSite, connected: Connection, vault: Vault
) -> None:
    rows, client = {"openrouter": site.row}, Client(OpenPolicy())
    fetch = provider_accounts.fetch
    assert fetch(session, COMMAND_LINE, connected.id, client=client, rows=rows, vault=vault) is None
    kept = {row.window: row.used for row in session.scalars(select(AccountReading))}
    assert kept == {
        "day": 1_750_000_000, "week": 9_200_000_000, "month": 25_500_000_000,
        "total": 26_500_000_000,
    }  # fmt: skip
    found = reconciling.compare(session, connected)
    assert [one.window for one in found.drifts] == ["day", "week", "month"]


def runtime(site: OpenRouterSite, settings: Settings, vault: Vault, **more: bool) -> Runtime:
    return Runtime(settings, {"openrouter": site.row}, vault, Client(OpenPolicy()), **more)


def test_the_job_asks_those_that_tell_and_not_too_often(
    session: Session, site: OpenRouterSite, connected: Connection, settings: Settings, vault: Vault
) -> None:
    said = spending.read_accounts(session, runtime(site, settings, vault))
    assert (said.code, said.facts) == ("accounts", {"asked": "1", "failed": "0"})
    assert spending.read_accounts(session, runtime(site, settings, vault)).code == "nothing"
    asked = spending.read_accounts(session, runtime(site, settings, vault, asked=True))
    assert asked.facts["asked"] == "1"
    entries = session.scalars(select(AuditEntry.action)).all()
    assert "read.account" not in entries


def test_a_provider_that_refuses_is_no_fault_of_the_job(
    session: Session, site: OpenRouterSite, connected: Connection, settings: Settings, vault: Vault
) -> None:
    site.keys.clear()
    said = spending.read_accounts(session, runtime(site, settings, vault))
    assert said.facts == {"asked": "1", "failed": "1"}
    assert session.scalars(select(AccountReading)).all() == []


def test_connections_that_are_off_or_ill_are_left_alone(
    session: Session, site: OpenRouterSite, connected: Connection, settings: Settings, vault: Vault
) -> None:
    for change in ({"enabled": False}, {"enabled": True, "state": "needs_attention"}):
        for name, value in change.items():
            setattr(connected, name, value)
        session.commit()
        assert spending.read_accounts(session, runtime(site, settings, vault)).code == "nothing"
