"""What would be tried for a name, and of everything else why not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.adapters.types import ModelCard
from aiconnect.calls.plan import WHY, plan
from aiconnect.calls.snapshot import Snapshot
from aiconnect.errors import NotFound
from aiconnect.models import Person
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import (
    budgets,
    catalog,
    collections,
    connections,
    pricing,
    routes,
    snapshots,
    tokens,
)
from aiconnect.services.audit import COMMAND_LINE, SYSTEM
from aiconnect.services.vault import Vault, new_key
from aiconnect.services.writing import writing
from aiconnect.settings import Settings
from tests.services.team import Team


class Office:
    """Routes over connections, explained."""

    def __init__(self, team: Team, settings: Settings) -> None:
        self.team, self.session, self.settings = team, team.session, settings

    def picture(self, vault: Vault | None = None) -> Snapshot:
        self.session.expire_all()
        return snapshots.build(
            self.session, rows=PROVIDERS, vault=vault or self.team.vault, settings=self.settings
        )

    def explain(self, name: str, token: str = "", vault: Vault | None = None) -> routes.Explained:
        picture = self.picture(vault)
        caller = routes.caller_of(picture, token) if token else routes.ANYBODY
        return routes.explain(self.session, picture, name, caller)

    def told(self, name: str, token: str = "") -> dict[str, int | str | None]:
        """By model: the place among those tried, or why it is not."""
        lines = self.explain(name, token).lines
        return {one.name: one.why or one.number for one in lines}


@pytest.fixture
def office(team: Team, settings: Settings) -> Office:
    team.add("ollama", name="near", models=("a", "b"))
    team.add("ollama", name="far", models=("a", "c"))
    return Office(team, settings)


def test_every_reason_of_a_plan_has_its_words() -> None:
    assert WHY.keys() <= routes.WHYS.keys()


def test_steps_come_in_order_with_their_settings(session: Session, office: Office) -> None:
    made = routes.add(session, SYSTEM, "writer", ["far/c", "near/a"], total_seconds=90)
    routes.change_step(session, SYSTEM, made.id, made.steps[0].id, first_byte_seconds=20, retries=2)
    found = office.explain("writer")
    assert (found.kind, found.total) == ("route", 90)
    assert [(one.name, one.number, one.first_byte, one.retries) for one in found.lines] == [
        ("far/c", 1, 20, 2), ("near/a", 2, None, None),
    ]  # fmt: skip
    assert {one.state for one in found.lines} == {"untested"}


def test_it_says_what_the_plan_of_a_call_does(session: Session, office: Office) -> None:
    routes.add(session, SYSTEM, "writer", ["far/c", "near/a", "near/b"])
    connections.disable(session, SYSTEM, connections.by_name(session, "far").id)
    picture = office.picture()
    planned = plan(picture, routes.ANYBODY, "writer")
    lines = routes.explain(session, picture, "writer").lines
    tried = sorted((one for one in lines if one.number), key=lambda one: one.number or 0)
    assert [one.name for one in tried] == [one.name for one in planned.attempts]
    assert {(one.name, one.why) for one in lines if one.why} == {
        (one.name, one.why) for one in planned.skipped
    }


def test_a_model_that_is_not_served_says_why(session: Session, office: Office) -> None:
    office.team.add("ollama", name="new")
    one = connections.by_name(session, "near")
    with writing(session):
        catalog.store_models(session, one, [ModelCard("gone")], clock.now())
    routes.add(session, SYSTEM, "writer", ["near/a", "near/b", "near/gone", "new/x", "far/c"])
    catalog.hide(session, SYSTEM, one.id, ["a"])
    new = connections.by_name(session, "new")
    with writing(session):
        catalog.store_models(session, one, [], clock.now())
        catalog.store_models(session, new, [], clock.now())
    office.team.edit(connections.by_name(session, "far"), allowed=("a",))
    assert office.told("writer") == {
        "near/a": "hidden", "near/b": 1, "near/gone": "not_listed", "new/x": "not_served",
        "far/c": "outside",
    }  # fmt: skip


def test_where_nothing_can_be_tried_every_reason_is_told(session: Session, office: Office) -> None:
    routes.add(session, SYSTEM, "writer", ["far/c", "near/a"])
    for name in ("near", "far"):
        connections.disable(session, SYSTEM, connections.by_name(session, name).id)
    assert office.told("writer") == {"far/c": "off", "near/a": "off"}


def test_a_key_that_does_not_open_is_told(session: Session, office: Office) -> None:
    office.team.add("openai", secret=Secret("sk-proj-" + "a" * 40), models=("gpt",))
    routes.add(session, SYSTEM, "writer", ["openai/gpt", "near/a"])
    found = office.explain("writer", vault=Vault([new_key()]))
    assert [one.why for one in found.lines] == ["key_unreadable", ""]


def test_an_access_token_s_limits_are_told(session: Session, office: Office, alice: Person) -> None:
    routes.add(session, SYSTEM, "writer", ["far/c", "near/a"])
    collections.add(session, SYSTEM, "best")
    collections.put(session, SYSTEM, "best", ["near/a"])
    tokens.add(session, SYSTEM, "patterns", alice.email, patterns=["far/*"])
    tokens.add(session, SYSTEM, "sets", alice.email, collections=["best"])
    assert office.told("writer", "patterns") == {"far/c": 1, "near/a": "not_allowed"}
    assert office.told("writer", "sets") == {"far/c": "not_allowed", "near/a": 1}
    assert office.told("writer") == {"far/c": 1, "near/a": 2}


def test_a_collection_a_full_name_and_a_bare_id_are_explained(
    session: Session, office: Office
) -> None:
    collections.add(session, SYSTEM, "best")
    collections.put(session, SYSTEM, "best", ["far/c", "near/b"])
    assert office.told("collection/best") == {"far/c": 1, "near/b": 2}
    assert office.told("near/a") == {"near/a": 1}
    assert office.told("a") == {"near/a": 1, "far/a": 2}
    kinds = [office.explain(name).kind for name in ("collection/best", "near/a", "a")]
    assert kinds == ["collection", "model", "model"]


def test_a_bare_id_names_the_connections_that_are_off_too(session: Session, office: Office) -> None:
    connections.disable(session, SYSTEM, connections.by_name(session, "near").id)
    assert office.told("a") == {"far/a": 1, "near/a": "off"}
    assert office.told("b") == {"near/b": "off"}


def test_a_personal_connection_is_told_to_its_owner_s_tokens_alone(
    session: Session, office: Office, member: Person, alice: Person
) -> None:
    office.team.add("ollama", name="mels", owner_id=member.id, models=("own", "a"))
    tokens.add(session, SYSTEM, "hers", member.email)
    tokens.add(session, SYSTEM, "other", alice.email)
    assert office.told("own", "hers") == {"mels/own": 1}
    for token in ("", "other"):
        assert "mels/a" not in office.told("a", token)
        for name in ("own", "mels/own"):
            with pytest.raises(NotFound):
                office.explain(name, token)


def test_a_route_that_hides_a_model_of_its_name_explains_the_route(
    session: Session, office: Office
) -> None:
    routes.add(session, SYSTEM, "near/a", ["far/c"])
    assert office.told("near/a") == {"far/c": 1}


@pytest.mark.parametrize("name", ["nosuch", "", "near/zzz", "collection/nosuch", "\0", "a\ud800"])
def test_a_name_that_stands_for_nothing_is_not_found(office: Office, name: str) -> None:
    with pytest.raises(NotFound):
        office.explain(name)


def test_an_access_token_that_is_over_is_not_found(
    session: Session, office: Office, alice: Person
) -> None:
    tokens.add(session, SYSTEM, "old", alice.email)
    tokens.revoke(session, SYSTEM, "old")
    for name in ("old", "nosuch"):
        with pytest.raises(NotFound):
            office.explain("near/a", name)


def test_it_says_what_budgets_and_the_freeze_hold_back(session: Session, office: Office) -> None:
    office.team.add("compatible", name="paid", models=("d", "e"))
    amounts = pricing.Amounts(Decimal(1), Decimal(2))
    pricing.set_price(session, SYSTEM, "paid/d", amounts)
    routes.add(session, SYSTEM, "writer", ["paid/d", "paid/e", "near/a"])
    assert office.told("writer") == {"paid/d": 1, "paid/e": 2, "near/a": 3}
    made = budgets.add(session, COMMAND_LINE, budgets.Draft("all", Decimal(5), "total"))
    assert office.told("writer") == {"paid/d": 1, "paid/e": "unpriced_model", "near/a": 2}
    budgets.remove(session, COMMAND_LINE, made.id)
    budgets.add(
        session, COMMAND_LINE, budgets.Draft("none", Decimal(0), "total", allows_unpriced=True)
    )
    assert office.told("writer") == {
        "paid/d": "budget_spent",
        "paid/e": "budget_spent",
        "near/a": 1,
    }
    budgets.freeze(session, COMMAND_LINE)
    assert office.told("writer")["paid/d"] == "spend_frozen"
    assert office.told("writer")["near/a"] == 1
