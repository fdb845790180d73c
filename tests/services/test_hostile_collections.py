"""Collections under hands that want them to break."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.models import Connection
from aiconnect.services import catalog, collections
from aiconnect.services.audit import SYSTEM
from aiconnect.services.writing import writing
from tests.services.team import Team


@pytest.fixture
def near(session: Session, team: Team) -> Connection:
    made = team.add("ollama", name="near")
    with writing(session):
        catalog.store_models(session, made, [ModelCard("a"), ModelCard("b")], clock.now())
    return made


def test_one_model_written_many_times_is_looked_up_once(
    session: Session, near: Connection, engine: Engine
) -> None:
    """Nobody else can write meanwhile."""
    collections.add(session, SYSTEM, "best")
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert collections.put(session, SYSTEM, "best", ["a"] * 2000 + ["b"] * 2000) == [
        "near/a",
        "near/b",
    ]
    assert len(asked) < 50


def carried(**parameters: Any) -> bytes:
    model = {"connection": "near", "model": "a", "parameters": parameters}
    return json.dumps({"aiconnect_collection": 1, "name": "best", "models": [model]}).encode()


def test_a_number_has_as_many_decimals_as_a_form_takes(session: Session, near: Connection) -> None:
    file = carried(temperature=0.1 + 0.2, top_p=1e-5, presence_penalty=-1e-320)
    made = collections.bring(session, SYSTEM, collections.read(file)).collection
    assert made.models[0].parameters == {
        "temperature": 0.3,
        "top_p": 0.00001,
        "presence_penalty": 0,
    }
