"""The life of a key: replaced with overlap, left at the provider, forgotten; what rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Connection, Person, Role, State
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import connections, key_changes, snapshots
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.connections import Draft, left_keys
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from tests.fakes.dialects import OpenAI
from tests.ledger import record
from tests.pages.browse import Browse, Page
from tests.pages.conftest import Browsers

OLD, NEW = "sk-proj-" + "o" * 40 + "OLDA", "sk-proj-" + "n" * 40 + "NEWB"


@pytest.fixture
def hers(browse: Browsers, alice: Person) -> Browse:
    one = browse.as_(alice)
    one.secrets += [OLD, NEW]
    return one


@pytest.fixture
def connection(
    session: Session, owner: Actor, rows: Mapping[str, Provider], vault: Vault
) -> Connection:
    draft = Draft("openai", secret=Secret(OLD))
    return connections.add(session, owner, draft, rows=rows, vault=vault)


@pytest.fixture
def key_in_calls(
    session: Session, rows: Mapping[str, Provider], vault: Vault, settings: Settings
) -> KeyInCalls:
    return KeyInCalls(session, rows, vault, settings)


class KeyInCalls:
    """The key that the gateway sends now."""

    def __init__(self, session: Session, rows: object, vault: Vault, settings: Settings) -> None:
        self._session = session
        self._parts = {"rows": rows, "vault": vault, "settings": settings}

    def __call__(self) -> str:
        self._session.expire_all()
        picture = snapshots.build(self._session, **self._parts)  # type: ignore[arg-type]
        self._session.commit()
        secret = picture.connections["openai"].target.secret
        return secret.reveal() if secret else ""


def replace_key(hers: Browse, key: str = NEW) -> Page:
    return hers.get("/connections/1/key").press("Test and use this key", api_key=key)


def test_a_key_that_works_takes_the_place_of_the_old_one(
    hers: Browse, connection: Connection, openai_fake: OpenAI, key_in_calls: KeyInCalls
) -> None:
    openai_fake.demand(NEW)
    page = replace_key(hers).follow()
    assert "works and is in place" in page.text
    assert "Connected" in page.text
    assert key_in_calls() == NEW


def test_the_old_key_serves_while_the_new_one_is_tested(
    hers: Browse, connection: Connection, openai_fake: OpenAI, key_in_calls: KeyInCalls
) -> None:
    seen: list[str] = []
    openai_fake._feel(lambda _request: seen.append(key_in_calls()), None)
    replace_key(hers)
    assert seen, "the new key was tested by a call"
    assert set(seen) == {OLD}
    assert openai_fake.last.headers["authorization"] == f"Bearer {NEW}"
    assert key_in_calls() == NEW


def test_a_key_that_fails_leaves_the_old_one_and_asks(
    hers: Browse, connection: Connection, openai_fake: OpenAI, key_in_calls: KeyInCalls
) -> None:
    openai_fake.demand(OLD)
    page = replace_key(hers).follow()
    assert page.h1 == "Replace the key of openai"
    assert "The new key (ends NEWB) is not in use" in page.text
    assert "does not accept the key" in page.text
    assert key_in_calls() == OLD
    again = page.press("Test it again").follow()
    assert "is not in use" in again.text
    openai_fake.demand(NEW)
    assert "works and is in place" in again.press("Test it again").follow().text
    assert key_in_calls() == NEW


def test_a_person_may_use_a_key_all_the_same(
    hers: Browse, connection: Connection, openai_fake: OpenAI, key_in_calls: KeyInCalls
) -> None:
    openai_fake.refuse_key()
    page = replace_key(hers).follow().press("Use it all the same").follow()
    assert "Not tested" in page.text
    assert key_in_calls() == NEW
    assert "waits" not in hers.get("/connections/1/key").text


def test_a_person_may_forget_the_new_key(
    hers: Browse, connection: Connection, openai_fake: OpenAI, key_in_calls: KeyInCalls,
    session: Session,
) -> None:  # fmt: skip
    openai_fake.refuse_key()
    page = replace_key(hers).follow().press("Forget the new key").follow()
    assert "The one in use stays" in page.text
    assert "is not in use" not in page.text
    assert key_in_calls() == OLD
    assert [one.field for one in session.get_one(Connection, 1).credentials] == ["api_key"]


def test_one_who_decides_late_is_told(hers: Browse, connection: Connection) -> None:
    for path in ("test", "switch"):
        page = hers.post(f"/connections/1/key/{path}")
        if page.status == 303:
            page = page.follow()
        assert "No new key waits here" in page.text


def test_the_key_in_use_is_not_taken_for_a_new_one(
    hers: Browse, connection: Connection, openai_fake: OpenAI
) -> None:
    page = replace_key(hers, OLD)
    assert page.status == 422
    assert "in use already" in page.problems[0]
    assert not openai_fake.requests


def test_a_replaced_key_is_mentioned_until_it_is_ended(
    hers: Browse, connection: Connection, openai_fake: OpenAI
) -> None:
    replace_key(hers)
    page = hers.get("/connections/1/key")
    assert "End the old key (ends OLDA) at OpenAI" in page.text
    assert "https://platform.openai.com/api-keys" in page.links
    assert "It is done" not in page.press("It is done").follow().text
    assert "End the old key" not in hers.get("/connections/1/key").text


def test_a_key_replaced_by_command_is_mentioned_too(
    hers: Browse, connection: Connection, session: Session, vault: Vault
) -> None:
    for key in (NEW, NEW):  # the second time it is the same one
        connections.rotate(session, COMMAND_LINE, 1, Secret(key), vault=vault)
    page = hers.get("/connections/1/key")
    assert "End the old key (ends OLDA)" in page.text
    assert "(ends NEWB)" not in page.text


def test_home_and_the_connection_remind_of_a_replaced_key(
    hers: Browse, connection: Connection, openai_fake: OpenAI
) -> None:
    replace_key(hers)
    assert "End the old key (ends OLDA)" in hers.get("/connections/1").text
    home = hers.get("/")
    assert "an old key is still valid" in home.text
    home.press("It is done")
    assert "an old key is still valid" not in hers.get("/").text


def test_a_first_key_is_in_place_at_once(
    hers: Browse, session: Session, owner: Actor, rows: Mapping[str, Provider], vault: Vault
) -> None:
    connections.add(session, owner, Draft("ollama"), rows=rows, vault=vault)
    page = hers.get("/connections/1/key")
    assert page.h1 == "Enter a key for ollama"
    assert "is in place" in page.press("Use this key", api_key=NEW).follow().text
    assert "End the old key" not in hers.get("/connections/1/key").text


def test_the_page_of_a_key_tells_its_life(
    hers: Browse, connection: Connection, session: Session, alice: Person
) -> None:
    page = hers.get("/connections/1/key")
    assert "OLDA" in page.text
    assert alice.email in page.text
    assert "Last used never" in page.text
    now = clock.now()
    before = now - timedelta(days=2)  # with a key before this one
    for at, number in ((before, "1"), (now, "2")):
        session.add(record(id=number, at=at, connection_id=1, connection="openai"))
    session.commit()
    told = hers.get("/connections/1/key").text
    assert "Calls with it 1" in told
    assert "Last used just now" in told


def test_forgetting_a_key_keeps_the_connection_and_says_what_is_left(
    hers: Browse, connection: Connection, session: Session, key_in_calls: KeyInCalls
) -> None:
    page = hers.get("/connections/1/disconnect")
    assert "stays valid at OpenAI" in page.text
    page.press("Forget the key").follow()
    assert key_in_calls() == ""
    kept = session.get_one(Connection, 1)
    assert (kept.state, kept.finding) == (State.NEEDS_ATTENTION, "key_missing")
    assert "End the old key (ends OLDA)" in hers.get("/connections/1/key").text
    assert hers.get("/connections/1/disconnect").status == 303, "there is nothing more to forget"


def test_a_change_of_the_connection_meanwhile_keeps_the_old_key(
    hers: Browse, connection: Connection, session: Session, owner: Actor, vault: Vault,
    rows: Mapping[str, Provider], openai_fake: OpenAI, key_in_calls: KeyInCalls,
) -> None:  # fmt: skip
    third = Secret("sk-proj-" + "t" * 44)

    def interrupt(_request: object) -> None:
        key_changes.offer(session, owner, 1, third, rows=rows, vault=vault)
        session.commit()

    openai_fake._feel(interrupt, 1)
    page = replace_key(hers).follow()
    assert "changed meanwhile" in page.text
    assert key_in_calls() == OLD


def test_removing_says_which_programs_used_it(
    hers: Browse, connection: Connection, session: Session, openai_fake: OpenAI
) -> None:
    session.add(record(id="1", at=clock.now(), connection_id=1, connection="openai",
                       access_token="Scrivener", person="mel@example.org"))  # fmt: skip
    session.commit()
    hers.get("/connections/1").press("Test the connection").follow()
    page = hers.get("/connections/1/remove")
    for words in ("Scrivener", "mel@example.org", "1 call went through it", "no longer served"):
        assert words in page.text
    page.press("Remove openai")
    assert hers.get("/connections/1").status == 404


def test_an_admin_removes_a_personal_connection_without_seeing_into_it(
    browse: Browsers, session: Session, member: Person, admin: Person, vault: Vault,
    rows: Mapping[str, Provider],
) -> None:  # fmt: skip
    theirs = Actor(member.email, role=Role.MEMBER, person_id=member.id)
    draft = Draft("openai", secret=Secret(OLD), owner_id=member.id)
    connections.add(session, theirs, draft, rows=rows, vault=vault)
    session.add(record(id="1", at=clock.now(), connection_id=1, access_token="Diary"))
    session.commit()
    page = browse.as_(admin).get("/connections/1/remove")
    assert "Diary" not in page.text
    assert member.email in page.text
    for path in ("key", "disconnect", "account"):
        assert browse.as_(admin).get(f"/connections/1/{path}").status in {404, 409}
    assert page.press("Remove openai").status == 303


def test_an_account_is_read_when_somebody_asks(
    hers: Browse, session: Session, owner: Actor, rows: Mapping[str, Provider], vault: Vault,
    site: Flask,
) -> None:  # fmt: skip
    connections.add(session, owner, Draft("openrouter", secret=Secret(OLD)), rows=rows, vault=vault)
    page = hers.get("/connections/1/account")
    assert "not read yet" in page.text
    told = page.press("Ask now").follow()
    assert "Limit of the key" in told.text
    assert "Read just now" in told.text
    assert told.press("Ask again").follow().status == 200


def test_a_provider_that_tells_nothing_is_said_to(hers: Browse, connection: Connection) -> None:
    page = hers.get("/connections/1/account")
    assert "tells keys nothing" in page.text


def test_a_key_given_with_a_new_address_leaves_none_waiting(
    session: Session, owner: Actor, connection: Connection, rows: Mapping[str, Provider],
    vault: Vault,
) -> None:  # fmt: skip
    parts = {"rows": rows, "vault": vault}
    key_changes.offer(session, owner, connection.id, Secret(NEW), **parts)  # type: ignore[arg-type]
    changes = connections.Changes(secret=Secret(NEW + "2"))
    connections.edit(session, owner, connection.id, changes, **parts)  # type: ignore[arg-type]
    assert key_changes.waiting(connection) is None
    assert [one.field for one in connection.credentials] == ["api_key"]


def test_a_key_that_an_address_leaves_behind_is_remembered_and_its_account_is_not(
    session: Session, owner: Actor, rows: Mapping[str, Provider], vault: Vault
) -> None:
    draft = Draft("compatible", base_url="https://one.example.org/v1", secret=Secret(OLD))
    made = connections.add(session, owner, draft, rows=rows, vault=vault)
    made.account = {"label": "of the one before"}
    changes = connections.Changes(base_url="https://two.example.org/v1", secret=Secret(NEW))
    connections.edit(session, owner, made.id, changes, rows=rows, vault=vault)
    assert [one.last4 for one in left_keys.left(made)] == ["OLDA"]
    assert made.account == {}
