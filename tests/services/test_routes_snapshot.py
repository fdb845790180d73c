"""Routes, collections, cards and limits in the picture that the gateway works from."""

from __future__ import annotations

from dataclasses import astuple

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.calls.snapshot import NO_LIMIT, Caller, Limit, Snapshot, Step
from aiconnect.errors import NotFound, Refused
from aiconnect.models import Person, Role
from aiconnect.providers import PROVIDERS
from aiconnect.services import accounts, catalog, collections, routes, snapshots, tokens
from aiconnect.services import limits as rates
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing
from aiconnect.settings import Settings
from tests.services.team import Team

CARD = ModelCard(
    "llama:8b", "Llama", "chat", 8192, 4096, "llama", "8.0B", "Q4_0", 4_000_000_000, True,
    ("tools", "vision"), clock.now().replace(microsecond=0),
)  # fmt: skip
LIMITS = {"requests_per_minute": 3, "tokens_per_minute": 1000, "parallel": 2}


class Studio:
    """Builds pictures of one installation."""

    def __init__(self, session: Session, vault: Vault, settings: Settings) -> None:
        self.session, self.vault, self.settings = session, vault, settings

    def picture(self) -> Snapshot:
        self.session.expire_all()
        return snapshots.build(
            self.session, rows=PROVIDERS, vault=self.vault, settings=self.settings
        )

    def caller(self, name: str) -> Caller:
        callers = self.picture().callers.values()
        return next(one for one in callers if one.token_name == name)


@pytest.fixture
def studio(session: Session, vault: Vault, settings: Settings) -> Studio:
    return Studio(session, vault, settings)


@pytest.fixture
def near(session: Session, team: Team) -> None:
    team.add("ollama", name="near", models=("a", "b"))


def test_routes_are_by_name_with_steps_in_order(
    session: Session, studio: Studio, near: None
) -> None:
    made = routes.add(session, SYSTEM, "writer", ["near/b", "near/a"], total_seconds=40)
    routes.change_step(session, SYSTEM, made.id, made.steps[0].id, first_byte_seconds=9, retries=0)
    routes.add(session, SYSTEM, "a", ["near/a"])
    found = studio.picture().routes
    assert found["writer"].steps == (Step("near", "b", 9, 0), Step("near", "a"))
    assert found["writer"].total == 40
    assert set(found) == {"a", "writer"}


def test_collections_are_by_name_empty_ones_too(
    session: Session, studio: Studio, near: None
) -> None:
    for name in ("best", "empty"):
        collections.add(session, SYSTEM, name)
    collections.put(session, SYSTEM, "best", ["near/b", "near/a"])
    found = studio.picture().collections
    assert found["best"].steps == (Step("near", "b"), Step("near", "a"))
    assert found["empty"].steps == ()


def test_a_model_has_the_card_that_its_provider_gave(
    session: Session, team: Team, studio: Studio
) -> None:
    one = team.add("ollama", name="near")
    with writing(session):
        catalog.store_models(session, one, [CARD, ModelCard("plain")], clock.now())
    served = studio.picture().by_name
    card = served["near/llama:8b"].card
    assert card is not None
    assert astuple(card) == astuple(CARD)
    assert served["near/plain"].card == ModelCard("plain")


def test_a_caller_has_its_limits_and_its_person_s(
    session: Session, studio: Studio, alice: Person
) -> None:
    tokens.add(session, SYSTEM, "free", alice.email)
    assert (studio.caller("free").limit, studio.caller("free").person_limit) == (NO_LIMIT, NO_LIMIT)
    tokens.add(session, SYSTEM, "bound", alice.email, limited=LIMITS)
    accounts.limit_person(session, SYSTEM, alice.email, {"parallel": 7})
    assert studio.caller("bound").limit == Limit(3, 1000, 2)
    assert studio.caller("free").person_limit == Limit(parallel=7)
    accounts.limit_person(session, SYSTEM, alice.email, {"parallel": 0})
    assert studio.caller("free").person_limit == NO_LIMIT


def test_a_connection_has_its_limit_and_loses_it(studio: Studio, team: Team) -> None:
    one = team.add("ollama", name="near")
    team.edit(one, limits={"requests_per_minute": 5})
    team.edit(one, limits={"parallel": 1})
    assert studio.picture().connections["near"].limit == Limit(5, None, 1)
    team.edit(one, limits={"requests_per_minute": 0})
    assert studio.picture().connections["near"].limit == Limit(None, None, 1)


def test_a_caller_limited_to_collections_may_use_their_models_alone(
    session: Session, studio: Studio, alice: Person, near: None
) -> None:
    collections.add(session, SYSTEM, "best")
    collections.put(session, SYSTEM, "best", ["near/a"])
    tokens.add(session, SYSTEM, "bound", alice.email, collections=["best"])
    bound = studio.caller("bound")
    assert (bound.may_use("near/a"), bound.may_use("near/b")) == (True, False)
    collections.rename(session, SYSTEM, "best", "top")
    collections.put(session, SYSTEM, "top", ["near/b"])
    assert studio.caller("bound").may_use("near/b")
    collections.remove(session, SYSTEM, "top")
    collections.add(session, SYSTEM, "new")
    collections.put(session, SYSTEM, "new", ["near/a"])
    assert not studio.caller("bound").may_use("near/a")


def test_what_was_put_in_before_it_was_listed_with_its_tag_stays_allowed(
    session: Session, team: Team, studio: Studio, alice: Person
) -> None:
    one = team.add("ollama", name="new")
    collections.add(session, SYSTEM, "best")
    collections.put(session, SYSTEM, "best", ["new/llama"])
    tokens.add(session, SYSTEM, "bound", alice.email, collections=["best"])
    with writing(session):
        catalog.store_models(session, one, [ModelCard("llama:latest")], clock.now())
    assert studio.caller("bound").may_use(studio.picture().by_name["new/llama"].name)


def test_metrics_are_for_tokens_of_admins_and_owners(
    session: Session, studio: Studio, alice: Person, admin: Person, member: Person, bob: Person
) -> None:
    for one in (alice, admin, member, bob):
        tokens.add(session, SYSTEM, one.role, one.email)
    assert {role.value: studio.caller(role).reads_metrics for role in Role} == {
        "owner": True, "admin": True, "member": False, "viewer": False,
    }  # fmt: skip


@pytest.mark.parametrize("number", [-1, rates.MOST + 1, 2**40])
@pytest.mark.parametrize("name", rates.NAMES)
def test_a_limit_is_a_number_of_calls(
    session: Session, alice: Person, name: str, number: int
) -> None:
    with pytest.raises(Refused) as refused:
        tokens.add(session, SYSTEM, "bound", alice.email, limited={name: number})
    assert refused.value.field == name
    assert tokens.all(session) == []


def test_a_collection_that_is_not_there_makes_no_token(session: Session, alice: Person) -> None:
    with pytest.raises(NotFound):
        tokens.add(session, SYSTEM, "bound", alice.email, collections=["nosuch"])
    assert tokens.all(session) == []


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_who_may_limit_a_person(session: Session, member: Person, bob: Person, role: Role) -> None:
    who = Actor("someone@example.org", role=role, person_id=member.id)
    if role.covers(Role.ADMIN):
        assert accounts.limit_person(session, who, bob.email, LIMITS).parallel == 2
        return
    for email in (bob.email, member.email):
        with pytest.raises(Refused):
            accounts.limit_person(session, who, email, LIMITS)


def test_an_admin_does_not_limit_an_owner(session: Session, alice: Person, admin: Person) -> None:
    who = Actor(admin.email, role=Role.ADMIN, person_id=admin.id)
    with pytest.raises(Refused):
        accounts.limit_person(session, who, alice.email, LIMITS)
    assert accounts.limit_person(session, who, admin.email, LIMITS).parallel == 2
