"""Access tokens in pages: made, shown once, revoked."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from aiconnect.models import Person
from aiconnect.services import tokens
from aiconnect.services.audit import Actor
from tests.pages.conftest import Browsers

SECRET = re.compile(r"aic_[\w-]{43}")


def test_an_access_token_is_shown_once_with_what_a_program_needs(
    browse: Browsers, alice: Person, session: Session
) -> None:
    hers = browse.as_(alice)
    made = hers.get("/tokens/new").press("Make it", name="Scrivener", patterns="ollama/*\ngpt-5")
    secret = SECRET.search(made.html)
    assert secret
    assert "http://localhost/v1" in made.text
    assert "gpt-5" in made.text
    hers.secrets.append(secret.group())
    assert "Scrivener" in hers.get("/tokens").text
    assert "Scrivener" in hers.get("/account").text
    (token,) = tokens.all(session)
    assert token.patterns == ["ollama/*", "gpt-5"]
    assert token.expires_at


def test_an_access_token_may_last_for_good(
    browse: Browsers, alice: Person, session: Session
) -> None:
    browse.as_(alice).get("/tokens/new").press("Make it", name="Forever", expires_days="")
    assert tokens.all(session)[0].expires_at is None


def test_a_name_is_taken_once(browse: Browsers, alice: Person) -> None:
    form = browse.as_(alice).get("/tokens/new")
    form.press("Make it", name="Scrivener")
    refused = form.press("Make it", name="Scrivener")
    assert refused.status == 422
    assert "Scrivener" in refused.problems[0]


def test_an_admin_makes_one_for_somebody_else(
    browse: Browsers, admin: Person, bob: Person, session: Session
) -> None:
    browse.as_(admin).get("/tokens/new").press("Make it", name="Bob's", email=bob.email)
    assert tokens.all(session)[0].person.email == bob.email


def test_revoking_says_what_it_means_and_asks(
    browse: Browsers, alice: Person, owner: Actor, session: Session
) -> None:
    tokens.add(session, owner, "Scrivener", alice.email)
    hers = browse.as_(alice)
    page = hers.get("/tokens/1/revoke")
    assert "never been used" in page.text
    assert "is revoked" in page.press("Revoke Scrivener").follow().text
    assert tokens.all(session)[0].revoked_at
    assert "/tokens/1/revoke" not in hers.get("/tokens").links


def test_a_viewer_is_told_who_can_help(browse: Browsers, bob: Person) -> None:
    page = browse.as_(bob).get("/tokens")
    assert "only looks" in page.text
    assert "/tokens/new" not in page.links
