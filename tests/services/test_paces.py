"""How fast the latest calls were answered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from aiconnect.models import Outcome
from aiconnect.services import paces, rollups
from aiconnect.services.paces import Spread
from tests import ledger


def call(ms: int, **more: Any) -> SimpleNamespace:
    usual = {"latency_ms": ms, "first_token_ms": None, "generation_ms": None, "written": None}
    return SimpleNamespace(**{**usual, **more})


def test_speed_is_the_provider_s_figure_before_ours() -> None:
    found = paces.of([call(2100, first_token_ms=100, written=100, generation_ms=1000)])
    assert found.speed == Spread(100, 100)
    assert paces.of([call(2100, first_token_ms=100, written=100)]).speed == Spread(50, 50)


def test_nearly_all_were_at_least_as_fast() -> None:
    found = paces.of([call(0, written=100, generation_ms=ms) for ms in range(1000, 21000, 1000)])
    assert found.speed == Spread(10, 100 / 19)


def test_what_says_nothing_of_speed_has_none() -> None:
    for odd in ({"written": 3}, {"written": 50}, {"written": 50, "first_token_ms": 900}):
        assert paces.of([call(900, **odd)]).speed is None


def test_only_answered_calls_that_fit_are_timed(session: Session) -> None:
    ledger.add(
        session,
        ledger.record(model="a", latency_ms=100),
        ledger.record(model="a", latency_ms=900, outcome=Outcome.FAILED),
        ledger.record(model="b", latency_ms=500),
    )
    found = paces.latest(session, rollups.conditions(rollups.Wanted(model="a")))
    assert (found.calls, found.whole, found.first_word) == (1, Spread(100, 100), None)
