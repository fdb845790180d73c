"""Connecting a program: a page for each, made for this server and its reader."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.blueprints.help.programs import PLACEHOLDER, PROGRAMS
from aiconnect.blueprints.programs import ANY_MODEL
from aiconnect.blueprints.quoting import literal, shell
from aiconnect.models import Connection, Person, ServedModel
from aiconnect.services import tokens
from aiconnect.services.audit import Actor
from tests.pages.browse import Browse, Page
from tests.pages.conftest import KEY, Browsers, Build

LOCAL = "This address works on this machine alone"
HOSTILE = """x'; touch /tmp/x; echo "$(id)" \\ <b> …"""


def code(page: Page) -> list[str]:
    return ["".join(one.itertext()) for one in page.all("pre")]


@pytest.fixture
def hers(browse: Browsers, alice: Person) -> Browse:
    """Alice's browser, on a server with one connection that works."""
    one = browse.as_(alice)
    one.get("/cloud/openai/new").press("Save", api_key=KEY)
    return one


def serve(session: Session, name: str, **more: Any) -> None:
    """Let this model be one of the connection's."""
    moment = clock.now()
    session.add(
        ServedModel(connection_id=1, model_id=name, first_seen=moment, last_seen=moment, **more)
    )
    session.commit()


@pytest.mark.parametrize("slug", PROGRAMS)
def test_each_program_has_a_page_that_needs_no_sign_in(browse: Browsers, slug: str) -> None:
    page = browse.anyone().get(f"/help/programs/{slug}")
    assert page.status == 200
    assert page.h1 == f"Connect {PROGRAMS[slug].name}"
    assert PROGRAMS[slug].docs_url in page.links
    assert "looked up on 23 November 2026" in page.text


def test_the_list_leads_to_each_of_them(browse: Browsers) -> None:
    links = browse.anyone().get("/help/programs").links
    assert {f"/help/programs/{slug}" for slug in PROGRAMS} <= set(links)


@pytest.mark.parametrize("slug", PROGRAMS)
def test_the_address_is_the_one_that_the_page_came_from(browse: Browsers, slug: str) -> None:
    page = browse.anyone().get(f"/help/programs/{slug}")
    assert "http://localhost" in page.text
    assert LOCAL in page.text


@pytest.mark.parametrize("slug", PROGRAMS)
def test_the_public_address_comes_first(build: Build, slug: str) -> None:
    page = Browsers(build(public_url="https://ai.example.org")).anyone()
    text = page.get(f"/help/programs/{slug}", {"Host": "ai.example.org"}).text
    assert "https://ai.example.org" in text
    assert "http://localhost" not in text
    assert LOCAL not in text


@pytest.mark.parametrize("slug", PROGRAMS)
def test_v1_is_there_for_those_that_do_not_add_it(build: Build, slug: str) -> None:
    page = Browsers(build(public_url="http://ai.example.org")).anyone()
    text = page.get(f"/help/programs/{slug}", {"Host": "ai.example.org"}).text
    assert ("ai.example.org/v1" in text) != PROGRAMS[slug].adds_v1


@pytest.mark.parametrize("slug", PROGRAMS)
def test_a_placeholder_stands_for_the_access_token(
    hers: Browse, owner: Actor, session: Session, slug: str
) -> None:
    _, secret = tokens.add(session, owner, "Scrivener", owner.name)
    hers.secrets.append(secret.reveal())
    assert PLACEHOLDER in hers.get(f"/help/programs/{slug}").text


def test_the_example_is_a_model_that_the_reader_may_use(
    hers: Browse, browse: Browsers, session: Session
) -> None:
    serve(session, "gpt-writer", context=200_000)
    assert '"openai/gpt-writer"' in code(hers.get("/help/programs/openai-python"))[1]
    assert '"max_tokens": 200000' in code(hers.get("/help/programs/zed"))[0]
    stranger = browse.anyone().get("/help/programs/openai-python")
    assert ANY_MODEL in stranger.text
    assert "gpt-writer" not in stranger.text


def test_somebody_else_s_personal_model_is_no_example(
    hers: Browse, browse: Browsers, owner: Actor, bob: Person, session: Session
) -> None:
    serve(session, "gpt-writer")
    session.get_one(Connection, 1).owner_id = owner.person_id
    session.commit()
    assert "gpt-writer" not in browse.as_(bob).get("/help/programs/curl").text


def test_a_model_with_a_hostile_name_stays_a_name(hers: Browse, session: Session) -> None:
    serve(session, HOSTILE)
    name = f"openai/{HOSTILE}"
    words = shlex.split(code(hers.get("/help/programs/curl"))[1].replace("\\\n", ""))
    assert json.loads(words[-1])["model"] == name
    assert words[-2] == "-d"
    env = code(hers.get("/help/programs/claude-code"))
    assert json.loads(env[0])["env"]["ANTHROPIC_MODEL"] == name
    assert shlex.split(env[1])[5] == f"ANTHROPIC_MODEL={name}"
    python = code(hers.get("/help/programs/openai-python"))[1]
    compile(python, "page", "exec")


@pytest.mark.parametrize("text", ["plain", HOSTILE, "a\nb", "\u2028", "😀"])
def test_a_quoted_name_is_read_back_as_it_was(text: str) -> None:
    assert json.loads(literal(text)) == eval(literal(text)) == text  # noqa: S307
    assert shlex.split(shell(text)) == [text]


@pytest.mark.parametrize("slug", ["nonsense", "..", "%00", "a" * 3000, "program"])
def test_a_program_that_is_not_known_has_no_page(browse: Browsers, slug: str) -> None:
    assert browse.anyone().get(f"/help/programs/{slug}").status in {400, 404}


def test_who_may_not_make_an_access_token_is_not_sent_to(browse: Browsers, bob: Person) -> None:
    assert "/tokens/new" not in browse.as_(bob).get("/help/programs/zed").links
    assert "/tokens/new" in browse.anyone().get("/help/programs/zed").links


def test_the_page_of_a_new_access_token_leads_to_each_program(hers: Browse) -> None:
    made = hers.get("/tokens/new").press("Make it", name="Scrivener")
    assert {f"/help/programs/{slug}" for slug in PROGRAMS} <= set(made.links)
    beside = [one for one in made.all("a") if "/help/programs/" in one.get("href", "")]
    assert {one.get("target") for one in beside} == {"_blank"}
