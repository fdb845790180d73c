"""Mature content: off until a person switches it on; the owner may forbid it to everybody."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import Person, Role, Setting
from aiconnect.services import audit
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

SETTING = "mature"
"""The name of its setting, and of its row, which is there while it is forbidden."""
OFF, ALLOWED = "off", "allowed"


def is_forbidden(session: Session) -> bool:
    """Whether the owner has forbidden it; what is written there unknown to us forbids it too."""
    found = session.get(Setting, SETTING)
    return found is not None and found.value != ALLOWED


def is_on(session: Session, person: Person) -> bool:
    """Whether this person may choose models that are tagged as mature."""
    return person.mature_since is not None and not is_forbidden(session)


def switch_on(session: Session, actor: Actor, person_id: int, *, is_adult: bool) -> None:
    """For this one person, who says that they are an adult; they alone can."""
    if not is_adult:
        raise Refused(N_("Say that you are an adult where you live"), field="adult")
    _check_own(actor, person_id)
    with writing(session):
        found = session.get(Setting, SETTING, populate_existing=True)
        if found is not None and found.value != ALLOWED:
            raise Refused(N_("The owner of this server has forbidden mature content."))
        _put(session, person_id, is_on=True)
        audit.record(session, actor, "mature.on", actor.name)


def switch_off(session: Session, actor: Actor, person_id: int) -> None:
    """For this one person."""
    _check_own(actor, person_id)
    with writing(session):
        _put(session, person_id, is_on=False)
        audit.record(session, actor, "mature.off", actor.name)


def put(session: Session, actor: Actor, text: str) -> str:
    """Forbid it (`off`) or allow it (`allowed`); gives which.

    Forbidding switches everybody's off, so that each decides anew when it is allowed again.
    """
    wanted = text.strip().lower()
    if not actor.role.covers(Role.OWNER):
        raise Refused(N_("Only the owner may decide about mature content."))
    if wanted not in {OFF, ALLOWED}:
        raise Refused(N_("%(name)s is off or allowed."), field="value", name=SETTING)
    with writing(session):
        found = session.get(Setting, SETTING, populate_existing=True)
        was = found.value if found else ALLOWED
        session.merge(Setting(name=SETTING, value=wanted))
        if wanted == OFF:
            session.execute(update(Person).values(mature_since=None))
        audit.record(session, actor, "set.setting", SETTING, value=wanted, was=was)
    return wanted


def _check_own(actor: Actor, person_id: int) -> None:
    if actor.person_id != person_id:
        raise Refused(N_("Everybody decides about mature content for themselves alone."))


def _put(session: Session, person_id: int, *, is_on: bool) -> None:
    now = clock.now() if is_on else None
    session.execute(update(Person).where(Person.id == person_id).values(mature_since=now))
