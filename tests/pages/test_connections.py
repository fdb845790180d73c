"""Connections in pages: added, tested, changed, removed; what fails says what to do."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aiconnect.models import Check, Connection, Person, State
from aiconnect.services import catalog, connections
from aiconnect.services.audit import Actor
from aiconnect.services.connections import Draft
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes
from tests.pages.browse import Browse, Page
from tests.pages.conftest import KEY, Browsers


@pytest.fixture
def hers(browse: Browsers, alice: Person) -> Browse:
    """Alice's browser."""
    return browse.as_(alice)


def connect_openai(hers: Browse, **more: str) -> Page:
    return hers.get("/cloud/openai/new").press("Save", api_key=KEY, **more)


def connect_compatible(hers: Browse, fake: OpenAI, **more: str) -> Page:
    fields = {"url": fake.url, "private": "y", **more}
    return hers.get("/compatible/compatible/new").press("Save", **fields)


def checked(hers: Browse, connection: int = 1) -> Page:
    """The page of a test, once it has come to its end."""
    running = hers.get(f"/connections/{connection}").press("Test the connection").follow()
    return hers.get(running.url)


def test_every_family_offers_its_providers(hers: Browse) -> None:
    links = hers.get("/connections/new").links
    for path in ("/cloud/openai/new", "/local/ollama/new", "/compatible/compatible/new"):
        assert path in links


@pytest.mark.parametrize("slug", ["ollama", "lmstudio", "llamacpp"])
def test_a_local_server_is_added_by_one_click_and_tested_by_another(
    hers: Browse, fakes: Fakes, slug: str
) -> None:
    page = hers.get(f"/local/{slug}/new").press("Save").follow()
    assert page.h1 == slug
    assert "Not tested" in page.text
    assert not fakes[slug].requests, "saving calls nobody"
    assert checked(hers).h1 == f"Test of {slug}: Connected"
    assert "Connected" in hers.get("/connections").text


def test_a_cloud_connection_finds_its_models(hers: Browse, openai_fake: OpenAI) -> None:
    openai_fake.demand(KEY)
    openai_fake.serve_models(["gpt-one", "gpt-two"])
    connect_openai(hers)
    assert "2 listed" in checked(hers).text
    page = hers.get("/connections/1")
    assert "gpt-one" in page.text
    assert "ends MARK" in page.text
    assert "gpt-two" in hers.get("/models").text


def test_a_test_shows_its_steps_in_order_and_stays_as_a_page(
    hers: Browse, openai_fake: OpenAI
) -> None:
    connect_openai(hers)
    running = hers.get("/connections/1").press("Test the connection").follow()
    kept = hers.get(running.url)
    steps = [next(one.iter("strong")).text for one in kept.all("ol")[-1].iter("li")]
    assert steps == ["Find the name", "Connect", "Encryption", "Kind of server", "Key", "Models"]
    assert len([one for one in running.all("li") if one.get("class") == "running"]) == 6
    calls = len(openai_fake.requests)
    assert hers.get(running.url).html.count("<li") == kept.html.count("<li")
    assert len(openai_fake.requests) == calls, "looking at it again calls nobody"


def test_steps_are_sent_as_they_finish(hers: Browse, openai_fake: OpenAI) -> None:
    connect_openai(hers)
    openai_fake.stall()
    started = hers.get("/connections/1").press("Test the connection")
    answer = hers.client.get(started.response.headers["Location"])
    assert answer.headers["X-Accel-Buffering"] == "no"
    pieces = iter(answer.response)
    first = [next(pieces).decode() for _ in range(3)]
    assert "Find the name" in first[0]
    assert 'class="running"' in first[0]
    assert "It leads to 127.0.0.1" in first[1]
    assert "Models" not in "".join(first[1:]), "later steps are not known yet"
    answer.close()


def test_a_refused_key_leads_to_the_page_that_replaces_it(
    hers: Browse, openai_fake: OpenAI
) -> None:
    openai_fake.refuse_key()
    connect_openai(hers)
    page = checked(hers)
    assert page.h1 == "Test of openai: Key not accepted"
    assert "/connections/1/key" in page.links
    assert "/connections/1/key" in hers.get("/").links, "home asks for it first"
    openai_fake.calm()
    hers.get("/connections/1/key").press("use this key", api_key="sk-" + "b" * 40).follow()
    assert checked(hers).h1.endswith("Connected")


def test_a_dead_address_is_unreachable_and_counted_in_the_contents(
    hers: Browse, session: Session, owner: Actor, browse: Browsers
) -> None:
    parts = browse.site.extensions["aiconnect"]
    draft = Draft("ollama", base_url="http://127.0.0.1:9")
    connections.add(session, owner, draft, rows=parts.rows, vault=parts.vault)
    page = checked(hers)
    assert page.h1 == "Test of ollama: Unreachable"
    assert "need attention: 1" in hers.get("/").text
    assert "/help/ollama" in page.links


def test_an_address_that_answers_elsewhere_is_taken_by_one_button(
    hers: Browse, session: Session, compatible_fake: OpenAI
) -> None:
    connect_compatible(hers, compatible_fake, url=f"{compatible_fake.root}/somewhere")
    page = checked(hers)
    assert compatible_fake.url in page.text, page.text
    page.press(f"Use {compatible_fake.url}").follow()
    assert session.get_one(Connection, 1).base_url == compatible_fake.url
    assert checked(hers).h1.endswith("Connected")


def test_a_private_address_needs_its_box(hers: Browse, compatible_fake: OpenAI) -> None:
    form = hers.get("/compatible/compatible/new")
    refused = form.press("Save", url=compatible_fake.url)
    assert refused.status == 422
    assert "private" in refused.problems[0]
    assert refused.form("Save").fields["url"] == compatible_fake.url, "what was typed is kept"


def test_an_error_is_said_above_and_beside_and_leads_to_its_field(hers: Browse) -> None:
    page = hers.get("/compatible/compatible/new").press("Save", url="")
    assert page.status == 422
    assert page.title.startswith("Error: Connect")
    assert page.problems == ["Enter the address"]
    assert page.html.count("Enter the address") == 2
    assert "#url" in page.links


def test_a_key_in_a_form_with_a_mistake_need_not_be_pasted_again(
    hers: Browse, openai_fake: OpenAI
) -> None:
    openai_fake.demand(KEY)
    connect_openai(hers)
    refused = connect_openai(hers, name="openai")
    assert refused.problems[0].startswith("There is a connection named openai already")
    assert "ends MARK" in refused.text
    refused.press("Save", name="second").follow()
    assert checked(hers, 2).h1.endswith("Connected")


def test_a_held_key_opens_for_nobody_else(hers: Browse, browse: Browsers, admin: Person) -> None:
    connect_openai(hers)
    held = connect_openai(hers, name="openai").form("Save").fields["held"]
    theirs = browse.as_(admin).get("/cloud/openai/new")
    refused = theirs.press("Save", name="stolen", held=held)
    assert refused.problems == ["Enter the API key"]


def test_a_key_of_another_provider_is_a_remark_and_no_refusal(hers: Browse) -> None:
    form = hers.get("/cloud/openai/new")
    page = form.press("Save", api_key="sk-lm-" + "a" * 8 + ":" + "b" * 20).follow()
    assert page.h1 == "openai"
    assert "LM Studio" in page.text


def test_a_connection_is_switched_off_and_on(hers: Browse) -> None:
    connect_openai(hers)
    off = hers.get("/connections/1").press("Switch it off").follow()
    assert "Switched off" in off.text
    assert off.html.count("Switch it on") == 1
    on = hers.get("/connections/1").press("Switch it on").follow()
    assert "Not tested" in on.text


def test_a_connection_is_renamed_and_its_key_stays(hers: Browse, session: Session) -> None:
    connect_openai(hers)
    page = hers.get("/connections/1/edit").press("Save the changes", name="writers").follow()
    assert page.h1 == "writers"
    assert "Saved." in page.text
    assert session.get_one(Connection, 1).key_last4 == "MARK"


def test_an_address_on_another_server_does_not_get_the_key(
    hers: Browse, session: Session, compatible_fake: OpenAI
) -> None:
    connect_compatible(hers, compatible_fake, api_key=KEY)
    elsewhere = compatible_fake.url.replace("127.0.0.1", "localhost")
    hers.get("/connections/1/edit").press("Save the changes", url=elsewhere).follow()
    assert session.get_one(Connection, 1).credentials == []


def test_models_by_hand_are_served_and_stay_in_the_form(
    hers: Browse, session: Session, compatible_fake: OpenAI
) -> None:
    connect_compatible(hers, compatible_fake, models="mine\nmine too")
    assert [one.model_id for one in catalog.served(session, 1)] == ["mine", "mine too"]
    assert hers.get("/connections/1/edit").form("Save").fields["models"] == "mine\nmine too"


def test_the_list_of_models_is_read_again_by_a_button(hers: Browse, openai_fake: OpenAI) -> None:
    connect_openai(hers)
    openai_fake.serve_models(["gpt-one"])
    assert "1 model found" in hers.get("/connections/1").press("Read the models").follow().text
    openai_fake.overload()
    assert "was not read" in hers.get("/connections/1").press("Read the models").follow().text


def test_removing_says_what_it_means_and_asks(hers: Browse, session: Session) -> None:
    connect_openai(hers)
    page = hers.get("/connections/1/remove")
    assert page.h1 == "Remove openai?"
    assert session.get(Connection, 1) is not None
    assert "is removed" in page.press("Remove openai").follow().text
    session.rollback()
    assert session.get(Connection, 1) is None


def test_many_models_come_in_pages_of_50(hers: Browse, openai_fake: OpenAI) -> None:
    openai_fake.serve_models([f"model-{n:03}" for n in range(120)])
    connect_openai(hers)
    hers.get("/connections/1").press("Read the models")
    assert "model-049" in hers.get("/connections/1").text
    assert "model-050" not in hers.get("/connections/1").text
    assert "101 to 120 of 120" in hers.get("/connections/1?page=3").text
    assert "model-119" in hers.get("/models?q=MODEL-119&connection=openai").text
    assert "No model fits" in hers.get("/models?q=elsewhere").text


def test_a_viewer_looks_but_has_no_buttons(browse: Browsers, hers: Browse, bob: Person) -> None:
    connect_openai(hers)
    his = browse.as_(bob)
    for path in ("/", "/connections", "/connections/1"):
        page = his.get(path)
        assert [form.action for form in page.forms] == ["/logout"] * 2, path
        assert not [link for link in page.links if link.endswith(("/new", "/edit", "/remove"))]


def test_a_viewer_does_not_run_a_test_by_looking_at_it(
    browse: Browsers, hers: Browse, bob: Person, session: Session, openai_fake: OpenAI
) -> None:
    connect_openai(hers)
    begun = hers.get("/connections/1").press("Test the connection").response.headers["Location"]
    page = browse.as_(bob).get(begun)
    assert "not come to its end" in page.text
    assert not openai_fake.requests
    assert session.query(Check).one().finished_at is None


def test_a_key_that_does_not_open_is_a_sentence_and_no_failure(
    hers: Browse, session: Session
) -> None:
    connect_openai(hers)
    session.get_one(Connection, 1).credentials[0].sealed = "from another server"
    session.commit()
    assert checked(hers).h1 == "Test of openai: Needs attention"
    assert hers.get("/connections/1").status == 200
    assert session.get_one(Connection, 1, populate_existing=True).state == State.NEEDS_ATTENTION


def test_changes_that_cannot_be_are_said_in_their_forms(hers: Browse) -> None:
    connect_openai(hers)
    connect_openai(hers)
    taken = hers.get("/connections/2/edit").press("Save the changes", name="openai")
    assert (taken.status, taken.form("Save").fields["name"]) == (422, "openai")
    broken = hers.get("/connections/2/key").press("use this key", api_key="sk- two words")
    assert (broken.status, len(broken.problems)) == (422, 1)
    reserved = hers.get("/local/ollama/new").press("Save", name="route")
    assert reserved.status == 422


def test_two_who_edit_at_once_do_not_undo_each_other(
    hers: Browse, session: Session, compatible_fake: OpenAI
) -> None:
    connect_compatible(hers, compatible_fake, models="mine\nmine too")
    first, second = hers.get("/connections/1/edit"), hers.get("/connections/1/edit")
    first.press("Save the changes", name="writers")
    elsewhere = compatible_fake.url.replace("127.0.0.1", "localhost")
    second.press("Save the changes", url=elsewhere, models="mine\r\nmine too\r\n").follow()
    assert session.get_one(Connection, 1).name == "writers"
    assert session.get_one(Connection, 1).base_url == elsewhere
    assert [one.model_id for one in catalog.served(session, 1)] == ["mine", "mine too"]


@pytest.mark.parametrize("seen", ["", "[]", "{", "null"])
def test_what_a_form_was_opened_with_may_be_lost(hers: Browse, seen: str) -> None:
    connect_openai(hers)
    page = hers.get("/connections/1/edit").press("Save the changes", name="writers", seen=seen)
    assert page.follow().h1 == "writers"


def test_an_empty_key_is_asked_for(hers: Browse, compatible_fake: OpenAI) -> None:
    connect_compatible(hers, compatible_fake, api_key=KEY)
    page = hers.get("/connections/1/key").press("use this key")
    assert (page.status, page.problems) == (422, ["Enter the API key"])
    assert "Leave it empty" not in page.text


def test_one_of_a_thing_is_not_said_as_many(hers: Browse, openai_fake: OpenAI) -> None:
    openai_fake.serve_models(["gpt-one"])
    assert "0 models" not in hers.get("/models").text
    connect_openai(hers)
    checked(hers)
    assert "1 of 1 connection works." in hers.get("/").text
    assert "1 model, 1 usable now" in hers.get("/models").text


def test_a_test_shows_the_connection_as_it_left_it(hers: Browse) -> None:
    connect_openai(hers)
    begun = hers.get("/connections/1").press("Test the connection")
    assert "Models read just now" in begun.follow().text


def test_behind_any_address_the_host_is_named(hers: Browse, compatible_fake: OpenAI) -> None:
    connect_compatible(hers, compatible_fake)
    compatible_fake.no_credit()
    checked(hers)
    assert "The account at 127.0.0.1 has no credit left" in hers.get("/connections/1").text


def test_a_test_that_was_left_is_found_again(hers: Browse) -> None:
    connect_openai(hers)
    left = hers.get("/connections/1").press("Test the connection").response.headers["Location"]
    page = hers.get("/connections/1")
    assert "Not finished" in page.text
    assert left in page.links
    hers.get(left)
    assert "Not finished" not in hers.get("/connections/1").text
