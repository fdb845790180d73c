"""Who may open what: every route has a rule, and every rule holds for every role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from aiconnect.blueprints.access import ANYONE, RULES
from aiconnect.models import Person, Role
from aiconnect.services import accounts, checks, connections, routes, tokens
from aiconnect.services.audit import Actor
from aiconnect.services.connections import Draft
from tests.pages.browse import Browse
from tests.pages.conftest import Browsers
from tests.people import PASSWORD

ARGUMENTS = {
    "sign_in_id": 10_000,
    "connection_id": 1,
    "token_id": 1,
    "route_id": 1,
    "step_id": 1,
    "topic": "ollama",
    "slug": "zed",
    "filename": "style.css",
    "preset": "compatible",
    "attempt_id": "0",
    "left_id": 1,
    "secret": "unknown",
    "job": "tidy",
    "name": "calls",
    "call_id": "0",
    "form": "csv",
    "try_out_id": "0",
    "model_id": 1,
    "pick_id": 1,
    "collection_id": 1,
    "entry_id": 1,
    "note_id": 1,
    "rule_id": 1,
    "alert_id": 1,
    "budget_id": 1,
    "channel_id": 1,
    "code": "disk",
    "kind": "mail",
}
PROVIDERS = {"cloud.new": "openai", "local.new": "ollama"}  # the others are of OpenRouter


@dataclass(frozen=True)
class Door:
    """One method of one route, and the address that tries it."""

    endpoint: str
    method: str
    path: str

    def opens_for(self, role: Role | None) -> bool:
        rule = RULES[self.endpoint]
        return rule is ANYONE or (role is not None and role.covers(rule))


def test_every_route_has_a_rule_and_every_rule_a_route(site: Flask) -> None:
    assert {rule.endpoint for rule in site.url_map.iter_rules()} == set(RULES)


def test_a_route_without_a_rule_answers_500_to_everyone(browse: Browsers, alice: Person) -> None:
    browse.site.add_url_rule("/forgotten", "forgotten", lambda: "all of it")
    browse.site.config["PROPAGATE_EXCEPTIONS"] = False
    for one in (browse.anyone(), browse.as_(alice)):
        page = one.get("/forgotten")
        assert page.status == 500
        assert "all of it" not in page.html


@pytest.fixture
def furnished(session: Session, owner: Actor, browse: Browsers) -> str:
    """A connection, an access token and a test of Alice's; gives the test's id."""
    parts = browse.site.extensions["aiconnect"]
    connections.add(session, owner, Draft("ollama"), rows=parts.rows, vault=parts.vault)
    tokens.add(session, owner, "hers", owner.name)
    routes.add(session, owner, "writer", ["ollama/a", "ollama/b"])
    return checks.start(session, owner, 1).id


@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_each_door_opens_for_its_roles_alone(
    browse: Browsers, session: Session, furnished: str, role: Role | None,
    alice: Person, admin: Person, member: Person, bob: Person,
) -> None:  # fmt: skip
    people = {one.role: one for one in (alice, admin, member, bob)}
    who = browse.as_(people[role]) if role else browse.anyone()
    for door in doors(browse.site, furnished):
        answer = knock(who, door)
        if door.opens_for(role):
            assert answer not in {403, 500, "/login"}, f"{door} is closed to {role}: {answer}"
        else:
            assert answer == (403 if role else "/login"), f"{door} opens for {role}: {answer}"


def knock(who: Browse, door: Door) -> int | str:
    """The status, or `/login` where the answer leads there."""
    if door.endpoint == "account.logout" and who.is_in:
        return 303  # tried by its own tests: it would end this one
    page = who.get(door.path) if door.method == "GET" else who.post(door.path)
    if page.status == 303 and page.response.headers["Location"] == "/login":
        return "/login"
    return page.status


def doors(site: Flask, check_id: str) -> Iterator[Door]:
    """Every route with every method that it takes, changes last."""
    rules = list(site.url_map.iter_rules())
    for method in ("GET", "POST"):
        for rule in sorted(rules, key=lambda one: one.endpoint.endswith("remove")):
            if method in (rule.methods or ()):
                yield Door(rule.endpoint, method, _path(site, rule, check_id))


def _path(site: Flask, rule: Rule, check_id: str) -> str:
    given = {
        **ARGUMENTS,
        "check_id": check_id,
        "provider": PROVIDERS.get(rule.endpoint, "openrouter"),
    }
    values = {name: given[name] for name in rule.arguments}
    return str(site.url_map.bind("localhost").build(rule.endpoint, values))


def test_a_member_sees_and_revokes_only_their_own_access_tokens(
    browse: Browsers, session: Session, furnished: str, member: Person
) -> None:
    theirs = browse.as_(member)
    assert "hers" not in theirs.get("/tokens").text
    assert theirs.get("/tokens/1/revoke").status == 404
    assert theirs.post("/tokens/1/revoke").status == 404
    assert not tokens.all(session)[0].revoked_at


def test_a_member_makes_access_tokens_for_themselves_alone(
    browse: Browsers, session: Session, alice: Person, member: Person
) -> None:
    page = browse.as_(member).get("/tokens/new")
    assert page.press("Make it", name="mine").status == 200
    forged = page.press("Make it", name="forged", email=alice.email)
    assert forged.status == 422
    assert [one.person.email for one in tokens.all(session)] == [member.email]


def test_a_disabled_person_is_out_at_once(
    browse: Browsers, session: Session, owner: Actor, bob: Person
) -> None:
    his = browse.as_(bob)
    accounts.disable_person(session, owner, bob.email)
    assert his.get("/").status == 303
    assert his.sign_in(bob.email, PASSWORD.reveal()).status == 422
