"""Every change leaves an entry, and no entry holds a secret."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.errors import Refused
from aiconnect.models import AuditEntry, Person, Role
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import accounts, connections, key_changes, tokens
from aiconnect.services.audit import Actor
from aiconnect.services.connections import Changes, Draft
from aiconnect.services.vault import Vault
from tests.people import CHEAP, PASSWORD

MARKER = "MarkerMarkerMarkerMarker"
KEY, OTHER = Secret(f"sk-proj-{MARKER}1"), Secret(f"sk-proj-{MARKER}2")
NEW = Secret(f"password {MARKER}")


class Desk:
    """All that is changed in these tests, by one actor."""

    def __init__(self, session: Session, actor: Actor, vault: Vault) -> None:
        self.session, self.actor, self.vault = session, actor, vault
        self.secrets: list[Secret] = []

    def add_connection(self) -> None:
        draft = Draft("openai", "main", secret=KEY)
        connections.add(self.session, self.actor, draft, rows=PROVIDERS, vault=self.vault)

    def connection_id(self) -> int:
        return connections.by_name(self.session, "main").id

    def edit_connection(self) -> None:
        connections.edit(
            self.session, self.actor, self.connection_id(), Changes(secret=OTHER, models=("a",)),
            rows=PROVIDERS, vault=self.vault,
        )  # fmt: skip

    def rotate(self) -> None:
        one = self.connection_id()
        connections.rotate(self.session, self.actor, one, KEY, vault=self.vault)

    def forget_key(self) -> None:
        key_changes.disconnect(
            self.session, self.actor, self.connection_id(), rows=PROVIDERS, vault=self.vault
        )

    def disable_connection(self) -> None:
        connections.disable(self.session, self.actor, self.connection_id())

    def enable_connection(self) -> None:
        connections.enable(self.session, self.actor, self.connection_id())

    def remove_connection(self) -> None:
        connections.remove(self.session, self.actor, self.connection_id())

    def add_person(self) -> None:
        accounts.add_person(
            self.session, self.actor, "new@example.org", Role.MEMBER, NEW, passwords=CHEAP
        )

    def make_link(self) -> None:
        self.secrets.append(accounts.make_link(self.session, self.actor, "new@example.org"))

    def sign_in(self) -> None:
        where = {"address": "192.0.2.1", "browser": "Lynx"}
        self.secrets.append(accounts.sign_in_by_link(self.session, self.secrets[-1], **where))

    def revoke_sign_in(self) -> None:
        found = accounts.find_sign_in(self.session, self.secrets[-1])
        assert found is not None
        accounts.revoke_sign_in(self.session, self.actor, found.id)

    def change_password(self) -> None:
        person = accounts.by_email(self.session, "new@example.org")
        accounts.change_password(self.session, self.actor, person, NEW, PASSWORD, passwords=CHEAP)

    def add_access_token(self) -> None:
        _, secret = tokens.add(self.session, self.actor, "laptop", "new@example.org")
        self.secrets.append(secret)

    def revoke_access_token(self) -> None:
        tokens.revoke(self.session, self.actor, "laptop")

    def disable_person(self) -> None:
        accounts.disable_person(self.session, self.actor, "new@example.org")

    @property
    def entries(self) -> list[AuditEntry]:
        return list(self.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


@pytest.fixture
def desk(session: Session, owner: Actor, vault: Vault) -> Desk:
    return Desk(session, owner, vault)


WALK: list[tuple[Callable[[Desk], None], str]] = [
    (Desk.add_connection, "add.connection"),
    (Desk.edit_connection, "change.connection"),
    (Desk.rotate, "rotate.credential"),
    (Desk.forget_key, "remove.credential"),
    (Desk.disable_connection, "disable.connection"),
    (Desk.enable_connection, "enable.connection"),
    (Desk.remove_connection, "remove.connection"),
    (Desk.add_person, "add.person"),
    (Desk.make_link, "make.link"),
    (Desk.sign_in, "add.sign_in"),
    (Desk.revoke_sign_in, "revoke.sign_in"),
    (Desk.change_password, "change.password"),
    (Desk.add_access_token, "add.access_token"),
    (Desk.revoke_access_token, "revoke.access_token"),
    (Desk.disable_person, "disable.person"),
]


def test_every_change_leaves_one_entry(desk: Desk) -> None:
    for step, action in WALK:
        before = len(desk.entries)
        step(desk)
        assert [entry.action for entry in desk.entries[before:]] == [action]


def test_no_entry_holds_a_secret(desk: Desk) -> None:
    for step, _ in WALK:
        step(desk)
    told = json.dumps([[entry.actor, entry.subject, entry.facts] for entry in desk.entries])
    assert MARKER not in told
    assert not any(secret.reveal() in told for secret in [*desk.secrets, PASSWORD])


def test_an_entry_says_who_and_from_where(desk: Desk, alice: Person) -> None:
    desk.add_connection()
    entry = desk.entries[-1]
    assert (entry.actor, entry.via, entry.subject) == (alice.email, "page", "main")
    assert entry.facts == {"provider": "openai", "url": PROVIDERS["openai"].base_url}


def test_what_was_refused_leaves_no_entry(desk: Desk) -> None:
    desk.add_connection()
    before = len(desk.entries)
    with pytest.raises(Refused):
        desk.add_connection()
    assert len(desk.entries) == before
