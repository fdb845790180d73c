"""Setting up, signing in and out."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aiconnect.models import Person, Role
from aiconnect.services import accounts
from aiconnect.services.audit import COMMAND_LINE
from tests.pages.conftest import Browsers
from tests.people import PASSWORD

SECRET = PASSWORD.reveal()
ANNA = {"email": "anna@example.org", "password": SECRET}


@pytest.fixture
def setup_code(session: Session) -> str:
    code = accounts.make_setup_link(session)
    assert code is not None
    return code.reveal()


def test_the_first_person_becomes_the_owner(
    browse: Browsers, setup_code: str, session: Session
) -> None:
    page = browse.anyone().get(f"/setup?code={setup_code}")
    home = page.press("Become the owner", **ANNA).follow()
    assert home.h1 == "Home"
    assert "anna@example.org" in home.text
    assert [one.role for one in accounts.people(session)] == [Role.OWNER]


def test_opening_the_setup_page_uses_nothing_up(browse: Browsers, setup_code: str) -> None:
    anyone = browse.anyone()
    for _ in range(3):
        assert anyone.get(f"/setup?code={setup_code}").form("Become the owner")


def test_without_the_link_nobody_becomes_the_owner(browse: Browsers, setup_code: str) -> None:
    anyone = browse.anyone()
    assert "one-time link" in anyone.get("/setup").text
    refused = anyone.get("/setup?code=guessed").press("Become the owner", **ANNA)
    assert refused.status == 422
    assert refused.problems


def test_the_setup_page_closes_behind_the_first_person(browse: Browsers, alice: Person) -> None:
    assert "set up already" in browse.anyone().get("/setup?code=anything").text


def test_a_short_password_is_said_beside_its_field(browse: Browsers, setup_code: str) -> None:
    page = browse.anyone().get(f"/setup?code={setup_code}")
    refused = page.press("Become the owner", email="anna@example.org", password="short")
    assert refused.status == 422
    assert refused.title.startswith("Error: Set up")
    assert "12 characters" in refused.problems[0]


def test_a_server_without_people_says_how_to_begin(browse: Browsers) -> None:
    assert "one-time link" in browse.anyone().get("/login").text


def test_a_wrong_password_and_an_unknown_email_are_told_alike(
    browse: Browsers, alice: Person
) -> None:
    wrong = browse.anyone().sign_in(alice.email, "not the password")
    unknown = browse.anyone().sign_in("nobody@example.org", "not the password")
    assert wrong.status == unknown.status == 422
    assert wrong.problems == unknown.problems


def test_the_sixth_guess_must_wait(browse: Browsers, alice: Person) -> None:
    anyone = browse.anyone()
    guesses = [anyone.sign_in(alice.email, f"guess number {n}") for n in range(6)]
    assert [page.status for page in guesses] == [422] * 5 + [429]
    assert anyone.sign_in(alice.email, SECRET).status == 429


def test_a_page_that_asked_for_a_sign_in_comes_after_it(browse: Browsers, alice: Person) -> None:
    login = browse.anyone().get("/usage").follow()
    assert login.h1 == "Sign in"
    assert login.press("Sign in", email=alice.email, password=SECRET).follow().h1 == "Usage"


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "https://evil.example/"])
def test_no_address_leads_out_of_this_server_after_a_sign_in(
    browse: Browsers, alice: Person, path: str
) -> None:
    anyone = browse.anyone()
    anyone.get("/usage")
    with anyone.client.session_transaction() as cookie:
        cookie["next"] = path
    assert anyone.sign_in(alice.email, SECRET).response.headers["Location"] == "/"


def test_a_one_time_link_signs_in_by_its_button_once(
    browse: Browsers, session: Session, bob: Person
) -> None:
    code = accounts.make_link(session, COMMAND_LINE, bob.email).reveal()
    first, second = browse.anyone(), browse.anyone()
    page = first.get(f"/login?code={code}")
    assert first.get(f"/login?code={code}").form("Sign in"), "looking at it uses it up"
    assert page.press("Sign in").follow().h1 == "Home"
    used = second.get(f"/login?code={code}").press("Sign in")
    assert used.status == 422
    assert "Ask for a new one" in used.text


def test_two_people_in_two_browsers_see_their_own_accounts(
    browse: Browsers, alice: Person, bob: Person
) -> None:
    hers, his = browse.as_(alice), browse.as_(bob)
    assert alice.email in hers.get("/account").text
    assert bob.email in his.get("/account").text
    assert alice.email not in his.get("/account").text


def test_signing_out_ends_the_sign_in_on_the_server(browse: Browsers, alice: Person) -> None:
    hers = browse.as_(alice)
    kept = hers.client.get_cookie("aiconnect")
    assert kept is not None
    hers.get("/").press("Sign out")
    hers.client.set_cookie("aiconnect", kept.value)
    assert hers.get("/").status == 303


def test_a_revoked_sign_in_is_out_at_once(browse: Browsers, alice: Person) -> None:
    here, there = browse.as_(alice), browse.as_(alice)
    here.get("/account").press("Sign out Werkzeug").follow()
    assert there.get("/").status == 303
    assert here.get("/").status == 200


def test_nobody_revokes_the_sign_in_of_another(
    browse: Browsers, session: Session, alice: Person, bob: Person
) -> None:
    hers, his = browse.as_(alice), browse.as_(bob)
    (sign_in,) = accounts.sign_ins(session, alice.id)
    assert his.post(f"/account/sign-ins/{sign_in.id}/revoke").status == 404
    assert hers.get("/").status == 200


def test_a_new_password_signs_out_the_other_browsers(browse: Browsers, alice: Person) -> None:
    here, there = browse.as_(alice), browse.as_(alice)
    form = here.get("/account/password")
    wrong = form.press("Change the password", old="wrong wrong wrong", new="another long password")
    assert wrong.status == 422
    done = form.press("Change the password", old=SECRET, new="another long password")
    assert "is changed" in done.follow().text
    assert there.get("/").status == 303
    assert there.sign_in(alice.email, "another long password").status == 303


def test_someone_without_a_password_sets_one_without_the_old(
    browse: Browsers, session: Session
) -> None:
    accounts.add_person(session, COMMAND_LINE, "new@example.org", Role.MEMBER, None)
    code = accounts.make_link(session, COMMAND_LINE, "new@example.org").reveal()
    new = browse.anyone()
    new.get(f"/login?code={code}").press("Sign in")
    form = new.get("/account/password")
    assert "Current password" not in form.text
    assert form.press("Change the password", new=SECRET).follow().h1 == "Your account"


def test_the_choice_of_colours_is_kept_with_the_account(browse: Browsers, alice: Person) -> None:
    browse.as_(alice).get("/account").press("Keep this choice", theme="dark")
    elsewhere = browse.as_(alice)
    assert 'data-theme="dark"' in elsewhere.get("/").html
    assert 'data-theme="dark"' in elsewhere.get("/nowhere").html


def test_staying_signed_in_is_a_choice(browse: Browsers, alice: Person) -> None:
    short, long = browse.anyone(), browse.anyone()
    short.sign_in(alice.email, SECRET)
    long.get("/login").press("Sign in", email=alice.email, password=SECRET, stay="y")
    kept = [one.client.get_cookie("aiconnect") for one in (short, long)]
    assert [cookie is not None and cookie.expires is None for cookie in kept] == [True, False]


def test_a_form_sent_after_the_sign_in_ended_says_that_nothing_was_changed(
    browse: Browsers, alice: Person
) -> None:
    hers = browse.as_(alice)
    form = hers.get("/tokens/new").form("Make it")
    hers.get("/").press("Sign out")
    csrf = {"csrf_token": hers.get("/login").form("Sign in").fields["csrf_token"]}
    page = hers.send(form.action, {**form.fields, **csrf, "name": "laptop"}).follow()
    assert "nothing was changed" in page.text
    assert "nothing was changed" not in hers.send("/logout", csrf).follow().text
