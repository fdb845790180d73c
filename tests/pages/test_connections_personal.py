"""Personal connections: their owner's alone; admins see that they are there, and may end them."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, Person
from aiconnect.services import connections
from aiconnect.services.audit import Actor
from aiconnect.services.connections import Draft
from tests import ledger
from tests.fakes.dialects import OpenAI
from tests.pages.browse import Browse
from tests.pages.conftest import KEY, Browsers


@pytest.fixture
def theirs(browse: Browsers, member: Person) -> Browse:
    """The member's browser, with a personal connection (1)."""
    one = browse.as_(member)
    one.get("/cloud/openai/new").press("Save", api_key=KEY, name="mine").follow()
    return one


@pytest.fixture
def team(session: Session, owner: Actor, browse: Browsers) -> int:
    """A connection of the team's."""
    parts = browse.site.extensions["aiconnect"]
    draft = Draft("ollama", name="shared")
    return connections.add(session, owner, draft, rows=parts.rows, vault=parts.vault).id


def test_what_a_member_adds_is_theirs_alone_and_they_are_told(
    theirs: Browse, session: Session, member: Person
) -> None:
    for path in ("/connections/new", "/cloud/openai/new"):
        assert "yours alone" in theirs.get(path).text
    assert session.get_one(Connection, 1).owner_id == member.id
    assert "personal" not in theirs.get("/cloud/openai/new").form("Save").fields
    assert "yours alone" in theirs.get("/connections/1").text


def test_an_admin_chooses_whose_it_is(browse: Browsers, session: Session, admin: Person) -> None:
    his = browse.as_(admin)
    his.get("/cloud/openai/new").press("Save", api_key=KEY).follow()
    his.get("/cloud/openai/new").press("Save", api_key=KEY, personal="y").follow()
    assert session.get_one(Connection, 1).owner_id is None
    assert session.get_one(Connection, 2).owner_id == admin.id
    text = his.get("/connections").text
    assert text.index("The team") < text.index("Yours alone")


def test_its_owner_does_everything_with_it(theirs: Browse, openai_fake: OpenAI) -> None:
    openai_fake.demand(KEY)
    openai_fake.serve_models(["gpt-one"])
    assert "1 model found" in theirs.get("/connections/1").press("Read the models").follow().text
    page = theirs.get("/connections/1/edit").press("Save the changes", name="renamed").follow()
    assert page.h1 == "renamed"
    assert "gpt-one" in theirs.get("/models").text


def test_an_admin_sees_its_outline_and_may_end_it(
    browse: Browsers, theirs: Browse, session: Session, admin: Person, member: Person
) -> None:
    his = browse.as_(admin)
    for path in ("/connections", "/connections/1"):
        page = his.get(path)
        assert "mine" in page.text
        assert member.email in page.text
        assert "MARK" not in page.html, "not even how the key ends"
    assert "api.openai.com" not in his.get("/connections/1").html
    assert his.get("/connections/1/edit").status in {404, 409}
    assert "is off" in his.get("/connections/1").press("Switch it off").follow().text
    assert "is removed" in his.get("/connections/1/remove").press("Remove mine").follow().text


def test_strangers_do_not_know_of_it(browse: Browsers, theirs: Browse, bob: Person) -> None:
    his = browse.as_(bob)
    assert his.get("/connections/1").status == 404
    for path in ("/", "/connections", "/models"):
        assert "mine" not in his.get(path).text.split()


def test_its_models_are_in_nobody_elses_list(
    browse: Browsers, theirs: Browse, admin: Person, openai_fake: OpenAI
) -> None:
    openai_fake.serve_models(["gpt-secret"])
    theirs.get("/connections/1").press("Read the models")
    his = browse.as_(admin)
    assert "gpt-secret" not in his.get("/models").text
    assert "gpt-secret" not in his.get("/models?connection=mine&q=gpt").text


def test_its_models_are_named_to_nobody_else_in_the_usage(
    browse: Browsers, theirs: Browse, session: Session, admin: Person, bob: Person
) -> None:
    now = clock.now()
    call = ledger.record(connection_id=1, connection="mine", model="gpt-secret", at=now)
    ledger.add(session, call, ledger.record(connection_id=2, model="gpt-shared", at=now))
    assert "gpt-secret" in theirs.get("/usage").text
    for person in (admin, bob):
        text = browse.as_(person).get("/usage").text
        assert "gpt-secret" not in text
        assert "gpt-shared" in text
        assert "2 calls" in text or "Calls 2" in text, "they are counted all the same"


def test_a_member_looks_at_the_teams_but_has_no_buttons(theirs: Browse, team: int) -> None:
    page = theirs.get(f"/connections/{team}")
    assert page.status == 200
    assert [form.action for form in page.forms if form.method == "post"] == ["/logout"] * 2
    for path in ("edit", "key"):
        assert theirs.get(f"/connections/{team}/{path}").status in {404, 409}
    for path in ("test", "refresh", "disable", "order", "models"):
        refused = theirs.post(f"/connections/{team}/{path}", do="hide_all", to="up")
        assert refused.status in {404, 409}, path
