"""The members of the team."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import AccessToken, OneTimeLink, Person, Role, SignIn
from aiconnect.secret import Secret
from aiconnect.services import audit, installation, limits
from aiconnect.services.accounts import attempts
from aiconnect.services.accounts.passwords import PASSWORDS, Passwords
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

SHORTEST, LONGEST = 12, 1000
EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


def add_person(
    session: Session,
    actor: Actor,
    email: str,
    role: Role,
    password: Secret | None,
    *,
    passwords: Passwords = PASSWORDS,
) -> Person:
    """A new member of the team; without a password they sign in by a link first."""
    person = drafted(email, role, password, passwords)
    with writing(session):
        allow_role(actor, role)
        insert(session, actor, person)
    return person


def people(session: Session) -> list[Person]:
    """Everyone, disabled ones too, by email."""
    return list(session.scalars(select(Person).order_by(Person.email)))


def by_email(session: Session, email: str) -> Person:
    """The person with this address; raises NotFound."""
    person = find_person(session, email)
    if person is None:
        sentence = N_("There is no person with the email %(email)s.")
        raise NotFound(sentence, email=email.strip(), field="email")
    return person


def find_person(session: Session, email: str) -> Person | None:
    """The person with this address, or None."""
    return session.scalar(select(Person).where(Person.email == plain(email)))


def disable_person(session: Session, actor: Actor, email: str) -> Person:
    """Close the account: sign-ins, links and access tokens end at once; records stay."""
    with writing(session):
        person = by_email(session, email)
        allow_role(actor, Role(person.role))
        if person.disabled_at is None:
            _keep_an_owner(session, person)
            _close(session, person)
            audit.record(session, actor, "disable.person", person.email)
            installation.bump_revision(session)
    return person


def limit_person(session: Session, actor: Actor, email: str, wanted: Mapping[str, int]) -> Person:
    """Limit the calls of all access tokens of a person together, by names; 0 removes a limit."""
    with writing(session):
        person = by_email(session, email)
        if not actor.may_act_for(person.id, Role(person.role)) or not actor.role.covers(Role.ADMIN):
            raise Refused(N_("Only an admin may limit what people call."), field="email")
        changed = limits.put(person, wanted)
        if changed:
            audit.record(session, actor, "limit.person", person.email, **changed)
            installation.bump_revision(session)
    return person


def change_password(
    session: Session,
    actor: Actor,
    person: Person,
    old: Secret,
    new: Secret,
    *,
    keep: int | None = None,
    passwords: Passwords = PASSWORDS,
) -> None:
    """Set a new password and end the person's sign-ins, but the one with the id `keep`.

    Someone who came by a link and has no password yet need not give an old one.
    """
    check_length(new, field="new")
    hashed = person.password_hash
    claimed: tuple[int, ...] = ()
    if hashed is not None:
        claimed = attempts.claim(session, person.email)
        if not passwords.fits(hashed, old):
            raise Refused(N_("This is not your present password."), field="old")
    replacement = passwords.hash(new)
    with writing(session):
        attempts.forgive(session, claimed)
        session.execute(
            update(Person).where(Person.id == person.id).values(password_hash=replacement)
        )
        _end_sign_ins(session, person.id, keep=keep)
        audit.record(session, actor, "change.password", person.email)


# --- for this package -------------------------------------------------------------------------


def plain(email: str) -> str:
    """The form in which addresses are stored and compared."""
    return email.strip().lower()


def drafted(email: str, role: Role, password: Secret | None, passwords: Passwords) -> Person:
    """A person not yet stored; hashes, so it comes before the write lock."""
    address = plain(email)
    if not EMAIL.fullmatch(address) or not address.isprintable() or len(address) > 254:
        raise Refused(N_("Write an email address like name@example.org."), field="email")
    hashed = None
    if password is not None:
        check_length(password, field="password")
        hashed = passwords.hash(password)
    return Person(email=address, role=role.value, password_hash=hashed, made_at=clock.now())


def check_length(password: Secret, *, field: str) -> None:
    """Raise Refused where the password is too short (or absurdly long)."""
    if not SHORTEST <= len(password.reveal()) <= LONGEST:
        sentence = N_("A password has 12 characters or more (1000 at most).")
        raise Refused(sentence, field=field)


def insert(session: Session, actor: Actor, person: Person) -> None:
    """Store a drafted person within the running unit of work."""
    if find_person(session, person.email) is not None:
        sentence = N_("There is a person with the email %(email)s already. Use another one.")
        raise Conflict(sentence, email=person.email, field="email")
    session.add(person)
    session.flush()
    audit.record(session, actor, "add.person", person.email, role=person.role)


def allow_role(actor: Actor, role: Role) -> None:
    """Nobody makes, opens or closes an account above their own."""
    if not actor.role.covers(role):
        raise Refused(N_("Only an owner may do this with an owner's account."), field="role")


# --- inside -----------------------------------------------------------------------------------


def _keep_an_owner(session: Session, person: Person) -> None:
    others = select(func.count()).where(
        Person.role == Role.OWNER, Person.disabled_at.is_(None), Person.id != person.id
    )
    if person.role == Role.OWNER and not session.scalar(others):
        sentence = N_("%(email)s is the last owner. Make another owner first.")
        raise Refused(sentence, email=person.email)


def _close(session: Session, person: Person) -> None:
    person.disabled_at = clock.now()
    _end_sign_ins(session, person.id)
    session.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person.id))
    live = select(AccessToken).where(
        AccessToken.person_id == person.id, AccessToken.revoked_at.is_(None)
    )
    for row in session.scalars(live):
        row.revoked_at = person.disabled_at


def _end_sign_ins(session: Session, person_id: int, *, keep: int | None = None) -> None:
    live = select(SignIn).where(SignIn.person_id == person_id, SignIn.revoked_at.is_(None))
    for row in session.scalars(live.where(SignIn.id != (keep or 0))):
        row.revoked_at = clock.now()
