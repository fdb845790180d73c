"""How fast models write, from the calls that were measured."""

from __future__ import annotations

from dataclasses import astuple
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.models import CostState, Outcome, UsageRecord
from aiconnect.services.speed import CALLS, speeds

HERE = 7


def call(session: Session, model: str = "m", **more: object) -> None:
    """A measured call of a hundred tokens, which came within two seconds."""
    values: dict[str, object] = {
        "id": ids.uuid7(), "at": clock.now(), "person": "p", "access_token": "t",
        "connection_id": HERE, "connection": "c", "model": model, "is_stream": True,
        "outcome": Outcome.OK, "output_tokens": 100, "cost_state": CostState.FREE,
        "latency_ms": 2500, "first_token_ms": 500,
    }  # fmt: skip
    session.add(UsageRecord(**values | more))
    session.commit()


def speed(session: Session, model: str = "m") -> tuple[float, int, bool] | None:
    found = speeds(session, HERE).get(model)
    return None if found is None else astuple(found)


def test_speed_is_tokens_from_the_first_word_to_the_last(session: Session) -> None:
    call(session)
    assert speed(session) == (50.0, 1, False)


def test_reasoning_is_written_too(session: Session) -> None:
    call(session, output_tokens=40, reasoning_tokens=160)
    assert speed(session) == (100.0, 1, False)


def test_the_providers_own_figure_counts_before_ours(session: Session) -> None:
    call(session)
    call(session, generation_ms=200, is_stream=False, first_token_ms=None)
    assert speed(session) == (500.0, 1, True)


def test_long_answers_weigh_more_than_short_ones(session: Session) -> None:
    call(session, output_tokens=900, latency_ms=1400)
    call(session, output_tokens=100, latency_ms=9600)
    assert speed(session) == (100.0, 2, False)


def test_each_model_has_its_own(session: Session) -> None:
    call(session, "slow", latency_ms=10_500)
    call(session, "fast", generation_ms=100)
    assert (speed(session, "slow"), speed(session, "fast")) == ((10.0, 1, False), (1000.0, 1, True))


@pytest.mark.parametrize(
    "more",
    [
        {"connection_id": HERE + 1},
        {"connection_id": None},
        {"outcome": Outcome.CALLER_LEFT},
        {"outcome": None},
        {"tokens_estimated": True},
        {"output_tokens": None},
        {"output_tokens": 7},
        {"first_token_ms": None},
        {"latency_ms": None},
        {"latency_ms": 500},
        {"first_token_ms": None, "generation_ms": 0},
        {"at": clock.now() - timedelta(days=7, minutes=1)},
    ],
)
def test_some_calls_say_nothing(session: Session, more: dict[str, object]) -> None:
    call(session, **more)
    assert speed(session) is None


def test_only_the_latest_calls_count(session: Session) -> None:
    for number in range(CALLS):
        call(session, at=clock.now() - timedelta(minutes=number))
    call(session, "earlier", at=clock.now() - timedelta(days=1))
    assert set(speeds(session, HERE)) == {"m"}
