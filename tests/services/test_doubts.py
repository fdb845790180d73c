"""A settled call that contradicts a connection's state makes it doubtful."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.models import Connection, State
from aiconnect.providers import PROVIDERS
from aiconnect.services import absorbing, connections
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Draft
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing

WRITER = "00000000-0000-7000-8000-000000000001"


@pytest.fixture
def connection(session: Session, vault: Vault) -> Connection:
    draft = Draft("ollama")
    return connections.add(session, SYSTEM, draft, rows=PROVIDERS, vault=vault)


def settle(session: Session, connection: Connection, outcome: str, code: str | None) -> None:
    line = {
        "k": "e", "id": ids.uuid7(), "at": int(clock.now().timestamp() * 1000), "s": False,
        "m": "m", "p": 1, "pn": "x", "t": 1, "tn": "t", "c": connection.id, "cn": "ollama",
        "f": True, "rb": 10, "ms": 5, "ft": None, "o": outcome, "st": 200, "cd": code, "n": 1,
        "u": None, "es": False,
    }  # fmt: skip
    absorbing.absorb(session, [line], WRITER)
    session.refresh(connection)


def put(session: Session, connection: Connection, state: State) -> None:
    with writing(session):
        connection.state = state


@pytest.mark.parametrize(
    ("state", "outcome", "code", "is_doubted"),
    [
        (State.CONNECTED, "failed", "provider_unreachable", True),
        (State.CONNECTED, "refused", "provider_auth", True),
        (State.CONNECTED, "failed", "provider_error", False),
        (State.CONNECTED, "refused", "provider_rate_limited", False),
        (State.CONNECTED, "ok", None, False),
        (State.UNREACHABLE, "ok", None, True),
        (State.NEEDS_ATTENTION, "ok", None, True),
        (State.UNREACHABLE, "failed", "provider_unreachable", False),
    ],
)
def test_only_what_contradicts_the_state_is_doubted(
    session: Session, connection: Connection, state: State, outcome: str, code: str | None,
    is_doubted: bool,
) -> None:  # fmt: skip
    put(session, connection, state)
    settle(session, connection, outcome, code)
    assert (connection.doubted_at is not None) is is_doubted
    assert connection.state == state


def test_many_failures_doubt_it_once_a_minute(session: Session, connection: Connection) -> None:
    put(session, connection, State.CONNECTED)
    settle(session, connection, "failed", "provider_unreachable")
    first = connection.doubted_at
    settle(session, connection, "failed", "provider_unreachable")
    assert connection.doubted_at == first
