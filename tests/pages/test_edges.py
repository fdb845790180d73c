"""What surrounds every page: hosts, origins, headers, cookies, sizes, failures."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.cli import NoAppException

from aiconnect import create_app
from aiconnect.extensions import db
from aiconnect.models import Person
from aiconnect.settings import Settings
from tests.pages.browse import Browse
from tests.pages.conftest import Browsers, Build
from tests.people import PASSWORD

SECRET = PASSWORD.reveal()


def get(site: Flask, host: str, path: str = "/login") -> int:
    return site.test_client().get(path, headers={"Host": host}).status_code


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8600", "127.0.0.1:8600", "[::1]:8600", "LOCALHOST"]
)
def test_loopback_names_are_known(site: Flask, host: str) -> None:
    assert get(site, host) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "10.0.0.4:8600", "127.0.0.1.nip.io", "[bad"]
)
def test_other_names_are_refused_with_what_to_set(site: Flask, host: str) -> None:
    client = site.test_client()
    answer = client.get("/login", headers={"Host": host})
    assert answer.status_code == 400
    assert "AICONNECT_PUBLIC_URL" in answer.text


def test_the_public_name_and_trusted_ones_are_known(build: Build) -> None:
    site = build(public_url="http://ai.example.org:8600", trusted_hosts=("nas.local", "10.0.0.4"))
    for host in ("ai.example.org", "nas.local:8600", "10.0.0.4:8600"):
        assert get(site, host) == 200
    assert get(site, "other.example.org") == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_is_refused(
    browse: Browsers, alice: Person, headers: dict[str, str]
) -> None:
    anyone = browse.anyone()
    fields = anyone.get("/login").form("Sign in").fields
    form = {**fields, "email": alice.email, "password": SECRET}
    assert anyone.send("/login", form, headers).status == 403
    assert not anyone.is_in


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {}]
)
def test_a_form_from_here_is_taken(
    browse: Browsers, alice: Person, headers: dict[str, str]
) -> None:
    anyone = browse.anyone()
    fields = anyone.get("/login").form("Sign in").fields
    form = {**fields, "email": alice.email, "password": SECRET}
    assert anyone.send("/login", form, headers).status == 303


def test_a_form_without_its_hidden_field_is_refused(browse: Browsers, alice: Person) -> None:
    page = browse.as_(alice).send("/account/preferences", {"theme": "dark"})
    assert page.status == 400
    assert "too old" in page.h1


def test_a_form_that_is_too_large_is_refused_with_its_limit(browse: Browsers) -> None:
    page = browse.anyone().send("/login", {"email": "a" * 70_000})
    assert page.status == 413
    assert "It may hold 65 kB" in page.text


def test_the_cookie_is_kept_from_scripts_and_other_sites(browse: Browsers, alice: Person) -> None:
    anyone = browse.anyone()
    cookie = anyone.sign_in(alice.email, SECRET).response.headers["Set-Cookie"]
    assert cookie.startswith("aiconnect=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_bound_to_https_where_the_public_url_is(build: Build, alice: Person) -> None:
    site = build(public_url="https://ai.example.org")
    anyone = Browse(site.test_client(), [])
    cookie = anyone.client.get("/login", base_url="https://ai.example.org").headers["Set-Cookie"]
    assert cookie.startswith("__Host-aiconnect=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_every_answer_has_the_headers_that_protect(site: Flask) -> None:
    for path in ("/login", "/static/style.css", "/nowhere"):
        headers = site.test_client().get(path, buffered=True).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "script-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] in {"same-origin", "no-referrer"}


def test_a_style_sheet_may_be_kept_because_its_address_changes(browse: Browsers) -> None:
    page = browse.anyone().get("/login")
    link = next(one.get("href", "") for one in page.all("link"))
    assert "?v=" in link
    assert (
        "max-age=31536000"
        in browse.site.test_client().get(link, buffered=True).headers["Cache-Control"]
    )


def test_a_failure_shows_its_request_id_and_nothing_of_itself(
    browse: Browsers, caplog: pytest.LogCaptureFixture
) -> None:
    site = browse.site

    def break_down() -> str:
        raise RuntimeError("the inner workings")

    site.view_functions["help.index"] = break_down
    page = browse.anyone().get("/help")
    assert page.status == 500
    assert "inner workings" not in page.html
    request_id = page.response.headers["X-Request-Id"]
    assert request_id in page.text
    assert [record.request_id for record in caplog.records] == [request_id]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/connections/999", "/help/nothing", "/local/openai/new"]
)
def test_what_is_not_there_is_a_page_of_its_own(browse: Browsers, alice: Person, path: str) -> None:
    page = browse.as_(alice).get(path)
    assert page.status == 404
    assert page.h1 == "There is no such page"


def test_the_address_behind_a_trusted_proxy_is_the_one_it_names(
    build: Build, alice: Person
) -> None:
    site = build(trusted_proxies=("127.0.0.0/8",))
    anyone = Browse(site.test_client(), [])
    fields = anyone.get("/login").form("Sign in").fields
    form = {**fields, "email": alice.email, "password": SECRET}
    anyone.send("/login", form, {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    page = anyone.get("/account")
    assert "203.0.113.9" in page.text
    assert "6.6.6.6" not in page.text


def test_nobody_else_can_name_an_address(browse: Browsers, alice: Person) -> None:
    anyone = browse.anyone()
    fields = anyone.get("/login").form("Sign in").fields
    form = {**fields, "email": alice.email, "password": SECRET}
    anyone.send("/login", form, {"X-Forwarded-For": "203.0.113.9"})
    assert "203.0.113.9" not in anyone.get("/account").text


def test_a_refusal_that_no_form_shows_has_a_page_with_its_sentence(
    browse: Browsers, alice: Person, member: Person
) -> None:
    theirs = browse.as_(member).get("/cloud/openai/new")
    theirs.press("Save", api_key="sk-" + "a" * 40, name="mine").follow()
    page = browse.as_(alice).post("/connections/1/refresh")
    assert page.status == 409
    assert page.h1 == "This cannot be done"
    assert "Only its owner may use" in page.text


def test_flask_finds_the_application_by_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AICONNECT_INSTANCE", str(settings.instance))
    site = create_app()
    assert site.test_client().get("/login").status_code == 200
    monkeypatch.setenv("AICONNECT_INSTANCE", str(settings.instance / "none"))
    with pytest.raises(NoAppException, match="aiconnect init"):
        create_app()
    with site.app_context():
        db.engine.dispose()
