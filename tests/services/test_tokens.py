"""Access tokens: made, shown once, revoked."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import Conflict, NotFound, Refused
from aiconnect.models import Person, Role
from aiconnect.services import accounts, installation, tokens
from aiconnect.services.audit import SYSTEM, Actor


def as_(person: Person) -> Actor:
    return Actor(person.email, role=Role(person.role), person_id=person.id)


def test_the_secret_has_its_form(session: Session, alice: Person) -> None:
    _, secret = tokens.add(session, SYSTEM, "laptop", alice.email)
    assert re.fullmatch(r"aic_[A-Za-z0-9_-]{43}", secret.reveal())


def test_only_the_hash_is_kept(session: Session, alice: Person) -> None:
    made, secret = tokens.add(session, SYSTEM, "laptop", alice.email)
    assert made.sha256 == hashlib.sha256(secret.reveal().encode()).hexdigest()
    assert made.last4 == secret.reveal()[-4:]
    kept = [str(value) for value in vars(made).values()]
    assert not any(secret.reveal() in value for value in kept)


def test_two_access_tokens_differ(session: Session, alice: Person) -> None:
    secrets = {tokens.add(session, SYSTEM, name, alice.email)[1] for name in ("a", "b")}
    assert len(secrets) == 2


def test_an_access_token_may_end(session: Session, alice: Person) -> None:
    made, _ = tokens.add(session, SYSTEM, "laptop", alice.email, expires_days=7)
    assert made.expires_at is not None
    assert abs(made.expires_at - clock.now() - timedelta(days=7)) < timedelta(minutes=1)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_an_end_lies_ahead(session: Session, alice: Person, days: int) -> None:
    with pytest.raises(Refused) as refused:
        tokens.add(session, SYSTEM, "laptop", alice.email, expires_days=days)
    assert refused.value.field == "expires_days"


def test_patterns_are_kept_without_blanks_and_repeats(session: Session, alice: Person) -> None:
    patterns = [" ollama/* ", "gpt-4o", "", "gpt-4o"]
    made, _ = tokens.add(session, SYSTEM, "laptop", alice.email, patterns=patterns)
    assert made.patterns == ["ollama/*", "gpt-4o"]


@pytest.mark.parametrize("pattern", ["x" * 301, "a\nb"])
def test_a_pattern_is_one_line_of_a_model_s_length(
    session: Session, alice: Person, pattern: str
) -> None:
    with pytest.raises(Refused) as refused:
        tokens.add(session, SYSTEM, "laptop", alice.email, patterns=[pattern])
    assert refused.value.field == "patterns"


@pytest.mark.parametrize("name", ["", "  ", "a" * 61, "a\nb", "\x1b[31m"])
def test_a_name_is_one_short_line(session: Session, alice: Person, name: str) -> None:
    with pytest.raises(Refused) as refused:
        tokens.add(session, SYSTEM, name, alice.email)
    assert refused.value.field == "name"


def test_a_name_is_used_once_even_after_it_was_revoked(session: Session, alice: Person) -> None:
    tokens.add(session, SYSTEM, "laptop", alice.email)
    tokens.revoke(session, SYSTEM, "laptop")
    with pytest.raises(Conflict):
        tokens.add(session, SYSTEM, " laptop ", alice.email)


def test_nobody_outside_gets_one(session: Session, charlie: str) -> None:
    with pytest.raises(NotFound):
        tokens.add(session, SYSTEM, "laptop", charlie)


def test_a_closed_account_gets_none(session: Session, alice: Person, bob: Person) -> None:
    accounts.disable_person(session, SYSTEM, bob.email)
    with pytest.raises(Refused, match="disabled"):
        tokens.add(session, SYSTEM, "laptop", bob.email)


def test_a_member_makes_them_for_themselves_only(
    session: Session, alice: Person, member: Person
) -> None:
    tokens.add(session, as_(member), "mine", member.email)
    with pytest.raises(Refused):
        tokens.add(session, as_(member), "hers", alice.email)


def test_a_member_does_not_find_another_s(session: Session, alice: Person, member: Person) -> None:
    made, _ = tokens.add(session, SYSTEM, "hers", alice.email)
    with pytest.raises(NotFound):
        tokens.revoke(session, as_(member), made.id)


def test_an_admin_revokes_a_member_s(session: Session, admin: Person, member: Person) -> None:
    tokens.add(session, as_(member), "mine", member.email)
    assert tokens.revoke(session, as_(admin), "mine").revoked_at is not None


def test_revoking_twice_changes_nothing(session: Session, alice: Person) -> None:
    made, _ = tokens.add(session, SYSTEM, "laptop", alice.email)
    at, revision = (
        tokens.revoke(session, SYSTEM, made.id).revoked_at,
        installation.revision(session),
    )
    assert tokens.revoke(session, SYSTEM, made.id).revoked_at == at
    assert installation.revision(session) == revision


def test_revoking_an_unknown_one_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        tokens.revoke(session, SYSTEM, "nosuch")


def test_everyone_s_are_listed_newest_first_or_one_person_s(
    session: Session, alice: Person, bob: Person
) -> None:
    for name, person in (("a", alice), ("b", bob), ("c", alice)):
        tokens.add(session, SYSTEM, name, person.email)
    assert [one.name for one in tokens.all(session)] == ["c", "b", "a"]
    assert [one.name for one in tokens.all(session, bob.id)] == ["b"]


def test_making_and_revoking_is_counted_for_the_gateway(session: Session, alice: Person) -> None:
    before = installation.revision(session)
    tokens.add(session, SYSTEM, "laptop", alice.email)
    assert installation.revision(session) == before + 1
    tokens.revoke(session, SYSTEM, "laptop")
    assert installation.revision(session) == before + 2
