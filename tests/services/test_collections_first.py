"""The first collection: made once of what is connected, and left alone once it is somebody's."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.models import Collection, Connection, Person
from aiconnect.services import catalog, collections, tokens
from aiconnect.services.audit import SYSTEM
from aiconnect.services.shared import name_of
from aiconnect.services.writing import writing
from tests.services.team import Team


def end_test(session: Session, connection: Connection, *cards: ModelCard) -> Collection | None:
    """As a test of the connection ends."""
    with writing(session):
        catalog.store_models(session, connection, cards, clock.now())
        return collections.begin(session)


def common(session: Session) -> list[str]:
    session.expire_all()
    return [name_of(one) for one in collections.by_name(session, "common").models]


@pytest.fixture
def near(team: Team) -> Connection:
    return team.add("ollama", name="near")


def test_nothing_is_made_of_nothing(session: Session, near: Connection) -> None:
    assert end_test(session, near, ModelCard("e", type="embedding")) is None
    assert collections.all(session) == []


def test_it_has_the_chats_that_read_most_loaded_ones_first(
    session: Session, near: Connection
) -> None:
    cards = [ModelCard(f"m{n}", context=1000 * n) for n in range(1, 8)]
    end_test(session, near, *cards, ModelCard("hot", context=1, loaded=True), ModelCard("z"))
    assert common(session) == ["near/hot", "near/m7", "near/m6", "near/m5", "near/m4"]


def test_what_waits_for_mature_mode_stays_out_of_it(session: Session, near: Connection) -> None:
    cards = [ModelCard(one, context=9000) for one in ("rocinante-12b", "qwen-uncensored")]
    end_test(session, near, *cards, ModelCard("plain", context=1000))
    assert common(session) == ["near/plain"]


def test_what_is_connected_next_joins_it_until_it_is_full(
    session: Session, team: Team, near: Connection
) -> None:
    end_test(session, near, ModelCard("a"))
    far = team.add("ollama", name="far")
    end_test(session, far, *(ModelCard(one) for one in "bcdefg"))
    assert len(common(session)) == 5
    assert "near/a" in common(session)
    assert end_test(session, near, ModelCard("a"), ModelCard("new")) is None


@pytest.mark.parametrize("deed", ["take", "remove", "limit"])
def test_it_is_left_alone_once_it_is_somebody_s(
    session: Session, near: Connection, alice: Person, deed: str
) -> None:
    end_test(session, near, ModelCard("a"), ModelCard("b"))
    if deed == "take":
        collections.take(session, SYSTEM, "common", "near/b")
    elif deed == "remove":
        collections.remove(session, SYSTEM, "common")
    else:
        tokens.add(session, SYSTEM, "t", alice.email, collections=["common"])
    before = [name_of(m) for one in collections.all(session) for m in one.models]
    assert end_test(session, near, *(ModelCard(one) for one in "abc")) is None
    session.expire_all()
    assert [name_of(m) for one in collections.all(session) for m in one.models] == before


def test_none_is_made_beside_one_of_somebody_s_own(session: Session, near: Connection) -> None:
    collections.add(session, SYSTEM, "mine")
    assert end_test(session, near, ModelCard("a")) is None
    collections.remove(session, SYSTEM, "mine")
    assert end_test(session, near, ModelCard("a"), ModelCard("b")) is None
