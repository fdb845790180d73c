"""People: added, disabled, given links; their passwords."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import Conflict, NotFound, Refused
from aiconnect.models import OneTimeLink, Person, Role
from aiconnect.secret import Secret
from aiconnect.services import accounts, installation, tokens
from aiconnect.services.accounts import Passwords, SignInRefused
from aiconnect.services.audit import SYSTEM, Actor
from tests.people import PASSWORD

NEW = Secret("another long password")
WHERE = {"address": "192.0.2.1", "browser": "Lynx"}


def actor(person: Person) -> Actor:
    return Actor(person.email, role=Role(person.role), person_id=person.id)


def expire_links(session: Session) -> None:
    session.execute(update(OneTimeLink).values(ends_at=clock.now() - timedelta(seconds=1)))
    session.commit()


def test_a_person_is_added_with_a_role(session: Session, passwords: Passwords) -> None:
    made = accounts.add_person(
        session, SYSTEM, " Zoe@Example.ORG ", Role.MEMBER, PASSWORD, passwords=passwords
    )
    assert (made.email, made.role) == ("zoe@example.org", "member")
    assert accounts.people(session) == [made]


def test_a_password_is_stored_as_its_hash(alice: Person) -> None:
    assert alice.password_hash is not None
    assert alice.password_hash.startswith("$argon2id$")
    assert PASSWORD.reveal() not in alice.password_hash


def test_an_address_is_taken_once_whatever_its_case(
    session: Session, alice: Person, passwords: Passwords
) -> None:
    with pytest.raises(Conflict) as refused:
        accounts.add_person(
            session, SYSTEM, alice.email.upper(), Role.MEMBER, PASSWORD, passwords=passwords
        )
    assert refused.value.field == "email"


@pytest.mark.parametrize(
    "email",
    ["", "alice", "@example.org", "a b@example.org", "a@b@c", "a\x00@b", "a" * 251 + "@b.c"],
)
def test_an_address_must_look_like_one(session: Session, email: str) -> None:
    with pytest.raises(Refused) as refused:
        accounts.add_person(session, SYSTEM, email, Role.MEMBER, None)
    assert refused.value.field == "email"


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 1001])
def test_a_password_has_twelve_characters_or_more(session: Session, password: str) -> None:
    with pytest.raises(Refused) as refused:
        accounts.add_person(session, SYSTEM, "a@example.org", Role.MEMBER, Secret(password))
    assert refused.value.field == "password"


def test_an_admin_makes_no_owner(session: Session, admin: Person, passwords: Passwords) -> None:
    with pytest.raises(Refused):
        accounts.add_person(
            session, actor(admin), "a@example.org", Role.OWNER, PASSWORD, passwords=passwords
        )


def test_an_admin_gets_no_link_into_the_owner_s_account(
    session: Session, alice: Person, admin: Person
) -> None:
    with pytest.raises(Refused):
        accounts.make_link(session, actor(admin), alice.email)


def test_an_admin_does_not_disable_the_owner(
    session: Session, alice: Person, admin: Person
) -> None:
    with pytest.raises(Refused):
        accounts.disable_person(session, actor(admin), alice.email)


def test_the_last_owner_is_not_disabled(session: Session, alice: Person, admin: Person) -> None:
    with pytest.raises(Refused, match="last owner"):
        accounts.disable_person(session, SYSTEM, alice.email)


def test_of_two_owners_one_may_go(session: Session, alice: Person, passwords: Passwords) -> None:
    accounts.add_person(session, SYSTEM, "o@example.org", Role.OWNER, PASSWORD, passwords=passwords)
    accounts.disable_person(session, SYSTEM, alice.email)
    with pytest.raises(Refused, match="last owner"):
        accounts.disable_person(session, SYSTEM, "o@example.org")


def test_disabling_ends_sign_ins_links_and_access_tokens(
    session: Session, alice: Person, member: Person, passwords: Passwords
) -> None:
    secret = accounts.sign_in(session, member.email, PASSWORD, **WHERE, passwords=passwords)
    code = accounts.make_link(session, SYSTEM, member.email)
    token, _ = tokens.add(session, SYSTEM, "laptop", member.email)
    before = installation.revision(session)
    accounts.disable_person(session, SYSTEM, member.email)
    assert accounts.find_sign_in(session, secret) is None
    assert token.revoked_at is not None
    assert installation.revision(session) == before + 1
    with pytest.raises(SignInRefused):
        accounts.sign_in_by_link(session, code, **WHERE)


def test_disabling_someone_unknown_is_not_found(session: Session, charlie: str) -> None:
    with pytest.raises(NotFound):
        accounts.disable_person(session, SYSTEM, charlie)


def test_disabling_twice_changes_nothing(session: Session, alice: Person, bob: Person) -> None:
    accounts.disable_person(session, SYSTEM, bob.email)
    revision, at = installation.revision(session), bob.disabled_at
    accounts.disable_person(session, SYSTEM, bob.email)
    assert (installation.revision(session), bob.disabled_at) == (revision, at)


def test_a_link_signs_in_once(session: Session, bob: Person) -> None:
    code = accounts.make_link(session, SYSTEM, bob.email)
    secret = accounts.sign_in_by_link(session, code, **WHERE)
    found = accounts.find_sign_in(session, secret)
    assert found is not None
    assert found.person.email == bob.email
    with pytest.raises(SignInRefused):
        accounts.sign_in_by_link(session, code, **WHERE)


def test_a_link_ends_after_a_day(session: Session, bob: Person) -> None:
    code = accounts.make_link(session, SYSTEM, bob.email)
    (link,) = session.scalars(select(OneTimeLink))
    assert link.ends_at - clock.now() <= timedelta(hours=24)
    expire_links(session)
    with pytest.raises(SignInRefused):
        accounts.sign_in_by_link(session, code, **WHERE)


def test_a_newer_link_replaces_the_older(session: Session, bob: Person, alice: Person) -> None:
    others = accounts.make_link(session, SYSTEM, alice.email)
    older = accounts.make_link(session, SYSTEM, bob.email)
    accounts.make_link(session, SYSTEM, bob.email)
    with pytest.raises(SignInRefused):
        accounts.sign_in_by_link(session, older, **WHERE)
    accounts.sign_in_by_link(session, others, **WHERE)


def test_a_link_is_stored_as_its_hash(session: Session, bob: Person) -> None:
    code = accounts.make_link(session, SYSTEM, bob.email)
    (link,) = session.scalars(select(OneTimeLink))
    assert code.reveal() not in link.sha256


def test_no_link_is_made_for_a_closed_account(session: Session, alice: Person, bob: Person) -> None:
    accounts.disable_person(session, SYSTEM, bob.email)
    with pytest.raises(Refused, match="disabled"):
        accounts.make_link(session, SYSTEM, bob.email)


def test_a_setup_link_makes_the_first_owner(session: Session, passwords: Passwords) -> None:
    code = accounts.make_setup_link(session)
    assert code is not None
    person = accounts.set_up(session, code, "first@example.org", PASSWORD, passwords=passwords)
    assert person.role == Role.OWNER
    assert accounts.make_setup_link(session) is None


def test_a_setup_link_works_once(session: Session, passwords: Passwords) -> None:
    code = accounts.make_setup_link(session)
    assert code is not None
    accounts.set_up(session, code, "first@example.org", PASSWORD, passwords=passwords)
    with pytest.raises(Refused, match="set up already"):
        accounts.set_up(session, code, "second@example.org", PASSWORD, passwords=passwords)


def test_only_the_newest_setup_link_works(session: Session, passwords: Passwords) -> None:
    older, newer = accounts.make_setup_link(session), accounts.make_setup_link(session)
    assert older is not None
    assert newer is not None
    with pytest.raises(SignInRefused):
        accounts.set_up(session, older, "first@example.org", PASSWORD, passwords=passwords)
    accounts.set_up(session, newer, "first@example.org", PASSWORD, passwords=passwords)


def test_a_setup_link_ends(session: Session, passwords: Passwords) -> None:
    code = accounts.make_setup_link(session)
    assert code is not None
    expire_links(session)
    with pytest.raises(SignInRefused):
        accounts.set_up(session, code, "first@example.org", PASSWORD, passwords=passwords)


def test_a_weak_password_does_not_use_the_setup_link_up(
    session: Session, passwords: Passwords
) -> None:
    code = accounts.make_setup_link(session)
    assert code is not None
    with pytest.raises(Refused):
        accounts.set_up(session, code, "first@example.org", Secret("short"), passwords=passwords)
    accounts.set_up(session, code, "first@example.org", PASSWORD, passwords=passwords)


def test_a_setup_link_is_no_sign_in_link(session: Session) -> None:
    code = accounts.make_setup_link(session)
    assert code is not None
    with pytest.raises(SignInRefused):
        accounts.sign_in_by_link(session, code, **WHERE)


def test_a_sign_in_link_is_no_setup_link(
    session: Session, bob: Person, passwords: Passwords
) -> None:
    code = accounts.make_link(session, SYSTEM, bob.email)
    with pytest.raises(Refused):
        accounts.set_up(session, code, "first@example.org", PASSWORD, passwords=passwords)
    assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_a_password_is_changed_with_the_old_one(
    session: Session, alice: Person, passwords: Passwords
) -> None:
    accounts.change_password(session, actor(alice), alice, PASSWORD, NEW, passwords=passwords)
    accounts.sign_in(session, alice.email, NEW, **WHERE, passwords=passwords)
    with pytest.raises(SignInRefused):
        accounts.sign_in(session, alice.email, PASSWORD, **WHERE, passwords=passwords)


def test_a_password_is_not_changed_without_the_old_one(
    session: Session, alice: Person, passwords: Passwords
) -> None:
    with pytest.raises(Refused) as refused:
        accounts.change_password(session, actor(alice), alice, NEW, NEW, passwords=passwords)
    assert refused.value.field == "old"


def test_the_old_password_cannot_be_guessed_at_leisure(
    session: Session, alice: Person, passwords: Passwords
) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            accounts.change_password(session, actor(alice), alice, NEW, NEW, passwords=passwords)
    with pytest.raises(accounts.TooManyAttempts):
        accounts.change_password(session, actor(alice), alice, PASSWORD, NEW, passwords=passwords)


def test_who_came_by_a_link_sets_a_first_password(session: Session, passwords: Passwords) -> None:
    zoe = accounts.add_person(session, SYSTEM, "zoe@example.org", Role.MEMBER, None)
    accounts.change_password(session, actor(zoe), zoe, Secret(""), NEW, passwords=passwords)
    accounts.sign_in(session, zoe.email, NEW, **WHERE, passwords=passwords)


def test_a_new_password_ends_the_other_sign_ins(
    session: Session, alice: Person, passwords: Passwords
) -> None:
    here = accounts.sign_in(session, alice.email, PASSWORD, **WHERE, passwords=passwords)
    there = accounts.sign_in(session, alice.email, PASSWORD, **WHERE, passwords=passwords)
    kept = accounts.find_sign_in(session, here)
    assert kept is not None
    accounts.change_password(
        session, actor(alice), alice, PASSWORD, NEW, keep=kept.id, passwords=passwords
    )
    assert accounts.find_sign_in(session, here) is not None
    assert accounts.find_sign_in(session, there) is None
