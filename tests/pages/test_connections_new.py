"""Choosing a provider, and the form that adds a connection to it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy.orm import Session

from aiconnect.models import Connection, Person
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Family, Provider
from aiconnect.services import connections
from tests.fakes.rows import Fakes
from tests.pages.browse import Browse
from tests.pages.conftest import KEY, Browsers

HEADER = "planted-value-of-a-header"


@pytest.fixture
def hers(browse: Browsers, alice: Person) -> Browse:
    """Alice's browser."""
    one = browse.as_(alice)
    one.secrets.append(HEADER)
    return one


def address(row: Provider) -> str:
    return f"/{row.family}/{row.slug}/new"


def test_every_provider_is_one_click_away(hers: Browse) -> None:
    links = hers.get("/connections/new").links
    assert [row.slug for row in PROVIDERS.values() if address(row) not in links] == []
    assert "/oauth/openrouter" in links


def test_signing_in_and_clouds_come_before_addresses(hers: Browse) -> None:
    ids = [one.get("id") for one in hers.get("/connections/new").all("h2")]
    assert ids == ["oauth", "cloud", "local", "compatible"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mistral", {"mistral"}),
        ("GROK", {"xai"}),
        ("claude models", {"anthropic"}),
        (":11434", {"ollama"}),
        ("http://10.0.0.24:1234/v1", {"lmstudio"}),
        ("http://[broken", set()),
        ("nothing like it", set()),
    ],
)
def test_a_provider_is_found_by_name_summary_or_address(
    browse: Browsers, alice: Person, typed: str, found: set[str]
) -> None:
    page = browse.as_(alice).get(f"/connections/new?q={typed}")
    links = {row.slug for row in PROVIDERS.values() if address(row) in page.links}
    assert links - {"compatible"} == found
    assert bool(found) != ("No provider fits" in page.text)


def test_a_key_in_the_search_names_its_provider_and_is_not_shown(hers: Browse) -> None:
    key = "sk-or-v1-" + "0123456789" * 4
    hers.secrets.append(key)
    page = hers.get(f"/connections/new?q={key}")
    assert "looks like a key" in page.text
    assert "/cloud/openrouter/new" in page.links
    assert "/cloud/openai/new" not in page.links


@pytest.mark.parametrize("row", PROVIDERS.values(), ids=lambda row: row.slug)
def test_every_form_leads_to_a_key_and_to_instructions(hers: Browse, row: Provider) -> None:
    page = hers.get(address(row))
    assert page.status == 200
    assert not row.keys_url or row.keys_url in page.links
    assert any(link.startswith("/help/") and link != "/help/storage" for link in page.links)
    assert row.has("api_key") == ("api_key" in page.form("Save").fields)


def test_a_form_without_an_address_does_not_explain_addresses(hers: Browse) -> None:
    assert "Which part of the address" in hers.get("/compatible/compatible/new").text
    assert "Which part of the address" not in hers.get("/compatible/mistral/new").text
    assert "/help/mistral" in hers.get("/compatible/mistral/new").links


@pytest.mark.parametrize("row", PROVIDERS.values(), ids=lambda row: row.slug)
def test_every_provider_is_added_by_its_form(
    hers: Browse, session: Session, rows: Mapping[str, Provider], fakes: Fakes, row: Provider
) -> None:
    fields = {"api_key": KEY} if "api_key" in row.needs else {}
    if row.has("url"):
        fields |= {"url": rows[row.slug].base_url, "private": "y"}
    page = hers.get(address(row)).press("Save", **fields)
    assert page.follow().h1 == row.slug, page.problems
    assert not fakes[row.slug].requests, "saving calls nobody"


def test_a_region_is_chosen_among_the_providers_own_addresses(
    hers: Browse, session: Session, rows: Mapping[str, Provider]
) -> None:
    eu = rows["openai"].other_urls[0]
    page = hers.get("/cloud/openai/new").press("Save", api_key=KEY, url=eu)
    assert page.status == 303, page.problems
    assert session.get_one(Connection, 1).base_url == eu
    assert hers.get("/connections/1/edit").form("Save").fields["url"] == eu
    elsewhere = "https://elsewhere.example/v1"
    refused = hers.get("/cloud/openai/new").press("Save", api_key=KEY, url=elsewhere)
    assert refused.status == 422


def test_whatever_a_connection_may_need_is_asked_and_kept(hers: Browse, session: Session) -> None:
    fields = {
        "url": "https://models.example.org/v1",
        "api_key": KEY,
        "headers": f"X-Team: harbour\r\nX-Title: {HEADER}",
        "first_byte_seconds": "300",
        "models": "one, two\r\nthree",
    }
    page = hers.get("/compatible/compatible/new").press("Save", **fields).follow()
    assert "X-Team , X-Title" in page.text or "X-Team, X-Title" in page.text
    assert "300 seconds" in page.text
    one = session.get_one(Connection, 1)
    assert (one.header_names, one.first_byte_seconds) == (["X-Team", "X-Title"], 300)
    assert connections.entered_models(session, one) == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("headers", "no header at all"),
        ("headers", "Connection: close"),
        ("headers", "Authorization: Bearer sk-1"),
        ("ca_pem", "not a certificate"),
        ("first_byte_seconds", "soon"),
        ("first_byte_seconds", "99999"),
        ("url", "ftp://example.org"),
        ("name", "Not A Slug"),
    ],
)
def test_a_mistake_is_said_beside_its_field(hers: Browse, field: str, typed: str) -> None:
    good = {"url": "https://models.example.org/v1", "api_key": KEY}
    page = hers.get("/compatible/compatible/new").press("Save", **{**good, field: typed})
    assert page.status == 422
    assert len(page.problems) == 1
    assert f"#{field}" in page.links
    assert any(one.get("id") == f"{field}-wrong" for one in page.all("p"))


def test_what_is_folded_opens_where_something_in_it_is_wrong(hers: Browse) -> None:
    form = hers.get("/cloud/openai/new")
    assert form.all("details")[0].get("open") is None
    page = form.press("Save", api_key=KEY, first_byte_seconds="soon")
    assert page.all("details")[0].get("open") is not None


def test_headers_in_a_form_with_a_mistake_need_not_be_written_again(
    hers: Browse, session: Session
) -> None:
    url = "https://models.example.org/v1"
    form = hers.get("/compatible/compatible/new")
    refused = form.press("Save", url=url, name="No Slug", headers=f"X-Title: {HEADER}")
    assert "headers you wrote are held" in refused.text
    refused.press("Save", name="mine").follow()
    assert session.get_one(Connection, 1).header_names == ["X-Title"]


def test_refused_headers_are_not_held(hers: Browse, session: Session) -> None:
    url = "https://models.example.org/v1"
    form = hers.get("/compatible/compatible/new")
    refused = form.press("Save", url=url, headers=f"Host: {HEADER}")
    assert refused.status == 422
    refused.press("Save").follow()
    assert session.get_one(Connection, 1).header_names == []


def test_what_a_search_on_this_machine_has_found_is_in_the_form(hers: Browse) -> None:
    found = "http://host.docker.internal:11434"
    page = hers.get(f"/local/ollama/new?url={found}")
    assert page.form("Save").fields["url"] == found
    elsewhere = hers.get("/compatible/compatible/new?url=https://evil.example/v1")
    assert "evil.example" not in elsewhere.html


def test_those_without_a_key_are_led_to_signing_in(hers: Browse) -> None:
    for path in ("/cloud/anthropic/new", "/cloud/openrouter/new"):
        assert "/oauth/openrouter" in hers.get(path).links
    assert "/cloud/openrouter/new" in hers.get("/cloud/anthropic/new").links
    assert "/oauth/openrouter" not in hers.get("/cloud/openai/new").links


def test_the_families_are_those_of_the_rows() -> None:
    assert {row.family for row in PROVIDERS.values()} <= {
        Family.CLOUD,
        Family.COMPATIBLE,
        Family.LOCAL,
    }
