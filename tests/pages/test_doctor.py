"""The doctor's pages: what mends a finding, one token of a model, what every code means."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from aiconnect.extensions import db
from aiconnect.models import Check, Connection, Person
from aiconnect.secret import Secret
from aiconnect.services import connections, findings
from aiconnect.services.audit import SYSTEM
from aiconnect.services.connections import Draft
from tests.fakes.rows import Fakes
from tests.locks import hurry, write_lock
from tests.pages.browse import Browse, Page
from tests.pages.conftest import KEY, Browsers
from tests.pages.connected import add, examined


def kept(hers: Browse, session: Session, connection: Connection) -> Page:
    """The page of the latest test, as it stays."""
    session.rollback()  # to see what has been written since
    check = session.query(Check).order_by(Check.id.desc()).first()
    assert check is not None
    return hers.get(f"/connections/{connection.id}/checks/{check.id}")


def test_what_was_seen_is_folded_below(
    hers: Browse, browse: Browsers, session: Session, fakes: Fakes
) -> None:
    fakes["openai"].refuse(
        403, {"error": {"message": f"{KEY} may not"}}, x_request_id="req_0815", on="models"
    )
    connection = add(browse, session, "openai")
    examined(hers, connection)
    page = kept(hers, session, connection)
    seen = " ".join(" ".join(page.all("details")[-1].itertext()).split())
    for words in ("no_permission", "GET http://127.0.0.1", "req_0815", "403", "ms", "[hidden]"):
        assert words in seen, words
    assert "From the address 127.0.0.1" in seen
    assert any(link.endswith("/help/findings#no_permission") for link in page.links)


def test_a_fix_is_offered_right_after_the_test(
    hers: Browse, browse: Browsers, session: Session, fakes: Fakes
) -> None:
    connection = add(browse, session, "compatible")
    connection.base_url = fakes["compatible"].root + "/v1/v1"
    session.commit()
    page = examined(hers, connection)
    assert "There is one at" in page.text
    mended = page.press("Use http://").follow()
    assert "Everything works" in mended.text


def test_a_fix_that_does_not_fit_any_more_is_refused_in_words(
    hers: Browse, browse: Browsers, session: Session
) -> None:
    connection = add(browse, session, "ollama")
    page = hers.post(f"/connections/{connection.id}/fix", kind="try").follow()
    assert "changed meanwhile" in page.text


def test_a_dropped_key_is_said(
    hers: Browse, browse: Browsers, session: Session, fakes: Fakes
) -> None:
    url = fakes["compatible"].url.replace("http:", "https:")
    parts = browse.site.extensions["aiconnect"]
    draft = Draft("compatible", base_url=url, secret=Secret(KEY), private=True)
    connection = connections.add(session, SYSTEM, draft, rows=parts.rows, vault=parts.vault)
    examined(hers, connection)
    page = kept(hers, session, connection).press("Use http://").follow()
    assert "a key stays with its address" in page.text


def test_one_model_is_asked_for_one_token(
    hers: Browse, browse: Browsers, session: Session, fakes: Fakes
) -> None:
    connection = add(browse, session, "openai")
    examined(hers, connection)
    page = kept(hers, session, connection).press("Ask for one token", model="gpt-6-sol").follow()
    assert "gpt-6-sol has answered" in page.text
    [asked] = fakes["openai"].calls()
    assert asked.json["model"] == "gpt-6-sol"
    assert asked.json.get("max_tokens") == 1 or asked.json.get("max_completion_tokens") == 1
    assert "One token" in kept(hers, session, connection).text


def test_a_test_asks_no_model_by_itself(
    hers: Browse, browse: Browsers, session: Session, fakes: Fakes
) -> None:
    examined(hers, add(browse, session, "openai"))
    assert fakes["openai"].calls() == []


def test_a_model_that_is_not_there_leaves_the_connection_well(
    hers: Browse, browse: Browsers, session: Session, fakes: Fakes
) -> None:
    connection = add(browse, session, "ollama")
    fakes["ollama"].not_found()
    page = hers.post(f"/connections/{connection.id}/test-model", model="qwen3:8b").follow()
    assert "ollama pull qwen3:8b" in page.text
    session.refresh(connection)
    assert connection.state == "connected"


@pytest.mark.parametrize("model", ["x" * 400, "a\nb"])
def test_a_name_that_is_none_is_refused_in_words(
    hers: Browse, browse: Browsers, session: Session, model: str
) -> None:
    connection = add(browse, session, "ollama")
    page = hers.post(f"/connections/{connection.id}/test-model", model=model).follow()
    assert "not the name of a model" in page.text


def test_every_finding_has_its_place_in_the_help(browse: Browsers) -> None:
    page = browse.anyone().get("/help/findings")
    ids = {one.get("id") for one in page.tree.iter() if one.get("id")} if page.tree else set()
    assert set(findings.FINDINGS) <= ids
    assert "%(" not in page.text


def test_the_tests_of_a_personal_connection_are_its_owners(
    browse: Browsers, session: Session, member: Person, alice: Person
) -> None:
    parts = browse.site.extensions["aiconnect"]
    draft = Draft("ollama", base_url=parts.rows["ollama"].base_url, owner_id=member.id)
    connection = connections.add(session, SYSTEM, draft, rows=parts.rows, vault=parts.vault)
    theirs = browse.as_(member)
    page = examined(theirs, connection)
    assert "Everything works" in page.text
    check = session.query(Check).one()
    path = f"/connections/{connection.id}/checks/{check.id}"
    assert theirs.get(path).status == 200
    assert browse.as_(alice).get(path).status == 404
    assert browse.as_(alice).post(f"/connections/{connection.id}/test").status in {400, 403, 409}


def test_a_test_that_cannot_be_written_down_is_a_page_all_the_same(
    hers: Browse, browse: Browsers, session: Session, engine: Engine
) -> None:
    connection = add(browse, session, "ollama")
    session.commit()
    begun = hers.post(f"/connections/{connection.id}/test")
    with browse.site.app_context():
        hurry(db.session())
    with write_lock(engine):
        page = begun.follow()
    assert "did not come to its end" in page.text
    again = next(link for link in page.links if "/checks/" in link)
    assert "works" in hers.get(again).text
