"""Sums over the ledger, whatever part of it is rolled up."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from aiconnect.models import CostState, Outcome, Setting, UsageRecord, UsageRollup
from aiconnect.models.base import begin_write
from aiconnect.services import rollups
from aiconnect.services.rollups import By, Figures, Sum, Wanted
from tests.ledger import NOON, add, record

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")


def settled(session: Session, *records: UsageRecord) -> None:
    """Into the ledger, numbered as they come."""
    last = session.scalar(select(func.max(UsageRecord.seq))) or 0
    for number, one in enumerate(records, last + 1):
        one.seq = number
    add(session, *records)


def in_zone(session: Session, zone: ZoneInfo) -> None:
    session.merge(Setting(name="timezone", value=zone.key))
    session.commit()


def sums(session: Session, by: By | None = None, **more: Any) -> list[Sum]:
    asked = {"since": None, "until": None, "zone": UTC} | more
    return rollups.sums(
        session, by, asked.pop("since"), asked.pop("until"), asked.pop("wanted", rollups.ALL),
        asked.pop("zone"), **asked,
    )  # fmt: skip


def varied(count: int = 60) -> list[UsageRecord]:
    """Records of many kinds over three days."""
    outcomes = [Outcome.OK, Outcome.OK, Outcome.FAILED, Outcome.REFUSED, Outcome.CALLER_LEFT]
    states = [CostState.MEASURED, CostState.NOTIONAL, CostState.UNKNOWN, CostState.ESTIMATED]
    return [
        record(
            at=NOON + timedelta(minutes=71 * n),
            person_id=n % 3 or None,
            person=f"p{n % 3}",
            access_token_id=n % 4,
            access_token=f"t{n % 4}",
            connection_id=n % 2 + 1,
            connection=f"c{n % 2 + 1}",
            model=f"m{n % 5}",
            asked=f"collection/night{n % 2}" if n % 3 else "m",
            outcome=outcomes[n % 5],
            cost_state=states[n % 4],
            cost=None if n % 4 == 2 else n * 1_000_003,
            cache_read_tokens=n,
            output_tokens=n * 10,
            latency_ms=1000 + n,
            first_token_ms=100,
            is_fallback=n % 5 == 0,
        )
        for n in range(count)
    ]


EVERY: list[By | None] = [None, *rollups.BYS]


@pytest.mark.parametrize("per", [None, "hour", "day", "month"])
@pytest.mark.parametrize("rolled", [0, 1, 17, 60])
def test_rolled_up_or_not_the_sums_are_the_same(session: Session, rolled: int, per: Any) -> None:
    settled(session, *varied())
    before = [sums(session, by, per=per) for by in EVERY]
    assert rollups.roll(session, rolled) == rolled if rolled else True
    assert [sums(session, by, per=per) for by in EVERY] == before


SPANS = [
    (timedelta(0), timedelta(days=2)),
    (timedelta(minutes=-7), timedelta(minutes=7)),
    (timedelta(minutes=1), timedelta(minutes=72)),
    (timedelta(hours=5, minutes=30), timedelta(days=2, hours=1, minutes=59)),
    (timedelta(days=-40), timedelta(days=40)),
]


@pytest.mark.parametrize(("since", "until"), SPANS)
@pytest.mark.parametrize("zone", [UTC, JAKARTA, ZoneInfo("Asia/Kathmandu")])
def test_any_span_is_exact(session: Session, since: Any, until: Any, zone: Any) -> None:
    in_zone(session, ZoneInfo(str(zone)))
    settled(session, *varied())
    span = {"since": NOON + since, "until": NOON + until, "zone": zone}
    before = [sums(session, by, **span) for by in EVERY]
    rollups.roll(session, 45)
    assert [sums(session, by, **span) for by in EVERY] == before


FILTERS = [
    Wanted(person_id=1),
    Wanted(access_token_id=3),
    Wanted(connection_id=2),
    Wanted(model="m3"),
    Wanted(collection="night1"),
    *(Wanted(outcome=ending) for ending in ("ok", "refused", "failed", "left")),
    Wanted(person_id=2, model="m2", outcome="failed"),
    Wanted(person_id=-1),
    Wanted(person_id=0),
    Wanted(without=(1,)),
    Wanted(model=""),
    Wanted(collection=""),
    Wanted(model="nobody's"),
]


@pytest.mark.parametrize("wanted", FILTERS)
def test_any_filter_is_exact(session: Session, wanted: Wanted) -> None:
    settled(session, *varied())
    before = [sums(session, by, wanted=wanted) for by in EVERY]
    rollups.roll(session, 31)
    assert [sums(session, by, wanted=wanted) for by in EVERY] == before


def test_every_figure_is_what_the_records_say(session: Session) -> None:
    settled(session, *varied())
    rollups.roll(session, 40)
    (found,) = sums(session)
    records = session.scalars(select(UsageRecord)).all()
    of_subscriptions = {CostState.NOTIONAL}
    owed = sum(one.cost or 0 for one in records if one.cost_state not in of_subscriptions)
    assert found.figures.calls == 60
    assert found.figures.cost == owed
    assert found.figures.cost + found.figures.notional == sum(one.cost or 0 for one in records)
    assert found.figures.unpriced == sum(one.cost is None for one in records)
    assert found.figures.given_tokens == sum(10 + (one.cache_read_tokens or 0) for one in records)
    assert found.figures.ok == sum(one.outcome == Outcome.OK for one in records)
    assert (found.figures.failed, found.figures.refused, found.figures.left) == (12, 12, 12)
    assert found.figures.timed == found.figures.ok
    assert found.figures.fallbacks == 12


def test_a_record_is_rolled_up_once(session: Session) -> None:
    settled(session, *varied())
    while rollups.roll(session, 7):
        pass
    assert rollups.roll(session, 7) == 0
    assert sums(session)[0].figures.calls == 60


class Broken(Exception):
    """The process ends here."""


def test_a_roll_that_breaks_off_leaves_nothing(session: Session) -> None:
    settled(session, *varied())
    before = sums(session)
    session.rollback()
    commits = iter([None, Broken()])  # of what was read, of what was written

    def commit(_session: Session) -> None:
        if error := next(commits, None):
            raise error

    event.listen(session, "before_commit", commit)
    with pytest.raises(Broken):
        rollups.roll(session)
    assert session.scalar(select(func.count()).select_from(UsageRollup)) == 0
    assert sums(session) == before
    assert rollups.roll(session) == 60
    assert sums(session) == before


def test_a_late_record_of_a_past_month_is_added_there(session: Session) -> None:
    settled(session, record())
    rollups.roll(session)
    settled(session, record(at=NOON - timedelta(days=60)))
    rollups.roll(session)
    starts = [one.start for one in sums(session, per="month")]
    assert starts == [datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)]


def test_days_are_those_of_the_team(session: Session) -> None:
    in_zone(session, BERLIN)
    start = datetime(2026, 10, 25, tzinfo=BERLIN)
    settled(session, *(record(at=start.astimezone(UTC) + timedelta(hours=h)) for h in range(26)))
    rollups.roll(session)
    days = sums(session, per="day", zone=BERLIN)
    assert [one.figures.calls for one in days] == [25, 1]
    assert days[0].start == start


def test_days_of_another_zone_come_from_hours(session: Session) -> None:
    in_zone(session, JAKARTA)
    settled(session, *varied())
    before = sums(session, per="day", zone=BERLIN)
    rollups.roll(session)
    assert sums(session, per="day", zone=BERLIN) == before


def test_a_change_of_records_is_carried_into_their_rollups(session: Session) -> None:
    settled(session, *varied())
    rollups.roll(session, 30)
    records = session.scalars(select(UsageRecord)).all()
    ids = [one.id for one in records]
    begin_write(session)
    before = rollups.measured(session, ids)
    for one in records:
        one.cost, one.cost_state = 7, CostState.ESTIMATED
    session.flush()
    rollups.apply_change(session, before, rollups.measured(session, ids))
    session.commit()
    (found,) = sums(session)
    assert (found.figures.calls, found.figures.cost) == (60, 60 * 7)
    assert (found.figures.notional, found.figures.unpriced) == (0, 0)
    assert found.figures.estimated == 60


def test_names_that_reached_no_connection_share_a_row(session: Session) -> None:
    made_up = (
        record(
            connection="", connection_id=None, model=f"x{n}", asked=f"collection/{n}",
            outcome=Outcome.REFUSED,
        )
        for n in range(20)
    )  # fmt: skip
    settled(session, *made_up)
    rollups.roll(session)
    assert session.scalar(select(func.count()).select_from(UsageRollup)) == 4
    assert [one.key for one in sums(session, "model")] == [""]


def test_what_is_not_to_be_named_is_one_line(session: Session) -> None:
    settled(session, record(model="a", connection_id=1), record(model="b", connection_id=2))
    settled(session, record(model="c", connection_id=2))
    rollups.roll(session, 2)
    found = {one.key: one.figures.calls for one in sums(session, "model", unnamed=[2])}
    assert found == {"": 2, "a": 1}


def test_few_names_may_be_asked_for(session: Session) -> None:
    settled(session, *varied())
    rollups.roll(session, 30)
    every = {one.key: one.figures for one in sums(session, "person")}
    found = {one.key: one.figures for one in sums(session, "person", named=["p1"])}
    assert found == {"p1": every["p1"], "": every["p0"] + every["p2"]}
    assert [one.id for one in sums(session, "person", named=[])] == [0]


@pytest.mark.parametrize("unnamed", [(), (2,)])
@pytest.mark.parametrize("per", [None, "hour", "day", "month"])
@pytest.mark.parametrize(("by", "named"), [("model", ("m1", "m3")), ("person", ("p1",)),
                                           ("connection", ("c1",)), ("token", ("t0", "t9")),
                                           ("collection", ("night1",))])  # fmt: skip
def test_a_few_names_and_the_rest_are_what_all_names_are(
    session: Session, by: By, named: tuple[str, ...], per: Any, unnamed: tuple[int, ...]
) -> None:
    settled(session, *varied())
    rollups.roll(session, 40)
    expected: dict[Any, Figures] = defaultdict(Figures)
    for one in sums(session, by, per=per, unnamed=unnamed, zone=BERLIN):
        key = one.key if one.key in named else ""
        expected[one.start, key] += one.figures
    found = sums(session, by, per=per, unnamed=unnamed, zone=BERLIN, named=named)
    assert {(one.start, one.key): one.figures for one in found} == expected
    in_zone(session, BERLIN)
    steps(session)
    found = sums(session, by, per=per, unnamed=unnamed, zone=BERLIN, named=named)
    assert {(one.start, one.key): one.figures for one in found} == expected


def test_absurd_costs_leave_nothing_below_zero_beside_those_that_are_named(
    session: Session,
) -> None:
    for name in "abc":
        settled(session, record(model=name, cost=2**62, cost_state=CostState.MEASURED))
    rollups.roll(session)
    for per in (None, "day"):
        found = sums(session, "model", named=["a", "b"], per=per)
        costs = {one.key: one.figures.cost for one in found}
        assert (costs["a"], costs["b"]) == (2**62, 2**62)
        assert 0 <= costs[""] <= 2**62  # PostgreSQL adds up beyond what a column holds


def test_only_the_figures_that_are_asked_for_are_summed(session: Session) -> None:
    settled(session, *varied())
    rollups.roll(session, 40)
    [every], [few] = sums(session), sums(session, only=("cost", "failed"))
    kept = {"calls", "cost", "failed"}
    assert few.figures == Figures(**{name: getattr(every.figures, name) for name in kept})


def test_absurd_costs_stop_no_rollup(session: Session) -> None:
    most = 2**63 - 1
    settled(session, record(cost=most, cost_state=CostState.MEASURED))
    rollups.roll(session)
    settled(session, record(cost=most, cost_state=CostState.MEASURED))
    assert rollups.roll(session) == 1
    assert sums(session)[0].figures.cost == most


def steps(session: Session) -> int:
    """Rebuild to the end; how many steps that took."""
    count = 0
    while rollups.rebuild_spans(session):
        count += 1
    return count


def test_another_time_zone_has_its_own_days(session: Session) -> None:
    settled(session, *varied())
    rollups.roll(session, 40)
    for zone in (JAKARTA, BERLIN, ZoneInfo("Asia/Kathmandu")):
        in_zone(session, zone)
        assert steps(session) > 3
        assert rollups.rebuild_spans(session) is False
        rows = select(UsageRollup.start).where(UsageRollup.span == "day").distinct()
        for start in session.scalars(rows):
            assert start.astimezone(zone).hour == 0


@pytest.mark.parametrize("zone", [BERLIN, ZoneInfo("America/St_Johns")])
def test_sums_are_right_at_every_step_of_a_rebuild(session: Session, zone: ZoneInfo) -> None:
    settled(session, *varied())
    rollups.roll(session, 30)
    in_zone(session, zone)
    spans = [{}, {"since": NOON + timedelta(hours=7)}]
    before = [sums(session, "model", zone=zone, **span) for span in spans]
    while rollups.rebuild_spans(session):
        rollups.roll(session, 3)
        assert [sums(session, "model", zone=zone, **span) for span in spans] == before
    assert sums(session, "model", zone=zone) == before[0]


def test_days_of_the_new_zone_are_exact(session: Session) -> None:
    settled(session, *varied())
    days = sums(session, "person", zone=BERLIN, per="day")
    rollups.roll(session)
    in_zone(session, BERLIN)
    steps(session)
    assert sums(session, "person", zone=BERLIN, per="day") == days
    spans = set(session.scalars(select(UsageRollup.span).distinct()))
    assert spans == {"hour", "day", "total", "month"}


def test_nothing_is_rebuilt_where_nothing_changed(session: Session) -> None:
    assert rollups.rebuild_spans(session) is False
    settled(session, *varied())
    rollups.roll(session)
    assert rollups.rebuild_spans(session) is False
