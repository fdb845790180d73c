"""Alerts open once, stay open, and end by themselves; what they watch, condition by condition."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from aiconnect.errors import NotFound, Refused
from aiconnect.models import (
    Alert,
    AlertRule,
    Budget,
    BudgetTally,
    Collection,
    CollectionModel,
    Connection,
    CostState,
    ModelChange,
    Outcome,
    Person,
    PriceTable,
    Role,
    State,
)
from aiconnect.models.base import sessions
from aiconnect.secret import Secret
from aiconnect.services import alerts
from aiconnect.services.alerts import rules
from aiconnect.services.alerts.tongue import plain
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.settings import Settings
from tests import ledger
from tests.services.team import Team

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DOLLAR = 1_000_000_000


class Watch:
    """Looks at one installation again and again."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self.session = session
        self.settings = replace(settings, timezone=ZoneInfo("Asia/Jakarta"))
        self.faults: tuple[str, ...] = ()

    def look(self, now: datetime = NOON) -> tuple[int, int]:
        """How many alerts were opened and resolved."""
        self.session.commit()
        told = alerts.look(alerts.Sight(self.session, self.settings, now, self.faults))
        return told.opened, told.resolved

    @property
    def titles(self) -> list[str]:
        tongue = plain(UTC)
        self.session.expire_all()
        found = alerts.open_alerts(self.session)
        return sorted(alerts.words(one.kind, one.facts, tongue).title for one in found)

    @property
    def texts(self) -> list[str]:
        tongue = plain(UTC)
        self.session.expire_all()
        found = alerts.open_alerts(self.session)
        return sorted(alerts.words(one.kind, one.facts, tongue).text for one in found)


@pytest.fixture
def watch(session: Session, settings: Settings) -> Watch:
    found = Watch(session, settings)
    rules.change(session, SYSTEM, "disk", {"megabytes": 50}, enabled=False)
    found.look()
    return found


@pytest.fixture
def connection(team: Team) -> Connection:
    found = team.add("ollama")
    ill(team.session, found, State.CONNECTED, NOON - DAY)
    return found


def ill(session: Session, connection: Connection, state: str, since: datetime) -> None:
    connection.state, connection.state_since = state, since
    session.commit()


def spend(session: Session, day: datetime, dollars: float) -> None:
    cost = int(dollars * DOLLAR)
    ledger.add(session, ledger.record(at=day, cost=cost, cost_state=CostState.MEASURED))


def budget(session: Session, spent: float, **more: object) -> Budget:
    usual = {
        "name": "team",
        "scope": "team",
        "limit": 10 * DOLLAR,
        "period": "day",
        "made_at": NOON,
    }
    made = Budget(**{**usual, **more})
    session.add(made)
    session.flush()
    start = datetime(2026, 11, 24, 17, tzinfo=UTC)  # midnight in Jakarta
    session.add(BudgetTally(budget_id=made.id, start=start, spent=int(spent * DOLLAR)))
    session.commit()
    return made


def change(session: Session, connection: Connection, what: str, model: str = "llama") -> None:
    row = ModelChange(connection_id=connection.id, model_id=model, what=what, at=NOON)
    session.add(row)
    session.commit()


def collect(session: Session, connection: Connection, model: str, owner: int | None = None) -> None:
    made = Collection(name=f"for {model}", owner_id=owner, made_at=NOON)
    made.models.append(CollectionModel(connection_id=connection.id, model_id=model, position=1))
    session.add(made)
    session.commit()


def test_rules_are_there_without_anybody_making_them(watch: Watch) -> None:
    assert {one.kind.code for one in rules.every(watch.session)} == set(alerts.KINDS)
    assert {one.kind for one in watch.session.scalars(select(AlertRule))} == set(alerts.KINDS)


def test_an_alert_opens_once_and_ends_once(watch: Watch, connection: Connection) -> None:
    ill(watch.session, connection, State.UNREACHABLE, NOON - 3 * MINUTE)
    assert [watch.look(), watch.look(), watch.look()] == [(1, 0), (0, 0), (0, 0)]
    assert watch.titles == ["ollama cannot be reached"]
    ill(watch.session, connection, State.CONNECTED, NOON - 3 * MINUTE)
    assert [watch.look(), watch.look()] == [(0, 1), (0, 0)]
    assert watch.titles == []


def test_short_trouble_is_not_told(watch: Watch, connection: Connection) -> None:
    ill(watch.session, connection, State.UNREACHABLE, NOON - MINUTE)
    assert watch.look() == (0, 0)


def test_a_moment_of_health_ends_no_trouble(watch: Watch, connection: Connection) -> None:
    ill(watch.session, connection, State.UNREACHABLE, NOON - 3 * MINUTE)
    watch.look()
    ill(watch.session, connection, State.CONNECTED, NOON - MINUTE)
    assert watch.look() == (0, 0)
    ill(watch.session, connection, State.NEEDS_ATTENTION, NOON - MINUTE / 2)
    assert watch.look() == (0, 0)
    ill(watch.session, connection, State.CONNECTED, NOON - 2 * MINUTE)
    assert watch.look() == (0, 1)


@pytest.mark.parametrize("way", ["off", "removed"])
def test_a_connection_that_is_no_more_is_no_trouble(
    watch: Watch, connection: Connection, way: str
) -> None:
    ill(watch.session, connection, State.UNREACHABLE, NOON - DAY)
    watch.look()
    if way == "off":
        connection.enabled = False
    else:
        watch.session.delete(connection)
    assert watch.look() == (0, 1)


def test_personal_connections_are_nobody_elses_business(
    watch: Watch, team: Team, member: Person
) -> None:
    own = team.add("ollama", name="diary")
    own.owner_id = member.id
    ill(watch.session, own, State.UNREACHABLE, NOON - DAY)
    collect(watch.session, own, "llama")
    change(watch.session, own, "gone")
    assert watch.look() == (0, 0)


def test_a_rule_that_is_off_says_nothing_and_ends_what_it_said(
    watch: Watch, connection: Connection
) -> None:
    ill(watch.session, connection, State.UNREACHABLE, NOON - DAY)
    watch.look()
    rules.change(watch.session, SYSTEM, "state", {"minutes": 2}, enabled=False)
    assert [watch.look(), watch.look()] == [(0, 1), (0, 0)]


def test_a_budget_tells_its_mark_then_its_end_then_the_new_day(watch: Watch) -> None:
    budget(watch.session, 7.9)
    assert watch.look() == (0, 0)
    tally = watch.session.scalars(select(BudgetTally)).one()
    tally.spent = 8 * DOLLAR
    assert watch.look() == (1, 0)
    assert watch.titles == ["Budget team: 80 per cent are spent"]
    tally.spent = 10 * DOLLAR
    assert watch.look() == (1, 1)
    assert watch.titles == ["Budget team is spent"]
    tally.spent = 12 * DOLLAR
    assert watch.look() == (0, 0)  # nobody is told anew, yet pages say what is so now
    assert watch.texts == ["$12.00 of $10.00 are spent. Calls that cost money are refused."]
    assert watch.look(NOON + DAY) == (0, 1)


def test_a_budget_of_one_person_is_theirs_and_the_admins(
    watch: Watch, member: Person, bob: Person, admin: Person
) -> None:
    budget(watch.session, 9, scope="person", target_id=member.id)
    watch.look()
    seen = {
        one.email: len(alerts.visible(watch.session, actor_of(one))) for one in (member, bob, admin)
    }
    assert seen == {member.email: 1, bob.email: 0, admin.email: 1}


@pytest.mark.parametrize("scope", ["connection", "collection"])
def test_a_budget_of_what_is_somebody_s_own_is_theirs_and_the_admins(
    watch: Watch, team: Team, member: Person, bob: Person, admin: Person, scope: str
) -> None:
    own = team.add("ollama", name="diary")
    own.owner_id = member.id
    collect(watch.session, own, "llama", member.id)
    made = watch.session.scalars(select(Collection)).one()
    target = {"connection": own.id, "collection": made.id}[scope]
    row = budget(watch.session, 9, name="secret", scope=scope, target_id=target)
    watch.look()
    everyone = (member, bob, admin)
    seen = {one.email: len(alerts.visible(watch.session, actor_of(one))) for one in everyone}
    assert seen == {member.email: 1, bob.email: 0, admin.email: 1}
    own.owner_id = made.owner_id = None
    row.name = "shared"
    watch.look(NOON + DAY)
    start = datetime(2026, 11, 25, 17, tzinfo=UTC)
    watch.session.add(BudgetTally(budget_id=row.id, start=start, spent=9 * DOLLAR))
    watch.look(NOON + DAY)
    assert len(alerts.visible(watch.session, actor_of(bob))) == 1


def test_a_day_far_above_the_usual_is_told(watch: Watch) -> None:
    for ago in range(1, 8):
        spend(watch.session, NOON - ago * DAY, 2)
    spend(watch.session, NOON - MINUTE, 5.5)
    assert watch.look() == (1, 0)
    assert watch.titles == ["Today costs far more than usual"]
    assert watch.look(NOON + DAY) == (0, 1)


@pytest.mark.parametrize(
    ("before", "today"), [([2] * 14, 5.5), ([0.1] * 14, 4.9), ([2, 2], 50), ([], 50)]
)
def test_a_usual_day_a_cheap_one_and_a_beginners_are_not(
    watch: Watch, before: list[float], today: float
) -> None:
    for ago, dollars in enumerate(before, 1):
        spend(watch.session, NOON - ago * DAY, dollars)
    spend(watch.session, NOON, today)
    assert watch.look() == (0, 0)


def calls(session: Session, connection: Connection, ends: str, at: datetime = NOON) -> None:
    """Calls one after the other: o answered, f failed, r the call's own fault."""
    codes = {"o": (Outcome.OK, None), "f": (Outcome.FAILED, "provider_error"),
             "r": (Outcome.FAILED, "provider_refused"),
             "l": (Outcome.REFUSED, "budget")}  # fmt: skip
    ledger.add(session, *(
        ledger.record(at=at - (len(ends) - n) * MINUTE / 60, connection_id=connection.id,
                      outcome=codes[end][0], code=codes[end][1])
        for n, end in enumerate(ends)
    ))  # fmt: skip


def test_failing_calls_are_told_until_half_of_the_share_is_left(
    watch: Watch, connection: Connection
) -> None:
    calls(watch.session, connection, "o" * 10 + "f" * 10, NOON - 3 * MINUTE)
    assert watch.look() == (1, 0)
    assert watch.titles == ["Many calls through ollama fail"]
    calls(watch.session, connection, "o" * 8, NOON - MINUTE)
    assert watch.look() == (0, 0)
    calls(watch.session, connection, "o" * 10)
    assert watch.look() == (0, 1)


@pytest.mark.parametrize("ends", ["f" * 19, "r" * 30, "o" * 11 + "f" * 9, "l" * 40])
def test_few_calls_and_faults_of_the_caller_are_not(
    watch: Watch, connection: Connection, ends: str
) -> None:
    calls(watch.session, connection, ends)
    assert watch.look() == (0, 0)


def test_calls_of_the_day_before_say_nothing_of_now(watch: Watch, connection: Connection) -> None:
    calls(watch.session, connection, "f" * 20)
    assert watch.look() == (1, 0)
    assert watch.look(NOON + DAY) == (0, 1)


def test_changes_of_collected_models_are_told_once(watch: Watch, connection: Connection) -> None:
    collect(watch.session, connection, "llama")
    change(watch.session, connection, "gone")
    change(watch.session, connection, "gone", "nobody's")
    change(watch.session, connection, "retiring")
    assert [watch.look(), watch.look()] == [(2, 0), (0, 0)]
    assert watch.titles == ["ollama/llama is gone", "ollama/llama is to be retired"]
    (found,) = [one for one in alerts.open_alerts(watch.session) if one.facts["case"] == "gone"]
    assert "for llama" in alerts.words(found.kind, found.facts, plain(UTC)).text
    assert watch.look(NOON + 8 * DAY)[1] == 2


def test_what_was_before_the_first_look_is_not_told(
    session: Session, settings: Settings, connection: Connection
) -> None:
    collect(session, connection, "llama")
    change(session, connection, "gone")
    watch = Watch(session, settings)
    rules.change(session, SYSTEM, "disk", {"megabytes": 50}, enabled=False)
    assert [watch.look(), watch.look()] == [(0, 0), (0, 0)]
    change(session, connection, "added")
    assert watch.look() == (1, 0)


def test_models_of_somebodys_own_collection_are_not_told(
    watch: Watch, connection: Connection, member: Person
) -> None:
    collect(watch.session, connection, "llama", member.id)
    change(watch.session, connection, "gone")
    assert watch.look() == (0, 0)


def test_many_changes_at_once_are_one_alert(watch: Watch, connection: Connection) -> None:
    for number in range(30):
        collect(watch.session, connection, f"llama-{number}")
        change(watch.session, connection, "gone", f"llama-{number}")
    assert watch.look() == (1, 0)
    assert watch.titles == ["30 models of ollama are gone"]


def test_a_new_price_is_told_where_the_model_is_used(watch: Watch, connection: Connection) -> None:
    change(watch.session, connection, "repriced", "unused")
    change(watch.session, connection, "repriced")
    collect(watch.session, connection, "llama")
    used = ledger.record(at=NOON - DAY, connection_id=connection.id, model="llama")
    ledger.add(watch.session, used)
    assert watch.look() == (1, 0)
    assert watch.titles == ["ollama/llama has another price"]


def test_a_table_of_prices_waits_until_somebody_decides(watch: Watch) -> None:
    table = PriceTable(state="fetched", version="1", digest="0" * 64, content=b"", fetched_at=NOON)
    watch.session.add(table)
    assert watch.look() == (1, 0)
    table.state = "dismissed"
    assert watch.look() == (0, 1)


def test_an_old_key_is_told_until_it_is_replaced(watch: Watch, team: Team) -> None:
    made = team.add("openai", secret=Secret("sk-proj-" + "x" * 40))
    assert made.key is not None
    made.key.made_at = NOON - 179 * DAY
    assert watch.look() == (0, 0)
    made.key.made_at = NOON - 181 * DAY
    assert watch.look() == (1, 0)
    assert watch.titles == ["The key of openai is 181 days old"]
    assert watch.look(NOON + DAY) == (0, 0)
    made.key.made_at = NOON
    assert watch.look() == (0, 1)


def test_a_ledger_that_is_behind_is_told(watch: Watch) -> None:
    watch.faults = ("ledger", "no spare segment", "relay")
    assert watch.look() == (2, 0)
    watch.faults = ()
    assert watch.look() == (0, 2)


def test_damaged_pieces_and_piles_of_segments_are_told(watch: Watch) -> None:
    folder = watch.settings.journal
    (folder / "damaged").mkdir(parents=True, exist_ok=True)
    (folder / "damaged" / "one").write_bytes(b"?")
    for number in range(6):
        (folder / f"w-{number}.segment").write_bytes(b"")
    assert watch.look() == (2, 0)
    assert watch.titles == [
        "Part of the journal of calls could not be read", "The journal of calls piles up",
    ]  # fmt: skip


def test_the_segments_of_many_processes_are_no_pile(watch: Watch) -> None:
    watch.settings.journal.mkdir(parents=True, exist_ok=True)
    for number in range(16):
        (watch.settings.journal / f"w{number // 2}-{number}.segment").write_bytes(b"")
    assert watch.look() == (0, 0)


def test_a_disk_without_room_is_told(watch: Watch) -> None:
    rules.change(watch.session, SYSTEM, "disk", {"megabytes": 10_000_000}, enabled=True)
    assert watch.look() == (1, 0)
    rules.change(watch.session, SYSTEM, "disk", {"megabytes": 50}, enabled=True)
    assert watch.look() == (0, 1)


def test_one_rule_that_fails_spares_the_others(watch: Watch, connection: Connection) -> None:
    ill(watch.session, connection, State.UNREACHABLE, NOON - DAY)
    rules.change(watch.session, SYSTEM, "disk", {"megabytes": 50}, enabled=True)
    watch.settings = replace(watch.settings, instance=watch.settings.instance / "nowhere")
    assert watch.look() == (1, 0)


def test_two_that_look_at_once_tell_it_once(
    engine: Engine, watch: Watch, connection: Connection
) -> None:
    ill(watch.session, connection, State.UNREACHABLE, NOON - DAY)
    collect(watch.session, connection, "llama")
    change(watch.session, connection, "gone")
    ready, opened = threading.Barrier(4), []

    def look() -> None:
        with sessions(engine)() as own:
            ready.wait()
            told = alerts.look(alerts.Sight(own, watch.settings, NOON))
            opened.append(told.opened)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(opened) == 2
    assert len(watch.titles) == 2


def actor_of(person: Person) -> Actor:
    return Actor(person.email, role=Role(person.role), person_id=person.id)


def test_a_banner_is_put_away_for_everybody(
    watch: Watch, connection: Connection, member: Person, bob: Person
) -> None:
    ill(watch.session, connection, State.UNREACHABLE, NOON - DAY)
    watch.look()
    (found,) = alerts.unseen(watch.session, actor_of(bob))
    with pytest.raises(Refused):
        alerts.put_away(watch.session, actor_of(bob), found.id)
    alerts.put_away(watch.session, actor_of(member), found.id)
    assert alerts.unseen(watch.session, actor_of(bob)) == []
    assert len(alerts.visible(watch.session, actor_of(bob))) == 1
    with pytest.raises(NotFound):
        alerts.put_away(watch.session, actor_of(member), 999)


@pytest.mark.parametrize("value", [None, -1, 4, 101, 10**30])
def test_thresholds_have_bounds(session: Session, value: int | None) -> None:
    found = {} if value is None else {"share": value}
    with pytest.raises(Refused):
        rules.change(session, SYSTEM, "errors", {"calls": 20, **found}, enabled=True)


def test_rules_are_the_admins(session: Session, member: Person) -> None:
    with pytest.raises(Refused):
        rules.change(session, actor_of(member), "disk", {"megabytes": 50}, enabled=False)
    with pytest.raises(NotFound):
        rules.change(session, SYSTEM, "nosuch", {}, enabled=True)


def test_every_case_has_words_for_its_facts(watch: Watch, connection: Connection) -> None:
    """What was opened in these tests is worded without a question mark."""
    ill(watch.session, connection, State.NEEDS_ATTENTION, NOON - DAY)
    budget(watch.session, 12, is_soft=True)
    watch.faults = ("ledger",)
    watch.look()
    for one in watch.session.scalars(select(Alert)):
        words = alerts.words(one.kind, one.facts, plain(UTC))
        assert "?" not in f"{words.title}{words.text}{words.over}"
