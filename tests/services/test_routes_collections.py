"""Collections: named, ordered sets of models."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.errors import Conflict, NotFound, Refused
from aiconnect.models import AccessToken, CollectionModel, Person, Role
from aiconnect.services import catalog, collections, connections, installation, tokens
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.services.shared import name_of
from tests.services.team import Team

Act = Callable[[Session, Actor], object]
CHANGES: dict[str, Act] = {
    "add": lambda session, who: collections.add(session, who, "more"),
    "put": lambda session, who: collections.put(session, who, "best", ["near/c"]),
    "move": lambda session, who: collections.move(session, who, "best", "near/b", 1),
    "take": lambda session, who: collections.take(session, who, "best", "near/b"),
    "rename": lambda session, who: collections.rename(session, who, "best", "top"),
    "remove": lambda session, who: collections.remove(session, who, "best"),
}


@pytest.fixture
def best(session: Session, team: Team) -> str:
    """A collection of two models of one connection, which has a third."""
    team.add("ollama", name="near", models=("a", "b", "c"))
    collections.add(session, SYSTEM, "best")
    assert collections.put(session, SYSTEM, "best", ["near/a", "b"]) == ["near/a", "near/b"]
    return "best"


def models(session: Session, name: str = "best") -> list[str]:
    session.expire_all()
    return [name_of(one) for one in collections.by_name(session, name).models]


@pytest.mark.parametrize("act", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("role", list(Role), ids=str)
def test_admins_and_owners_change_them_and_the_gateway_learns_of_it(
    session: Session, best: str, act: Act, role: Role
) -> None:
    before = installation.revision(session)
    who = Actor("someone@example.org", role=role, person_id=1)
    if role.covers(Role.ADMIN):
        act(session, who)
        assert installation.revision(session) == before + 1
        return
    with pytest.raises(Refused, match="Only an admin"):
        act(session, who)


@pytest.mark.parametrize("name", ["", "Best", "a b", "-a", "collection", "route", "x" * 60, "a/b"])
def test_a_name_is_a_slug_without_a_meaning_of_its_own(session: Session, name: str) -> None:
    with pytest.raises(Refused) as refused:
        collections.add(session, SYSTEM, name)
    assert refused.value.field == "name"


def test_a_name_is_taken_once(session: Session, best: str) -> None:
    collections.add(session, SYSTEM, "other")
    for taken in (
        lambda: collections.add(session, SYSTEM, "best"),
        lambda: collections.rename(session, SYSTEM, "other", "best"),
    ):
        with pytest.raises(Conflict):
            taken()
    assert collections.rename(session, SYSTEM, "best", "best").name == "best"


def test_what_is_in_it_already_is_not_put_in_again(session: Session, best: str) -> None:
    assert collections.put(session, SYSTEM, best, ["near/b", "c", "a"]) == ["near/c"]
    assert models(session) == ["near/a", "near/b", "near/c"]


def test_one_model_that_is_not_served_keeps_all_of_them_out(session: Session, best: str) -> None:
    with pytest.raises(NotFound):
        collections.put(session, SYSTEM, best, ["near/c", "near/zzz"])
    assert models(session) == ["near/a", "near/b"]


def test_a_personal_connection_s_model_stays_out(
    session: Session, team: Team, best: str, member: Person
) -> None:
    team.add("ollama", name="mels", owner_id=member.id, models=("own",))
    with pytest.raises(Refused, match="personal"):
        collections.put(session, SYSTEM, best, ["mels/own"])


@pytest.mark.parametrize(
    ("model", "position", "order"),
    [
        ("near/c", 1, "cab"),
        ("c", 2, "acb"),
        ("near/a", 3, "bca"),
        ("a", 99, "bca"),
        ("b", 2, "abc"),
    ],
)
def test_a_model_moves_to_a_position(
    session: Session, best: str, model: str, position: int, order: str
) -> None:
    collections.put(session, SYSTEM, best, ["c"])
    moved = collections.move(session, SYSTEM, best, model, position)
    assert [one.model_id for one in moved.models] == list(order)
    assert models(session) == [f"near/{one}" for one in order]


def test_a_model_is_taken_out_though_it_is_no_longer_served(session: Session, best: str) -> None:
    one = connections.by_name(session, "near")
    catalog.hide(session, SYSTEM, one.id, ["a"])
    collections.take(session, SYSTEM, best, "near/a")
    assert models(session) == ["near/b"]
    with pytest.raises(NotFound, match="not in the collection"):
        collections.take(session, SYSTEM, best, "near/a")


def test_a_connection_takes_its_models_with_it(session: Session, best: str) -> None:
    one = connections.by_name(session, "near")
    assert collections.resting_on(session, one.id) == [best]
    connections.remove(session, SYSTEM, one.id)
    assert models(session) == []


def test_a_removed_one_allows_nothing_to_the_tokens_limited_to_it(
    session: Session, best: str, alice: Person
) -> None:
    for name, limited in (("one", ["best"]), ("every", []), ("two", ["best", "other"])):
        collections.add(session, SYSTEM, "other") if name == "two" else None
        tokens.add(session, SYSTEM, name, alice.email, collections=limited)
    assert collections.remove(session, SYSTEM, best) == ["one", "two"]
    collections.add(session, SYSTEM, "new")  # whose id may be that of the one before
    kept = {one.name: one.collections for one in session.scalars(select(AccessToken))}
    other = collections.by_name(session, "other").id
    assert kept == {"one": [], "every": None, "two": [other]}
    assert session.scalars(select(CollectionModel)).all() == []


def test_its_models_are_listed_in_its_order_known_or_not(
    session: Session, team: Team, best: str
) -> None:
    team.add("ollama", name="new")
    collections.put(session, SYSTEM, best, ["new/any"])
    collections.move(session, SYSTEM, best, "new/any", 1)
    found = collections.models(session, best)
    assert [(one.connection.name, one.model_id) for one in found] == [
        ("new", "any"), ("near", "a"), ("near", "b"),
    ]  # fmt: skip
    assert [catalog.available(one)[0] for one in found] == [True] * 3


def test_one_that_is_not_there_is_not_found(session: Session) -> None:
    for name in ("nosuch", "\0", ""):
        with pytest.raises(NotFound):
            collections.by_name(session, name)
