"""Signing in at OpenRouter: out by a plain link, back once, and every way in which it can fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, OAuthAttempt, Person
from aiconnect.providers.spec import Provider, Reach
from aiconnect.secret import Secret
from aiconnect.services import connections
from aiconnect.services.audit import Actor
from aiconnect.services.connections import Draft
from aiconnect.services.vault import Vault
from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.openrouter_site import MODELS, OpenRouterSite
from tests.pages.browse import Browse, Page
from tests.pages.conftest import Browsers, Build


@pytest.fixture(scope="module")
def the_site() -> Iterator[OpenRouterSite]:
    site = OpenRouterSite()
    yield site
    site.close()


@pytest.fixture
def openrouter(the_site: OpenRouterSite) -> Iterator[OpenRouterSite]:
    the_site.reset()
    yield the_site
    assert not the_site.faults


@pytest.fixture
def rows(rows: Mapping[str, Provider], openrouter: OpenRouterSite) -> Mapping[str, Provider]:
    return {**rows, "openrouter": openrouter.row}


@dataclass(frozen=True)
class Attempt:
    """An attempt as its browser sees it: our page, and what the link out asks for."""

    page: Page
    asked: dict[str, str]

    @property
    def back(self) -> str:
        """The address that the provider leads back to, as the test client takes it."""
        return urlsplit(self.asked["callback_url"]).path

    @property
    def challenge(self) -> str:
        return self.asked["code_challenge"]


def begin(browser: Browse, **typed: str) -> Attempt:
    page = browser.get("/oauth/openrouter").press("Connect with OpenRouter", **typed).follow()
    return at(page)


def at(page: Page) -> Attempt:
    link = next(one for one in page.links if "/auth?" in one)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    return Attempt(page, asked)


def come_back(browser: Browse, attempt: Attempt, **query: str) -> Page:
    """The answer to the address that the provider leads back to."""
    told = "&".join(f"{name}={value}" for name, value in query.items())
    return browser.get(f"{attempt.back}?{told}")


def test_signing_in_makes_a_connection_with_its_models_and_account(
    hers: Browse, openrouter: OpenRouterSite, session: Session, vault: Vault
) -> None:
    attempt = begin(hers, name="router")
    code = openrouter.give_code(attempt.challenge)
    answer = come_back(hers, attempt, code=code)
    assert answer.response.headers["Referrer-Policy"] == "no-referrer"
    assert answer.response.headers["Location"] == "/connections/1/account"
    page = answer.follow()
    assert page.h1 == "Account behind router"
    assert "router is connected" in page.text
    assert "$0.42" in page.text
    assert "no limit of its own" in page.text
    connection = session.get_one(Connection, 1)
    assert connection.key is not None
    assert (connection.key.source, connection.state) == ("oauth", "connected")
    (key,) = openrouter.keys
    assert connections.open_key(connection, vault).reveal() == key  # type: ignore[union-attr]
    assert MODELS[0] in hers.get("/connections/1").text
    assert key not in page.html
    assert any(one.startswith(f"{openrouter.root}/keys/") for one in page.links)


def test_the_link_out_is_plain_and_asks_with_a_challenge(
    hers: Browse, openrouter: OpenRouterSite
) -> None:
    attempt = begin(hers, name="router")
    assert not openrouter.requests, "beginning calls nobody"
    assert attempt.asked["code_challenge_method"] == "S256"
    assert attempt.asked["key_label"] == "aiconnect router"
    assert attempt.asked["callback_url"].startswith("http://localhost/oauth/openrouter/back/")
    assert attempt.page.h1 == "Go on at OpenRouter"


def test_nothing_of_a_sign_in_can_be_read_in_the_database(
    hers: Browse, openrouter: OpenRouterSite, session: Session
) -> None:
    attempt = begin(hers)
    secret = attempt.back.rsplit("/", 1)[1]
    row = session.query(OAuthAttempt).one()
    assert secret not in row.sha256 + row.verifier
    come_back(hers, attempt, code=openrouter.give_code(attempt.challenge))
    session.commit()  # a new look
    session.refresh(row)
    assert row.verifier == ""


def test_a_server_that_is_not_led_back_to_asks_for_the_code(
    build: Build, alice: Person, openrouter: OpenRouterSite
) -> None:
    hers = Browsers(build(public_url="http://ai.lan:8600")).as_(alice)
    attempt = begin(hers)
    assert "callback_url" not in attempt.asked
    code = openrouter.give_code(attempt.challenge)
    page = attempt.page.press("Connect", code=f"  {code} ").follow()
    assert "openrouter is connected" in page.text


def test_a_code_may_be_pasted_with_the_address_that_it_stood_in(
    build: Build, alice: Person, openrouter: OpenRouterSite
) -> None:
    hers = Browsers(build(public_url="http://ai.lan:8600")).as_(alice)
    attempt = begin(hers)
    pasted = f"https://elsewhere.example/done?code={openrouter.give_code(attempt.challenge)}&a=b"
    assert "is connected" in attempt.page.press("Connect", code=pasted).follow().text


@pytest.mark.parametrize(
    ("code", "said"),
    [("", "Paste the code"), ("two words", "This is not a code"), ("?code=", "Paste the code")],
)
def test_a_slip_of_the_pen_uses_no_attempt_up(
    build: Build, alice: Person, openrouter: OpenRouterSite, code: str, said: str
) -> None:
    hers = Browsers(build(public_url="http://ai.lan:8600")).as_(alice)
    attempt = begin(hers)
    wrong = attempt.page.press("Connect", code=code)
    assert wrong.status == 422
    assert said in wrong.problems[0]
    right = wrong.press("Connect", code=openrouter.give_code(attempt.challenge))
    assert "is connected" in right.follow().text


@pytest.mark.parametrize(
    ("public_url", "led_back_to"),
    [
        ("https://ai.example.org", "https://ai.example.org/oauth/openrouter/back/"),
        ("http://localhost:8600", "http://localhost:8600/oauth/openrouter/back/"),
        ("http://127.0.0.1:8600/", "http://127.0.0.1:8600/oauth/openrouter/back/"),
        ("http://[::1]:8600", None),
        ("http://192.168.1.5:8600", None),
    ],
)
def test_how_one_comes_back_depends_on_the_public_address(
    build: Build,
    alice: Person,
    openrouter: OpenRouterSite,
    public_url: str,
    led_back_to: str | None,
) -> None:
    site = build(public_url=public_url)
    site.config["SESSION_COOKIE_SECURE"] = False  # the test client speaks http
    site.config["SESSION_COOKIE_NAME"] = "plain"
    asked = begin(Browsers(site).as_(alice)).asked
    if led_back_to is None:
        assert "callback_url" not in asked
    else:
        assert asked["callback_url"].startswith(led_back_to)


def test_who_is_led_back_may_take_a_code_instead(hers: Browse, openrouter: OpenRouterSite) -> None:
    other = at(begin(hers, name="mine").page.press("Use a code instead").follow())
    assert "callback_url" not in other.asked
    code = openrouter.give_code(other.challenge)
    assert "mine is connected" in other.page.press("Connect", code=code).follow().text


def test_a_denial_connects_nothing_and_says_so(
    hers: Browse, openrouter: OpenRouterSite, session: Session
) -> None:
    page = come_back(hers, begin(hers, name="router"), error="access_denied").follow()
    assert page.h1 == "You did not allow it at OpenRouter"
    assert not openrouter.requests
    assert not session.query(Connection).count()
    again = page.press("Start again").follow()
    assert at(again).asked["key_label"] == "aiconnect router", "what was entered is kept"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ({}, "No code came back from OpenRouter"),
        ({"code": ""}, "No code came back from OpenRouter"),
        ({"code": "x" * 2001}, "No code came back from OpenRouter"),
        ({"error": "server_error"}, "OpenRouter broke the sign-in off"),
    ],
)
def test_coming_back_without_a_code_says_so(
    hers: Browse, openrouter: OpenRouterSite, query: dict[str, str], title: str
) -> None:
    assert come_back(hers, begin(hers), **query).follow().h1 == title
    assert not openrouter.requests


def test_an_attempt_is_over_after_ten_minutes(
    hers: Browse, openrouter: OpenRouterSite, session: Session
) -> None:
    attempt = begin(hers)
    over = update(OAuthAttempt).values(ends_at=clock.now() - timedelta(seconds=1))
    session.execute(over)
    session.commit()
    page = come_back(hers, attempt, code=openrouter.give_code(attempt.challenge)).follow()
    assert page.h1 == "This attempt is over"
    assert "came too late" in page.text
    assert not openrouter.requests


def test_a_code_that_the_provider_calls_expired_says_so(
    hers: Browse, openrouter: OpenRouterSite
) -> None:
    attempt = begin(hers)
    code = openrouter.give_code(attempt.challenge)
    openrouter.age_codes()
    assert come_back(hers, attempt, code=code).follow().h1 == "The code is too old"


def test_a_callback_works_once(hers: Browse, openrouter: OpenRouterSite, session: Session) -> None:
    attempt = begin(hers)
    code = openrouter.give_code(attempt.challenge)
    come_back(hers, attempt, code=code)
    calls = len(openrouter.requests)
    page = come_back(hers, attempt, code=code).follow()
    assert page.h1 == "Connected"
    assert "was used already" in page.text
    assert len(openrouter.requests) == calls
    assert session.query(Connection).count() == 1


def test_a_code_of_another_attempt_is_refused(hers: Browse, openrouter: OpenRouterSite) -> None:
    first, second = begin(hers), begin(hers)
    code = openrouter.give_code(first.challenge)
    page = come_back(hers, second, code=code).follow()
    assert page.h1 == "OpenRouter does not know this code"
    assert "is connected" in come_back(hers, first, code=code).follow().text


def test_only_the_browser_that_began_it_may_finish_it(
    hers: Browse, browse: Browsers, alice: Person, admin: Person, openrouter: OpenRouterSite
) -> None:
    attempt = begin(hers)
    code = openrouter.give_code(attempt.challenge)
    others = (browse.as_(admin), browse.as_(alice), browse.anyone())  # her other browser as well
    for other in others:
        answer = come_back(other, attempt, code=code)
        assert answer.response.headers["Location"] == "/oauth/openrouter/astray"
        assert "did not begin this" in answer.follow().h1
        assert code not in str(answer.response.headers)
        assert other.get(attempt.page.url).status in {404, 303}
    assert not openrouter.requests
    assert "is connected" in come_back(hers, attempt, code=code).follow().text


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"Sec-Fetch-Mode": "no-cors"}],
)
def test_a_look_ahead_uses_nothing_up(
    hers: Browse, openrouter: OpenRouterSite, headers: dict[str, str]
) -> None:
    attempt = begin(hers)
    code = openrouter.give_code(attempt.challenge)
    assert hers.get(f"{attempt.back}?code={code}", headers=headers).status == 204
    assert hers.client.head(f"{attempt.back}?code={code}").status_code == 204
    assert not openrouter.requests
    assert "is connected" in come_back(hers, attempt, code=code).follow().text


HTML = Answer(200, b"<!doctype html><title>Sign in to the Wi-Fi</title>", "text/html")
FAILURES = {
    "malformed": (
        as_json({"error": {"code": 400, "message": "Invalid code"}}, 400),
        "could not read",
    ),
    "unknown": (as_json({"error": {"code": 403, "message": "Invalid code"}}, 403), "does not know"),
    "closed": (
        as_json({"error": {"code": 405, "message": "Method"}}, 405),
        "no longer takes codes",
    ),
    "busy": (as_json({"error": {"code": 429, "message": "Slow down"}}, 429), "asks to wait"),
    "trouble": (as_json({"error": {"code": 502, "message": "Bad"}}, 502), "is having trouble"),
    "page": (HTML, "Something else answered"),
    "page 403": (replace(HTML, status=403), "Something else answered"),
    "elsewhere": (Answer(302, headers={"location": "/login"}), "Something else answered"),
    "empty": (Answer(200, b""), "Something else answered"),
    "no key": (as_json({"user_id": None}), "sent no key"),
    "odd key": (as_json({"key": "two words"}), "sent no key"),
    "list": (as_json([1]), "sent no key"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_each_answer_without_a_key_has_a_sentence_of_its_own(
    hers: Browse, openrouter: OpenRouterSite, session: Session, name: str
) -> None:
    answer, title = FAILURES[name]
    attempt = begin(hers)
    openrouter.answer_exchange = lambda _request: answer
    page = come_back(hers, attempt, code="one-time-code").follow()
    assert title in page.h1
    assert page.form("Start again")
    assert "one-time-code" not in page.html
    assert not session.query(Connection).count()


def test_a_site_that_cannot_be_reached_is_said_to_be_so(
    hers: Browse, site: Flask, rows: Mapping[str, Provider]
) -> None:
    attempt = begin(hers)
    parts = site.extensions["aiconnect"]
    gone = replace(rows["openrouter"], base_url="http://localhost:9/api/v1")
    site.extensions["aiconnect"] = replace(parts, rows={**rows, "openrouter": gone})
    page = come_back(hers, attempt, code="one-time-code").follow()
    assert page.h1 == "This server cannot reach OpenRouter"


def test_a_code_leaves_for_public_https_alone(
    hers: Browse, site: Flask, rows: Mapping[str, Provider], openrouter: OpenRouterSite
) -> None:
    attempt = begin(hers)
    parts = site.extensions["aiconnect"]
    public = replace(rows["openrouter"], reach=Reach.PUBLIC)
    site.extensions["aiconnect"] = replace(parts, rows={**rows, "openrouter": public})
    page = come_back(hers, attempt, code="one-time-code").follow()
    assert page.h1 == "aiconnect does not call the address of OpenRouter"
    assert not openrouter.requests


def test_the_connection_is_saved_though_nothing_can_be_read_yet(
    hers: Browse, openrouter: OpenRouterSite, session: Session
) -> None:
    def only_key(request: Request) -> Answer:
        openrouter.answer_exchange = None
        openrouter.refuse(503, {"error": {"code": 503, "message": "down"}})
        return as_json({"key": openrouter.add_key()})

    attempt = begin(hers)
    openrouter.answer_exchange = only_key
    page = come_back(hers, attempt, code="one-time-code").follow()
    assert "openrouter is connected" in page.text
    assert "not read yet" in page.text
    assert session.get_one(Connection, 1).key is not None
    openrouter.calm()


def test_a_name_that_was_taken_meanwhile_costs_no_key(
    hers: Browse, openrouter: OpenRouterSite, session: Session, owner: Actor,
    rows: Mapping[str, Provider], vault: Vault,
) -> None:  # fmt: skip
    attempt = begin(hers, name="router")
    connections.add(session, owner, Draft("ollama", name="router"), rows=rows, vault=vault)
    page = come_back(hers, attempt, code=openrouter.give_code(attempt.challenge)).follow()
    assert "The name router was taken meanwhile" in page.text
    assert connections.by_name(session, "openrouter").key is not None


def test_a_name_that_cannot_be_is_refused_before_anybody_goes_out(hers: Browse) -> None:
    page = hers.get("/oauth/openrouter").press("Connect with OpenRouter", name="Not a slug")
    assert page.status == 422
    assert "small letters" in page.problems[0]


def test_connecting_anew_replaces_the_key_and_reminds_of_the_old_one(
    hers: Browse, openrouter: OpenRouterSite, session: Session, owner: Actor,
    rows: Mapping[str, Provider], vault: Vault,
) -> None:  # fmt: skip
    old = openrouter.add_key()
    draft = Draft("openrouter", secret=Secret(old))
    connections.add(session, owner, draft, rows=rows, vault=vault)
    attempt = at(hers.get("/connections/1/key").press("Sign in at OpenRouter").follow())
    come_back(hers, attempt, code=openrouter.give_code(attempt.challenge)).follow()
    session.expire_all()
    connection = session.get_one(Connection, 1)
    assert connection.key is not None
    assert (connection.key.source, session.query(Connection).count()) == ("oauth", 1)
    page = hers.get("/connections/1/key")
    assert f"End the old key (ends {old[-4:]})" in page.text
    assert any(one.startswith(f"{openrouter.root}/keys/") for one in page.links)


def test_a_member_connects_for_themselves_and_a_viewer_not_at_all(
    browse: Browsers, member: Person, bob: Person, openrouter: OpenRouterSite, session: Session
) -> None:
    theirs = browse.as_(member)
    attempt = begin(theirs)
    assert "yours alone" in theirs.get("/oauth/openrouter").text
    come_back(theirs, attempt, code=openrouter.give_code(attempt.challenge)).follow()
    assert session.get_one(Connection, 1).owner_id == member.id
    assert browse.as_(bob).get("/oauth/openrouter").status == 403


def test_for_me_alone_is_kept_over_the_way_out_and_back(
    hers: Browse, alice: Person, openrouter: OpenRouterSite, session: Session
) -> None:
    attempt = begin(hers, personal="y")
    come_back(hers, attempt, code=openrouter.give_code(attempt.challenge)).follow()
    assert session.get_one(Connection, 1).owner_id == alice.id


def test_providers_without_a_sign_in_have_no_such_page(hers: Browse) -> None:
    for slug in ("openai", "nobody"):
        assert hers.get(f"/oauth/{slug}").status == 404


def test_the_log_holds_neither_code_nor_key(
    hers: Browse, openrouter: OpenRouterSite, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    attempt = begin(hers)
    code = openrouter.give_code(attempt.challenge)
    come_back(hers, attempt, code=code).follow()
    said = caplog.text
    assert code not in said
    assert next(iter(openrouter.keys)) not in said
