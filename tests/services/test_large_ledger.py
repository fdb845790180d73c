"""A ledger of many calls: what is promised of ten million, on fewer of them with room to spare."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Role
from aiconnect.services import call_pages, reports, rollups
from aiconnect.services.audit import Actor
from aiconnect.services.rollups import Wanted
from bench import ledger_rows

ADMIN = Actor("ada", role=Role.ADMIN, person_id=1)
FILTERS = [
    Wanted(), Wanted(person_id=50), Wanted(connection_id=3), Wanted(collection="night1"),
    Wanted(model="model-325"), Wanted(outcome="failed"), Wanted(person_id=50, outcome="refused"),
]  # fmt: skip


def quickest(ask: Callable[[], Any], times: int = 3) -> float:
    """In seconds: other programs may disturb some of the times, but hardly all."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return min(took)


def check(engine: Engine, session: Session, count: int) -> None:
    now = clock.now()
    ledger_rows.make(engine, count, now)
    began = time.perf_counter()
    first = rollups.roll(session, 5000)
    assert first / (time.perf_counter() - began) > 500
    while rollups.roll(session, 20_000):
        pass
    since = now - timedelta(days=30)
    for wanted in FILTERS:
        asked = partial(rollups.sums, session, "model", since, None, wanted)
        assert quickest(asked) < 1
        assert quickest(partial(asked, per="day", named=["model-0", "model-37"])) < 1
        conditions = rollups.conditions(wanted)
        assert quickest(partial(call_pages.page, session, ADMIN, conditions)) < 0.5
    (total,) = rollups.sums(session, None, None, None)
    assert total.figures.calls == count
    began, lines = time.perf_counter(), 0
    for piece in reports.export_lines(session, "jsonl"):
        lines += piece.count(b"\n")
    assert lines / (time.perf_counter() - began) > 5000
    assert lines == count
    row = json.loads(next(reports.export_lines(session, "jsonl")).partition(b"\n")[0])
    assert row["id"].endswith("000000000001")


def test_a_hundred_thousand_calls_are_read_at_once(engine: Engine, session: Session) -> None:
    check(engine, session, 100_000)


@pytest.mark.soak
def test_ten_million_calls_are_read_at_once(engine: Engine, session: Session) -> None:
    check(engine, session, 10_000_000)
