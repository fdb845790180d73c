"""Whatever happens in whatever order: ledger, rollups with their tail, and export add up alike."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.ids import uuid7
from aiconnect.models import CostState, Setting, UsageRecord, UsageRollup
from aiconnect.models.base import begin_write
from aiconnect.services import absorbing, reports, retention, rollups
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.rollups import By, Per

WRITER, OTHER = "0" * 36, "1" * 36
NOW = clock.now()
ZONES = ("UTC", "Asia/Jakarta", "Europe/Berlin", "America/New_York")
AGES = st.integers(0, 400)
COSTS = st.sampled_from(["0", "0.000000001", "0.0012", "3.141592653", "99999.5", None])
OUTCOMES = st.sampled_from(["ok", "ok", "failed", "refused", "cut", "caller_left"])


GROUPS: tuple[tuple[By | None, Per | None], ...] = (
    (None, "day"), ("person", "month"), ("collection", None),
)  # fmt: skip


class Crash(Exception):
    """The process ends here."""


class Ledgers(RuleBasedStateMachine):
    """`records` is what every call that has settled should be, kept beside the database."""

    session: Session

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, tuple[str, int, int]] = {}
        self.running: list[dict[str, Any]] = []
        self.removes = False
        self.session.rollback()
        begin_write(self.session)
        for table in (UsageRecord, UsageRollup):
            self.session.execute(delete(table))
        self.session.execute(
            delete(Setting).where(Setting.name.like("ledger.%") | (Setting.name == "timezone"))
        )
        self.session.commit()
        self.session.expire_all()

    def _line(self, age: int, cost: str | None, outcome: str, who: int) -> dict[str, Any]:
        at = NOW - timedelta(hours=11 * age)
        return {
            "k": "e", "id": uuid7(), "at": int(at.timestamp() * 1000), "p": who, "pn": f"p{who}",
            "t": who, "tn": "t", "c": 1, "cn": "c", "m": f"m{age % 3}", "s": False, "rb": 40,
            "f": False, "u": [age, 1, 0, 9, None], "es": age % 2 == 0, "ms": 900, "o": outcome,
            "cd": None, "st": 200, "ft": 100, "n": 1, "sc": cost, "as": "collection/n",
        }  # fmt: skip

    def _settles(self, line: dict[str, Any]) -> None:
        cost = int(Decimal(line["sc"] or 0) * 10**9)
        self.records.setdefault(line["id"], (line["m"], cost, line["u"][0]))

    @rule(age=AGES, cost=COSTS, outcome=OUTCOMES, who=st.integers(1, 3), twice=st.booleans())
    def settle(self, age: int, cost: str | None, outcome: str, who: int, *, twice: bool) -> None:
        line = self._line(age, cost, outcome, who)
        for _ in range(1 + twice):
            absorbing.absorb(self.session, [line], WRITER)
        self._settles(line)

    @rule(age=AGES, count=st.integers(1, 5))
    def begin(self, age: int, count: int) -> None:
        lines = [self._line(age + n, None, "ok", 1) | {"k": "b"} for n in range(count)]
        absorbing.absorb(self.session, lines, OTHER)
        self.running += lines

    @rule()
    def interrupt(self) -> None:
        absorbing.mark_interrupted(self.session, alive={WRITER})
        for line in self.running:
            self.records.setdefault(line["id"], (line["m"], 0, line["rb"] // 4))
        self.running.clear()

    @rule(cost=COSTS)
    def end_what_runs(self, cost: str | None) -> None:
        for line in self.running:
            ended = line | {"k": "e", "sc": cost}
            absorbing.absorb(self.session, [ended], OTHER)
            self._settles(ended)
        self.running.clear()

    @rule(most=st.integers(1, 7))
    def roll(self, most: int) -> None:
        rollups.roll(self.session, most)

    @rule()
    def roll_everything(self) -> None:
        while rollups.roll(self.session):
            pass

    @rule(most=st.integers(1, 7))
    def roll_and_crash(self, most: int) -> None:
        self.session.rollback()
        if not rollups.behind(self.session):
            return
        commits = iter([None, Crash()])  # of what was read, of what was written

        def commit(_session: Session) -> None:
            if error := next(commits, None):
                raise error

        event.listen(self.session, "before_commit", commit)
        try:
            with pytest.raises(Crash):
                rollups.roll(self.session, most)
        finally:
            event.remove(self.session, "before_commit", commit)

    @rule(nano=st.integers(0, 10**12), every=st.integers(1, 3), crashes=st.booleans())
    def reprice(self, nano: int, every: int, *, crashes: bool) -> None:
        begin_write(self.session)
        chosen = self.session.scalars(select(UsageRecord).where(UsageRecord.seq % every == 0)).all()
        ids = [one.id for one in chosen]
        before = rollups.measured(self.session, ids)
        for one in chosen:
            one.cost, one.cost_state = nano, CostState.ESTIMATED
        self.session.flush()
        rollups.apply_change(self.session, before, rollups.measured(self.session, ids))
        if crashes:
            self.session.rollback()
            self.session.expire_all()
            return
        self.session.commit()
        for id_ in ids:
            model, _, given = self.records[id_]
            self.records[id_] = model, nano, given

    @rule(days=st.integers(1, 150), most=st.integers(1, 9))
    def forget(self, days: int, most: int) -> None:
        retention.put(self.session, COMMAND_LINE, str(days))
        self.removes |= retention.remove(self.session, most) > 0

    @rule(zone=st.sampled_from(ZONES))
    def move(self, zone: str) -> None:
        begin_write(self.session)
        self.session.merge(Setting(name="timezone", value=zone))
        self.session.commit()

    @rule(steps=st.integers(1, 30))
    def rebuild(self, steps: int) -> None:
        for _ in range(steps):
            rollups.rebuild_spans(self.session)

    def _zone(self) -> ZoneInfo:
        row = self.session.get(Setting, "timezone", populate_existing=True)
        return ZoneInfo(row.value if row else "UTC")

    @invariant()
    def every_sum_is_of_every_call(self) -> None:
        zone = self._zone()
        found = rollups.sums(self.session, "model", None, None, zone=zone)
        expected: dict[str, list[int]] = {}
        for model, cost, given in self.records.values():
            sums = expected.setdefault(model, [0, 0, 0])
            for place, more in enumerate((1, cost, given)):
                sums[place] += more
        figures = {one.key: one.figures for one in found}
        assert {
            key: [one.calls, one.cost, one.input_tokens] for key, one in figures.items()
        } == expected
        for by, per in GROUPS:
            parts = rollups.sums(self.session, by, None, None, zone=zone, per=per)
            costs = sum(cost for _, cost, _ in self.records.values())
            assert sum(one.figures.calls for one in parts) == len(self.records)
            assert sum(one.figures.cost for one in parts) == costs

    @invariant()
    def an_export_has_what_is_kept(self) -> None:
        lines = b"".join(reports.export_lines(self.session, "jsonl")).splitlines()
        exported = {one["id"]: one for one in map(json.loads, lines)}
        assert exported.keys() <= self.records.keys()
        if not self.removes:
            assert exported.keys() == self.records.keys()
        for id_, one in exported.items():
            assert Decimal(one["cost_usd"] or 0) * 10**9 == self.records[id_][1]


def test_ledger_rollups_and_export_always_add_up_alike(session: Session, store: str) -> None:
    run(session, examples=8 if store == "sqlite" else 3, steps=20)


@pytest.mark.soak
def test_they_add_up_alike_for_long(session: Session) -> None:
    run(session, examples=300, steps=60)


def run(session: Session, examples: int, steps: int) -> None:
    machine = type("Here", (Ledgers,), {"session": session})
    bounds = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=bounds)
