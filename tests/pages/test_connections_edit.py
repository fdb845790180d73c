"""Changing a connection in its form: what is not touched stays, what is emptied goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from aiconnect.models import Connection, Person
from aiconnect.services import connections
from aiconnect.services.audit import Actor
from tests.fakes.certificates import make_certificate
from tests.pages.browse import Browse, Form
from tests.pages.conftest import KEY, Browsers

URL = "https://models.example.org/v1"
HEADER = "planted-value-of-a-header"


@pytest.fixture
def hers(browse: Browsers, alice: Person) -> Browse:
    """Alice's browser, with a connection (1) that has everything."""
    one = browse.as_(alice)
    one.secrets.append(HEADER)
    fields = {
        "url": URL,
        "api_key": KEY,
        "headers": f"X-Team: {HEADER}\nX-Title: {HEADER}",
        "first_byte_seconds": "300",
        "models": "one, two",
    }
    one.get("/compatible/compatible/new").press("Save", **fields).follow()
    return one


@pytest.fixture
def ca(tmp_path: Path) -> str:
    """A certificate, without its key."""
    text = make_certificate(tmp_path, "ca.example.org").read_text()
    return text[text.index("-----BEGIN CERTIFICATE-----") :]


def form(hers: Browse) -> Form:
    return hers.get("/connections/1/edit").form("Save")


def save(hers: Browse, **typed: str) -> None:
    page = hers.get("/connections/1/edit").press("Save the changes", **typed)
    assert page.status == 303, page.problems


def test_headers_are_named_and_never_shown(hers: Browse) -> None:
    page = hers.get("/connections/1/edit")
    assert "X-Team" in page.text
    assert form(hers).fields["headers"] == ""
    assert "X-Team" in hers.get("/connections/1").text


def test_headers_stay_are_added_replaced_and_removed(
    hers: Browse, session: Session, browse: Browsers
) -> None:
    save(hers, name="renamed")
    assert session.get_one(Connection, 1).header_names == ["X-Team", "X-Title"]
    save(hers, headers="X-New: 1\r\nX-Title: changed", drop_headers="X-Team")
    session.rollback()
    one = session.get_one(Connection, 1)
    assert one.header_names == ["X-New", "X-Title"]
    parts = browse.site.extensions["aiconnect"]
    target = connections.target(one, rows=parts.rows, vault=parts.vault, ways=parts.client.ways)
    sent = {name: value.reveal() for name, value in target.headers.items()}
    assert sent == {"X-New": "1", "X-Title": "changed"}
    assert one.key_last4 == "MARK", "the key stays too"


def test_what_is_emptied_goes(hers: Browse, session: Session) -> None:
    assert form(hers).fields["first_byte_seconds"] == "300"
    save(hers, first_byte_seconds="", models="", allowed="")
    one = session.get_one(Connection, 1)
    assert (one.first_byte_seconds, connections.entered_models(session, one)) == (None, [])


def test_a_certificate_is_shown_kept_and_removed(hers: Browse, session: Session, ca: str) -> None:
    save(hers, ca_pem=f"some words before\n{ca}")
    assert session.get_one(Connection, 1).ca_pem
    assert form(hers).fields["ca_pem"].startswith("-----BEGIN CERTIFICATE-----")
    assert "a CA of its own" in hers.get("/connections/1").text
    save(hers, name="renamed")
    session.rollback()
    assert session.get_one(Connection, 1).ca_pem
    save(hers, ca_pem="")
    session.rollback()
    assert session.get_one(Connection, 1).ca_pem is None


def test_a_switch_is_switched_off_again(hers: Browse, session: Session) -> None:
    again = f"X-Team: {HEADER}\nX-Title: {HEADER}"
    save(hers, private="y", url="https://10.0.0.9/v1", api_key=KEY, headers=again)
    assert session.get_one(Connection, 1).private
    refused = hers.get("/connections/1/edit")
    fields = {name: text for name, text in refused.form("Save").fields.items() if name != "private"}
    page = hers.send(refused.form("Save").action, fields)
    assert page.status == 422, "a private address needs it"
    assert "#private" in page.links


def test_headers_of_a_form_with_a_mistake_are_held_here_too(hers: Browse, session: Session) -> None:
    page = hers.get("/connections/1/edit")
    refused = page.press("Save the changes", name="No Slug", headers="X-New: 1")
    assert refused.status == 422
    refused.press("Save the changes", name="mine").follow()
    assert "X-New" in session.get_one(Connection, 1).header_names


def test_the_team_order_is_changed_by_buttons(hers: Browse, session: Session, owner: Actor) -> None:
    for slug in ("ollama", "lmstudio"):
        hers.get(f"/local/{slug}/new").press("Save").follow()
    moved = hers.get("/connections").press("Prefer lmstudio more", to="up")
    assert moved.response.headers["Location"].endswith("#c-3")
    names = [one.name for one in connections.all(session)]
    assert names == ["compatible", "lmstudio", "ollama"]
    hers.post("/connections/1/order", to="down")
    session.rollback()
    assert next(one.name for one in connections.all(session)) == "lmstudio"
