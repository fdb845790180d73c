"""Past records at the prices that are known now: seen first, then done, each once."""

from __future__ import annotations

import itertools
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.errors import Conflict, Refused
from aiconnect.models import (
    AuditEntry,
    Budget,
    BudgetTally,
    Connection,
    CostState,
    Role,
    Setting,
    UsageRecord,
    UsageRollup,
)
from aiconnect.services import pricing, repricing, rollups
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.pricing import Amounts
from aiconnect.services.repricing import BROKEN_OFF, DONE, Selection, ordering
from tests.ledger import record

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
MEMBER = Actor("bob@example.org", role=Role.MEMBER)


@pytest.fixture
def work(session: Session) -> int:
    return connect(session, "work", "compatible", "https://unlisted.example/v1")


def connect(session: Session, name: str, provider: str, url: str = "x") -> int:
    now = clock.now()
    made = Connection(name=name, provider=provider, base_url=url, state_since=now, made_at=now)
    session.add(made)
    session.commit()
    return made.id


def priced(session: Session, model: str, dollars: str, since: datetime = START) -> str:
    amounts = Amounts(Decimal(dollars), Decimal(0))
    row = pricing.set_price(session, COMMAND_LINE, model, amounts, since - timedelta(days=1))
    return f"own:{row.id}"


def calls(session: Session, number: int | None, count: int = 1, **more) -> list[str]:
    """Settled records of a million tokens each, a minute after one another."""
    first = session.scalar(select(func.max(UsageRecord.seq))) or 0
    usual = {"input_tokens": 10**6, "output_tokens": 0, "connection": "work", "model": "m"}
    made = [
        record(id=ids.uuid7(), at=START + timedelta(minutes=n),
               connection_id=number, **{**usual, "seq": first + n + 1, **more})
        for n in range(count)
    ]  # fmt: skip
    session.add_all(made)
    session.commit()
    return [one.id for one in made]


def chosen(session: Session, **more) -> Selection:
    return repricing.entered(session, START - timedelta(hours=1), **more)


def do(session: Session, selection: Selection, most: int = 500) -> repricing.Order:
    repricing.order(session, COMMAND_LINE, selection, repricing.preview(session, selection).digest)
    while True:
        order = repricing.work(session, most)
        assert order is not None
        if order.ended:
            return order


def costs(session: Session) -> list[tuple[int | None, str, str | None]]:
    session.expire_all()
    rows = select(UsageRecord).order_by(UsageRecord.at, UsageRecord.id)
    return [(one.cost, one.cost_state, one.price) for one in session.scalars(rows)]


def rolled(session: Session, span: str = "month") -> tuple[int, int, int]:
    """Cost, calls without one, and calls in the rollups of a span."""
    one = UsageRollup
    columns = (func.sum(one.cost), func.sum(one.unpriced), func.sum(one.calls))
    return tuple(map(int, session.execute(select(*columns).where(one.span == span)).one()))


def test_what_was_seen_is_what_is_ordered(session: Session, work: int) -> None:
    """A price that is set after the calls were looked at, and before the order is written."""
    calls(session, work, 3)
    priced(session, "work/m", "2")
    selection = chosen(session)
    digest = repricing.preview(session, selection).digest
    other, commits = Session(session.get_bind()), itertools.count(1)

    @event.listens_for(session, "after_commit")
    def set_another(_session: Session) -> None:
        if next(commits) == 2:
            priced(other, "work/m", "900")

    with pytest.raises(Conflict):
        repricing.order(session, COMMAND_LINE, selection, digest)
    other.close()
    assert repricing.under_way(session) is None


def test_a_preview_says_what_would_change_and_changes_nothing(session: Session, work: int) -> None:
    calls(session, work, 3)
    calls(session, work, 1, model="other")
    source = priced(session, "work/m", "2")
    seen = repricing.preview(session, chosen(session))
    assert (seen.total.calls, seen.total.changed, seen.total.after) == (4, 3, 6 * 10**9)
    assert [(one.model, one.calls, one.changed, one.after_usd) for one in seen.lines] == [
        ("m", 3, 3, Decimal(6))
    ]
    assert seen.moves == {("unknown", "measured"): 3}
    assert costs(session) == [(None, "unknown", None)] * 4
    assert source


def test_an_order_does_what_was_seen_and_leaves_word(session: Session, work: int) -> None:
    calls(session, work, 3)
    source = priced(session, "work/m", "2")
    done = do(session, chosen(session))
    assert (done.ended, done.calls, done.changed, done.after_usd) == (DONE, 3, 3, Decimal(6))
    assert costs(session) == [(2 * 10**9, "measured", source)] * 3
    assert not repricing.is_ordered(session)
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    ordered, over = rows[-2:]
    assert (ordered.action, over.action) == ("order.reprice", "reprice.calls")
    assert {name: over.facts[name] for name in ("calls", "changed", "before", "after")} == {
        "calls": "3", "changed": "3", "before": "0", "after": "6",
    }  # fmt: skip


def test_doing_it_twice_ends_the_same_and_says_that_nothing_changes(
    session: Session, work: int
) -> None:
    calls(session, work, 2)
    priced(session, "work/m", "2")
    do(session, chosen(session))
    before = costs(session)
    again = repricing.preview(session, chosen(session))
    assert (again.total.changed, again.lines) == (0, ())
    with pytest.raises(Refused, match="Nothing would change"):
        repricing.order(session, COMMAND_LINE, again.selection, again.digest)
    assert costs(session) == before


def test_what_the_provider_has_stated_is_never_touched(session: Session, work: int) -> None:
    calls(session, work, 1, cost=7, cost_state=CostState.MEASURED, price="provider")
    priced(session, "work/m", "2")
    assert repricing.preview(session, chosen(session)).total.calls == 0


def test_only_what_was_chosen_is_priced_anew(session: Session, work: int) -> None:
    other = connect(session, "spare", "compatible", "https://other.example/v1")
    calls(session, work, 1)
    calls(session, work, 1, cost=5, cost_state=CostState.MEASURED, price="own:0")
    calls(session, work, 1, model="n")
    calls(session, other, 1, connection="spare")
    calls(session, work, 1, outcome=None, seq=None)
    priced(session, "m", "2")
    priced(session, "n", "3")
    counts = [
        repricing.preview(session, chosen(session, **more)).total.calls
        for more in (
            {}, {"model": "m"}, {"connection": "spare"}, {"only_unknown": True},
            {"model": "m", "connection": "work", "only_unknown": True}, {"model": "none"},
            {"until": START}, {"until": START + timedelta(seconds=1)}, {"last": 2},
        )
    ]  # fmt: skip
    assert counts == [4, 3, 1, 3, 1, 0, 0, 4, 2]


def test_a_price_holds_for_the_calls_of_its_time(session: Session, work: int) -> None:
    calls(session, work, 3)
    priced(session, "work/m", "2")
    later = START + timedelta(minutes=2)
    pricing.set_price(session, COMMAND_LINE, "work/m", Amounts(Decimal(5), Decimal(0)), later)
    do(session, chosen(session))
    assert [cost for cost, _, _ in costs(session)] == [2 * 10**9, 2 * 10**9, 5 * 10**9]


def test_a_withdrawn_price_makes_the_cost_unknown_again(session: Session, work: int) -> None:
    priced(session, "work/m", "2")
    calls(session, work, 1, cost=2 * 10**9, cost_state=CostState.MEASURED, price="own:1")
    pricing.withdraw(session, COMMAND_LINE, "work/m", START - timedelta(hours=2))
    do(session, chosen(session))
    assert costs(session) == [(None, "unknown", None)]


def test_a_connection_that_is_gone_keeps_its_costs(session: Session, work: int) -> None:
    calls(session, 999, 1, cost=5, cost_state=CostState.MEASURED, price="genai-prices 0.2.3")
    assert repricing.preview(session, chosen(session)).total.changed == 0


def test_free_calls_stay_free_unless_the_team_has_a_price(session: Session) -> None:
    here = connect(session, "here", "llamacpp", "http://127.0.0.1:1")
    calls(session, here, 1, connection="here", cost=0, cost_state=CostState.FREE)
    calls(session, None, 1, connection="", outcome="refused", input_tokens=None,
          output_tokens=None, cost=0, cost_state=CostState.FREE)  # fmt: skip
    assert repricing.preview(session, chosen(session)).total.changed == 0
    source = priced(session, "here/m", "1")
    do(session, chosen(session))
    assert costs(session) == [(10**9, "measured", source), (0, "free", None)]
    pricing.withdraw(session, COMMAND_LINE, "here/m", START - timedelta(hours=2))
    do(session, chosen(session))
    assert costs(session) == [(0, "free", None)] * 2


def test_estimates_stay_estimates_and_details_count(session: Session) -> None:
    work = connect(session, "work", "openai", "https://api.openai.com/v1")
    calls(session, work, 1, model="gpt-6-sol", tokens_estimated=True, input_tokens=1000)
    calls(session, work, 1, model="whisper-1", input_tokens=None, output_tokens=None,
          details={"seconds": 10})  # fmt: skip
    do(session, chosen(session))
    assert [(cost, state) for cost, state, _ in costs(session)] == [
        (2_000_000, "estimated"), (1_000_000, "measured"),
    ]  # fmt: skip


def test_rollups_and_budgets_follow(session: Session, work: int) -> None:
    calls(session, work, 5)
    calls(session, work, 2, model="n", cost=10**9, cost_state=CostState.MEASURED, price="own:0")
    budget = Budget(name="all", scope="team", limit=10**12, period="total", made_at=START,
                    is_soft=False)  # fmt: skip
    session.add(budget)
    session.commit()
    while rollups.roll(session, most=4):
        pass
    assert rolled(session) == (2 * 10**9, 5, 7)
    priced(session, "work/m", "2")
    priced(session, "work/n", "3")
    do(session, chosen(session), most=3)
    assert [rolled(session, span) for span in ("hour", "day", "month")] == [(16 * 10**9, 0, 7)] * 3
    session.expire_all()
    assert session.scalars(select(BudgetTally.spent)).all() == [16 * 10**9]


def test_what_is_not_rolled_up_yet_is_not_counted_twice(session: Session, work: int) -> None:
    calls(session, work, 4)
    rollups.roll(session, most=2)
    priced(session, "work/m", "1")
    do(session, chosen(session))
    assert rolled(session)[0] == 2 * 10**9
    rollups.roll(session)
    assert rolled(session)[0] == 4 * 10**9


def test_it_goes_on_where_it_was_stopped(session: Session, work: int) -> None:
    calls(session, work, 5)
    priced(session, "work/m", "2")
    selection = chosen(session)
    digest = repricing.preview(session, selection).digest
    repricing.order(session, COMMAND_LINE, selection, digest)
    half = repricing.work(session, 2)
    assert half is not None
    assert (half.ended, half.calls, half.total, half.changed) == ("", 2, 5, 2)
    session.close()  # as if the process had ended
    assert repricing.under_way(session) == half
    left = []
    while (order := repricing.work(session, 2)) is not None:
        left.append((order.calls, order.changed, order.ended))
    assert left == [(4, 4, ""), (5, 5, DONE)]
    assert repricing.work(session, 2) is None


def test_a_piece_that_breaks_leaves_nothing_behind(session: Session, work: int) -> None:
    """Records, rollups and place move together, or not at all."""
    calls(session, work, 4)
    while rollups.roll(session):
        pass
    priced(session, "work/m", "2")
    selection = chosen(session)
    repricing.order(session, COMMAND_LINE, selection, repricing.preview(session, selection).digest)
    repricing.work(session, 2)
    before = costs(session), rolled(session), repricing.under_way(session)
    row = session.get(Setting, ordering.NAME)
    assert row is not None
    kept, row.value = row.value, row.value.replace('"calls": 2', '"calls": "odd"')
    session.commit()
    with pytest.raises(TypeError):
        repricing.work(session, 2)
    assert (costs(session), rolled(session)) == before[:2]
    row = session.get(Setting, ordering.NAME)
    assert row is not None
    row.value = kept
    session.commit()
    assert repricing.under_way(session) == before[2]
    assert repricing.work(session, 10).ended == DONE  # type: ignore[union-attr]
    assert rolled(session)[0] == 8 * 10**9


def test_what_was_stopped_stays_done_and_can_be_ordered_again(session: Session, work: int) -> None:
    calls(session, work, 5)
    priced(session, "work/m", "2")
    selection = chosen(session)
    digest = repricing.preview(session, selection).digest
    repricing.order(session, COMMAND_LINE, selection, digest)
    repricing.work(session, 2)
    repricing.stop(session, COMMAND_LINE)
    assert sum(cost is not None for cost, _, _ in costs(session)) == 2
    assert repricing.preview(session, selection).digest == digest
    repricing.order(session, COMMAND_LINE, selection, digest)
    order = repricing.work(session)
    assert order is not None
    assert (order.ended, order.calls, order.changed) == (DONE, 5, 3)
    with pytest.raises(Refused):
        repricing.stop(session, COMMAND_LINE)


def test_nothing_is_done_at_prices_that_nobody_has_seen(session: Session, work: int) -> None:
    calls(session, work, 4)
    priced(session, "work/m", "2")
    selection = chosen(session)
    digest = repricing.preview(session, selection).digest
    priced(session, "work/m", "3", START + timedelta(hours=1))
    with pytest.raises(Conflict, match="changed meanwhile"):
        repricing.order(session, COMMAND_LINE, selection, digest)
    digest = repricing.preview(session, selection).digest
    repricing.order(session, COMMAND_LINE, selection, digest)
    repricing.work(session, 2)
    priced(session, "work/m", "4", START + timedelta(hours=2))
    order = repricing.work(session, 2)
    assert order is not None
    assert (order.ended, order.calls) == (BROKEN_OFF, 2)
    assert [cost for cost, _, _ in costs(session)] == [3 * 10**9] * 2 + [None] * 2
    assert repricing.work(session) is None


def test_calls_that_settle_meanwhile_are_none_of_it(session: Session, work: int) -> None:
    calls(session, work, 2)
    priced(session, "work/m", "2")
    selection = chosen(session)
    digest = repricing.preview(session, selection).digest
    calls(session, work, 1)
    repricing.order(session, COMMAND_LINE, selection, digest)
    order = repricing.work(session)
    assert order is not None
    assert (order.calls, order.ended) == (2, DONE)


def test_records_that_are_gone_meanwhile_are_passed_over(session: Session, work: int) -> None:
    gone = calls(session, work, 3)
    priced(session, "work/m", "2")
    selection = chosen(session)
    digest = repricing.preview(session, selection).digest
    repricing.order(session, COMMAND_LINE, selection, digest)
    session.execute(delete(UsageRecord).where(UsageRecord.id == gone[1]))
    session.commit()
    order = repricing.work(session)
    assert order is not None
    assert (order.ended, order.calls, order.total) == (DONE, 2, 3)


def test_one_order_at_a_time_and_by_admins_only(session: Session, work: int) -> None:
    calls(session, work, 3)
    priced(session, "work/m", "2")
    selection = chosen(session)
    digest = repricing.preview(session, selection).digest
    with pytest.raises(Refused, match="Only an admin"):
        repricing.order(session, MEMBER, selection, digest)
    repricing.order(session, COMMAND_LINE, selection, digest)
    with pytest.raises(Conflict, match="Another period"):
        repricing.order(session, COMMAND_LINE, selection, digest)
    with pytest.raises(Refused, match="Only an admin"):
        repricing.stop(session, MEMBER)


@pytest.mark.parametrize(("since", "until"), [(1, None), (0, 0), (5, 3)])
def test_a_period_that_is_none_is_refused(session: Session, since: int, until: int | None) -> None:
    now = clock.now()
    end = None if until is None else now + timedelta(hours=until)
    with pytest.raises(Refused):
        repricing.entered(session, now + timedelta(hours=since), end)


def test_a_page_looks_at_no_more_than_it_can(session: Session, work: int) -> None:
    calls(session, work, 3)
    with pytest.raises(Refused, match="more than 2 calls"):
        repricing.preview(session, chosen(session), most=2)
    assert repricing.preview(session, chosen(session), most=3).total.calls == 3


def test_names_from_outside_are_only_names(session: Session, work: int) -> None:
    calls(session, work, 1)
    for odd in ("\x00", "\ud800", "%", "' OR 1=1 --", "x" * 10_000):
        selection = chosen(session, model=odd, connection=odd)
        assert repricing.preview(session, selection).total.calls == 0


steps = st.lists(
    st.sampled_from(["settle", "roll", "price", "order", "work", "stop"]), min_size=1, max_size=12
)


@settings(max_examples=25, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(steps)
def test_whatever_happens_rollups_say_what_the_ledger_says(
    session: Session, work: int, steps: list[str]
) -> None:
    for table in (UsageRecord, UsageRollup, Setting):
        session.execute(delete(table))
    session.commit()
    for number, step in enumerate(steps):
        with suppress(Refused):
            take(session, work, step, number)
    while rollups.roll(session):
        pass
    ledger = select(func.coalesce(func.sum(UsageRecord.cost), 0), func.count())
    spent, count = session.execute(ledger).one()
    if count:
        for span in ("hour", "day", "month"):
            found = rolled(session, span)
            assert (found[0], found[2]) == (spent, count)


def take(session: Session, work: int, step: str, number: int) -> None:
    match step:
        case "settle":
            calls(session, work, 3)
        case "roll":
            rollups.roll(session, most=2)
        case "price":
            priced(session, "work/m", str(number))
        case "order":
            seen = repricing.preview(session, chosen(session))
            repricing.order(session, COMMAND_LINE, seen.selection, seen.digest)
        case "work":
            repricing.work(session, 2)
        case _:
            repricing.stop(session, COMMAND_LINE)
