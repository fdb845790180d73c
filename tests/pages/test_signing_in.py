"""Setting up, signing in and out."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from aiconnect.extensions import db
from aiconnect.models.account import Person, Role
from aiconnect.services import accounts
from aiconnect.services.audit import COMMAND_LINE
from tests.pages.browse import Browse
from tests.pages.conftest import PASSWORD, Build, email


@pytest.fixture
def new_site(build: Build, empty_instance: Path) -> Flask:
    """A server where nobody has an account yet."""
    return build(empty_instance)


@pytest.fixture
def setup_code(new_site: Flask) -> str:
    with new_site.app_context():
        code = accounts.make_setup_link(db.session())
    assert code is not None
    return code.reveal()


def test_the_first_person_becomes_the_owner(new_site: Flask, setup_code: str) -> None:
    browse = Browse.of(new_site, [PASSWORD])
    page = browse.get(f"/setup?code={setup_code}")
    home = page.press("Become the owner", email="anna@example.org", password=PASSWORD).follow()
    assert home.h1 == "Home"
    assert "anna@example.org" in home.text
    with new_site.app_context():
        assert [one.role for one in accounts.people(db.session())] == ["owner"]


def test_opening_the_setup_page_uses_nothing_up(new_site: Flask, setup_code: str) -> None:
    browse = Browse.of(new_site, [])
    for _ in range(3):
        assert browse.get(f"/setup?code={setup_code}").form("Become the owner")


def test_without_the_link_nobody_becomes_owner(new_site: Flask, setup_code: str) -> None:
    browse = Browse.of(new_site, [])
    assert "one-time link" in browse.get("/setup").text
    page = browse.get("/setup?code=guessed")
    refused = page.press("Become the owner", email="eve@example.org", password=PASSWORD)
    assert refused.status == 422
    assert refused.problems


def test_the_setup_page_closes_behind_the_first_person(charlie: Browse) -> None:
    assert "set up already" in charlie.get("/setup?code=anything").text


def test_a_short_password_is_said_beside_its_field(new_site: Flask, setup_code: str) -> None:
    page = Browse.of(new_site, []).get(f"/setup?code={setup_code}")
    refused = page.press("Become the owner", email="anna@example.org", password="short")
    assert refused.status == 422
    assert refused.title.startswith("Error: Set up")
    assert "12 characters" in refused.problems[0]


def test_a_wrong_password_and_an_unknown_email_are_told_alike(charlie: Browse) -> None:
    wrong = charlie.sign_in(email("alice"), "not the password")
    unknown = charlie.sign_in("nobody@example.org", "not the password")
    assert wrong.status == unknown.status == 422
    assert wrong.problems == unknown.problems


def test_the_sixth_guess_must_wait(charlie: Browse) -> None:
    guesses = [charlie.sign_in(email("alice"), f"guess number {n}") for n in range(6)]
    assert [page.status for page in guesses[:5]] == [422] * 5
    assert guesses[5].status == 429
    assert charlie.sign_in(email("alice"), PASSWORD).status == 429


def test_a_page_that_asked_for_a_sign_in_comes_after_it(charlie: Browse) -> None:
    login = charlie.get("/usage").follow()
    assert login.h1 == "Sign in"
    page = login.press("Sign in", email=email("alice"), password=PASSWORD).follow()
    assert page.h1 == "Usage"


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example"])
def test_no_address_leads_out_of_this_server_after_a_sign_in(charlie: Browse, path: str) -> None:
    charlie.client.get("/usage")
    with charlie.client.session_transaction() as cookie:
        cookie["next"] = path
    answer = charlie.sign_in(email("alice"), PASSWORD)
    assert answer.response.headers["Location"] == "/"


def test_a_one_time_link_signs_in_by_its_button_once(site: Flask, session: Session) -> None:
    code = accounts.make_link(session, COMMAND_LINE, email("bob")).reveal()
    browse, later = Browse.of(site, []), Browse.of(site, [])
    page = browse.get(f"/login?code={code}")
    assert browse.get(f"/login?code={code}").form("Sign in")
    assert page.press("Sign in").follow().h1 == "Home"
    used = later.get(f"/login?code={code}").press("Sign in")
    assert used.status == 422
    assert "Ask for a new one" in used.text


def test_two_people_in_two_browsers_see_their_own_accounts(alice: Browse, bob: Browse) -> None:
    assert email("alice") in alice.get("/account").text
    assert email("bob") in bob.get("/account").text
    assert email("alice") not in bob.get("/account").text


def test_signing_out_ends_the_sign_in_on_the_server(alice: Browse) -> None:
    kept = alice.client.get_cookie("aiconnect")
    assert kept is not None
    alice.get("/").press("Sign out")
    alice.client.set_cookie("aiconnect", kept.value)
    assert alice.get("/").status == 303


def test_a_revoked_sign_in_is_out_at_once(alice: Browse, site: Flask) -> None:
    other = Browse.of(site, [])
    other.sign_in(email("alice"), PASSWORD)
    alice.get("/account").press("Sign out Werkzeug").follow()
    assert other.get("/").status == 303
    assert alice.get("/").status == 200


def test_a_new_password_signs_out_the_other_browsers(alice: Browse, site: Flask) -> None:
    other = Browse.of(site, [])
    other.sign_in(email("alice"), PASSWORD)
    form = alice.get("/account/password")
    wrong = form.press("Change the password", old="wrong wrong wrong", new="another long password")
    assert wrong.status == 422
    done = form.press("Change the password", old=PASSWORD, new="another long password")
    assert "is changed" in done.follow().text
    assert other.get("/").status == 303
    assert other.sign_in(email("alice"), "another long password").status == 303


def test_someone_without_a_password_sets_one_without_the_old(site: Flask, session: Session) -> None:
    accounts.add_person(session, COMMAND_LINE, "new@example.org", Role.MEMBER, None)
    code = accounts.make_link(session, COMMAND_LINE, "new@example.org").reveal()
    browse = Browse.of(site, [PASSWORD])
    browse.get(f"/login?code={code}").press("Sign in")
    form = browse.get("/account/password")
    assert "Current password" not in form.text
    assert form.press("Change the password", new=PASSWORD).follow().h1 == "Your account"


def test_the_choice_of_colours_is_kept(alice: Browse, session: Session) -> None:
    alice.get("/account").press("Keep this choice", theme="dark")
    assert 'data-theme="dark"' in alice.get("/").html
    assert 'data-theme="dark"' in alice.get("/nowhere").html
    assert session.query(Person).filter_by(email=email("alice")).one().theme == "dark"
