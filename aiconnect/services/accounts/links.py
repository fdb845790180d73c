"""Links that work once: for the first run, and for signing in without a password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import OneTimeLink, Person, Role
from aiconnect.secret import Secret
from aiconnect.services import audit
from aiconnect.services.accounts import members
from aiconnect.services.accounts.passwords import PASSWORDS, Passwords
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

LINK_LASTS = timedelta(hours=24)
SETUP, SIGN_IN = "setup", "sign_in"


class SignInRefused(Refused):
    """The same sentence whether the person is unknown, off, or the password is wrong."""


def make_link(session: Session, actor: Actor, email: str) -> Secret:
    """The code of a sign-in link that works once within 24 hours; it replaces older ones."""
    with writing(session):
        person = members.by_email(session, email)
        members.allow_role(actor, Role(person.role))
        if person.disabled_at is not None:
            sentence = N_("The account of %(email)s is disabled.")
            raise Refused(sentence, email=person.email, field="email")
        code = _new(session, SIGN_IN, person.id)
        audit.record(session, actor, "make.link", person.email)
    return code


def make_setup_link(session: Session) -> Secret | None:
    """The code of the first-run link, or None once there is somebody; it replaces older ones."""
    if _is_set_up(session):
        return None  # asked at every start, also while the database is locked
    with writing(session):
        return None if _is_set_up(session) else _new(session, SETUP, None)


def set_up(
    session: Session,
    code: Secret,
    email: str,
    password: Secret,
    *,
    passwords: Passwords = PASSWORDS,
) -> Person:
    """Make the first owner; the setup link is used up."""
    person = members.drafted(email, Role.OWNER, password, passwords)
    with writing(session):
        if _is_set_up(session):
            raise Refused(N_("This installation is set up already. Sign in instead."))
        use(session, SETUP, code)
        members.insert(session, Actor(person.email), person)
    return person


def use(session: Session, purpose: str, code: Secret) -> OneTimeLink:
    """Use up a link within the running unit of work; raises SignInRefused."""
    link = session.scalar(select(OneTimeLink).where(OneTimeLink.sha256 == sha256(code)))
    if link is None or link.purpose != purpose or link.used_at or link.ends_at <= clock.now():
        raise stale()
    link.used_at = clock.now()
    return link


def stale() -> SignInRefused:
    """One sentence for every link that does not work (any more)."""
    return SignInRefused(
        N_("This link was used, has expired or was replaced by a newer one. Ask for a new one.")
    )


def sha256(secret: Secret) -> str:
    """What is stored of a random secret: it has too much in it to be guessed from its hash."""
    return hashlib.sha256(secret.reveal().encode()).hexdigest()


def _is_set_up(session: Session) -> bool:
    return session.scalar(select(func.count()).select_from(Person)) != 0


def _new(session: Session, purpose: str, person_id: int | None) -> Secret:
    older = delete(OneTimeLink).where(OneTimeLink.purpose == purpose)
    session.execute(older.where(OneTimeLink.person_id.is_not_distinct_from(person_id)))
    code = Secret(secrets.token_urlsafe(32))
    ends_at = clock.now() + LINK_LASTS
    session.add(
        OneTimeLink(sha256=sha256(code), purpose=purpose, person_id=person_id, ends_at=ends_at)
    )
    return code
