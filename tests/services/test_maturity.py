"""Mature content: off by itself, each for themselves, and the owner may forbid it."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.errors import Refused
from aiconnect.models import AuditEntry, Person, Role, Setting
from aiconnect.services import maturity
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.writing import writing


def actor(person: Person) -> Actor:
    return Actor(person.email, role=Role(person.role), person_id=person.id)


def on(session: Session, person: Person) -> None:
    maturity.switch_on(session, actor(person), person.id, is_adult=True)
    session.expire_all()


def test_it_is_off_until_somebody_switches_it_on_for_themselves(
    session: Session, member: Person, bob: Person
) -> None:
    assert not maturity.is_on(session, member)
    on(session, member)
    assert maturity.is_on(session, member)
    assert not maturity.is_on(session, bob)
    maturity.switch_off(session, actor(member), member.id)
    session.expire_all()
    assert not maturity.is_on(session, member)
    actions = [one.action for one in session.scalars(select(AuditEntry))]
    assert actions[-2:] == ["mature.on", "mature.off"]


def test_who_does_not_say_that_they_are_an_adult_stays_without(
    session: Session, member: Person
) -> None:
    with pytest.raises(Refused):
        maturity.switch_on(session, actor(member), member.id, is_adult=False)
    session.expire_all()
    assert not maturity.is_on(session, member)


def test_nobody_switches_it_on_or_off_for_another(
    session: Session, alice: Person, member: Person
) -> None:
    with pytest.raises(Refused):
        maturity.switch_on(session, actor(alice), member.id, is_adult=True)
    with pytest.raises(Refused):
        maturity.switch_off(session, actor(alice), member.id)


def test_forbidden_it_is_off_for_everybody_and_allowed_again_each_decides_anew(
    session: Session, alice: Person, member: Person
) -> None:
    on(session, member)
    maturity.put(session, actor(alice), "off")
    session.expire_all()
    assert maturity.is_forbidden(session)
    assert not maturity.is_on(session, member)
    with pytest.raises(Refused):
        on(session, member)
    assert maturity.put(session, COMMAND_LINE, " Allowed ") == "allowed"
    session.expire_all()
    assert not maturity.is_on(session, member)
    on(session, member)
    assert maturity.is_on(session, member)


def test_only_the_owner_forbids_and_only_with_a_word_that_means_something(
    session: Session, alice: Person, admin: Person
) -> None:
    with pytest.raises(Refused):
        maturity.put(session, actor(admin), "off")
    with pytest.raises(Refused):
        maturity.put(session, actor(alice), "on")
    assert not maturity.is_forbidden(session)


def test_a_word_of_another_version_forbids(session: Session, member: Person) -> None:
    on(session, member)
    with writing(session):
        session.add(Setting(name=maturity.SETTING, value="later"))
    assert not maturity.is_on(session, member)
