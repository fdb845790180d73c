"""What calls asked and were answered: who switches it on, who is told, who reads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.calls.texts import Kept, Text, readable
from aiconnect.models import AuditEntry, CallText, Person, Role
from aiconnect.services import collections, texts
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.vault import Vault
from tests import ledger
from tests.pages.browse import Browse
from tests.pages.conftest import Browsers
from tests.pages.test_usage import personal
from tests.people import person

PROMPT = "Where does the <b>heron</b> sleep?"
FOOT = "Prompts and answers are kept for 7 days"
LINK = "What was asked and answered"
ASKED = json.dumps({"messages": [{"role": "user", "content": f"{PROMPT}\nSay it."}]})


@pytest.fixture
def kept(session: Session) -> None:
    texts.put(session, COMMAND_LINE, "on")


def called(
    session: Session, vault: Vault, whose: Person, answered: Text | None = None, **more: Any
) -> str:
    """A call of somebody with its text."""
    record = ledger.record(id=ids.uuid7(), at=clock.now(), **more)
    record.person_id, record.person = whose.id, whose.email
    found = str(record.id)
    ledger.add(session, record)
    at = int(clock.now().timestamp() * 1000)
    texts.store(session, vault, [Kept(found, at, Text(ASKED), answered)])
    return found


def entries(session: Session, action: str) -> list[tuple[str, str]]:
    session.rollback()
    found = session.query(AuditEntry).filter_by(action=action).order_by(AuditEntry.id)
    return [(one.actor, one.subject) for one in found]


def test_the_owner_switches_it_on_with_the_box(
    hers: Browse, session: Session, alice: Person
) -> None:
    page = hers.get("/settings/texts")
    assert "Every prompt and every answer of everybody" in page.text
    form = page.form("Keep them from now on")
    refused = hers.send("/settings/texts", {**form.fields})
    assert refused.status == 422
    assert "knows" in refused.text
    assert not texts.is_on(session)
    session.rollback()
    done = hers.send("/settings/texts", {**form.fields, "told": "y"})
    assert done.status == 303
    assert "is kept from now on" in done.follow().text
    assert texts.is_on(session)
    assert entries(session, "set.setting") == [(alice.email, "texts")]


def test_switched_off_nothing_is_left(
    hers: Browse, session: Session, vault: Vault, alice: Person, kept: None
) -> None:
    called(session, vault, alice)
    done = hers.post("/settings/texts/off")
    assert "What was kept is removed" in done.follow().text
    session.rollback()
    assert session.query(CallText).count() == 0
    assert not texts.is_on(session)


def test_no_admin_decides(browse: Browsers, admin: Person, session: Session, kept: None) -> None:
    his = browse.as_(admin)
    assert his.get("/settings/texts").status == 403
    assert his.post("/settings/texts/off").status == 403
    session.rollback()
    assert texts.is_on(session)


def test_everybody_is_told_while_it_is_on(browse: Browsers, bob: Person, session: Session) -> None:
    his = browse.as_(bob)
    quiet = his.get("/account")
    assert FOOT not in quiet.text
    assert "neither in the database nor in the log" in his.get("/help/storage").text
    texts.put(session, COMMAND_LINE, "on")
    told = his.get("/account")
    assert FOOT in told.text
    assert "What is kept of your calls" in told.text
    for one in (his, browse.anyone()):
        page = one.get("/help/storage")
        assert "The owner of this server has switched that on" in page.text
        assert "neither in the database nor in the log" not in page.text


def test_admins_read_and_that_is_written_down(
    browse: Browsers, admin: Person, member: Person, session: Session, vault: Vault, kept: None
) -> None:
    call = called(session, vault, member, Text("In the \x00reeds", is_cut=True))
    hers = browse.as_(admin)
    path = f"/usage/calls/{call}"
    assert f"{path}/texts" in hers.get(path).links
    assert entries(session, "read.texts") == []
    for times in (1, 2):
        page = hers.get(f"{path}/texts")
        assert page.h1 == LINK
        assert PROMPT in page.text
        assert "&lt;b&gt;heron" in page.html
        assert "In the \x00reeds" not in page.html
        assert page.text.count("Cut here") == 1
        assert entries(session, "read.texts") == [(admin.email, call)] * times


def test_others_read_their_own_alone(
    browse: Browsers, member: Person, bob: Person, session: Session, vault: Vault, kept: None
) -> None:
    own, other = called(session, vault, member), called(session, vault, bob)
    his = browse.as_(member)
    assert PROMPT in his.get(f"/usage/calls/{own}/texts").text
    assert his.get(f"/usage/calls/{other}/texts").status == 404
    assert (
        browse.as_(person(session, "mo", Role.MEMBER)).get(f"/usage/calls/{own}/texts").status
        == 404
    )


def test_what_went_through_something_personal_no_admin_reads(
    browse: Browsers, admin: Person, member: Person, session: Session, vault: Vault, kept: None
) -> None:
    connection = personal(session, member)
    actor = Actor(member.email, role=Role(member.role), person_id=member.id)
    collections.add(session, actor, "secret", owner_id=member.id)
    ways: list[dict[str, Any]] = [
        {"connection_id": connection, "connection": "mine"},
        {"connection_id": connection + 1000, "connection": "removed"},
        {"tries": [["mine", "m", "provider_error", 3]]},
        {"tries": [["removed", "m", "provider_error", 3]]},
        {"asked": "mine/gpt"},
        {"asked": "collection/secret"},
        {"asked": "collection/gone"},
    ]
    hers, his = browse.as_(admin), browse.as_(member)
    for way in ways:
        call = called(session, vault, member, **way)
        assert f"/usage/calls/{call}/texts" not in hers.get(f"/usage/calls/{call}").links, way
        assert hers.get(f"/usage/calls/{call}/texts").status == 404, way
        assert his.get(f"/usage/calls/{call}/texts").status == 200, way
    assert {who for who, _ in entries(session, "read.texts")} == {member.email}


def test_a_call_without_text_says_so(
    browse: Browsers, alice: Person, session: Session, vault: Vault, kept: None
) -> None:
    record = ledger.record(at=clock.now())
    call = str(record.id)
    ledger.add(session, record)
    hers = browse.as_(alice)
    assert LINK not in hers.get(f"/usage/calls/{call}").text
    page = hers.get(f"/usage/calls/{call}/texts")
    assert page.status == 404
    assert entries(session, "read.texts") == []
    numbers = hers.get(f"/usage/calls/{called(session, vault, alice)}/texts")
    assert "No text" in numbers.text


@pytest.mark.parametrize("call", ["0", "x" * 400, "%ED%A0%80", "..%2f.."])
def test_made_up_ids_are_not_found(hers: Browse, call: str) -> None:
    assert hers.get(f"/usage/calls/{call}/texts").status == 404


@pytest.mark.parametrize(
    "asked", ["[" * 30_000, '{"a":' * 900 + "1" + "}" * 900, '{"a":"\\ud800\\u0000"}',
              '{"a":1e999}', "\ud800", "not json", '{"text":"one\\\\ntwo\\nthree"}'],
)  # fmt: skip
def test_whatever_was_asked_can_be_shown(
    hers: Browse, alice: Person, session: Session, vault: Vault, kept: None, asked: str
) -> None:
    call = called(session, vault, alice)
    at = int(clock.now().timestamp() * 1000)
    session.query(CallText).delete()
    session.commit()
    body = asked.encode("utf-8", "surrogatepass")
    texts.store(session, vault, [Kept(call, at, readable(body), None)])
    assert hers.get(f"/usage/calls/{call}/texts").status == 200
