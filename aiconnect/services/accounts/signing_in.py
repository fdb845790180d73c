"""Browsers that are signed in: rows on the server, so that each can be ended."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload

from aiconnect import clock
from aiconnect.errors import N_, NotFound
from aiconnect.models import Person, Role, SignIn
from aiconnect.secret import Secret
from aiconnect.services import audit
from aiconnect.services.accounts import attempts, links, members
from aiconnect.services.accounts.links import SignInRefused
from aiconnect.services.accounts.passwords import PASSWORDS, Passwords
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

LASTS = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)


def sign_in(
    session: Session,
    email: str,
    password: Secret,
    *,
    address: str,
    browser: str,
    passwords: Passwords = PASSWORDS,
) -> Secret:
    """The secret of a new sign-in; raises SignInRefused or TooManyAttempts."""
    claimed = attempts.claim(session, members.plain(email), address)
    person = members.find_person(session, email)
    hashed = person.password_hash if person is not None and person.disabled_at is None else None
    session.commit()  # hashing takes a while: the database is not held meanwhile
    if not passwords.fits(hashed, password) or person is None or hashed is None:
        raise SignInRefused(N_("The email address or the password is wrong."))
    renewed = passwords.hash(password) if passwords.is_outdated(hashed) else hashed
    with writing(session):
        attempts.forgive(session, claimed)
        session.execute(update(Person).where(Person.id == person.id).values(password_hash=renewed))
        return _new(session, person, address, browser)


def sign_in_by_link(session: Session, code: Secret, *, address: str, browser: str) -> Secret:
    """The secret of a new sign-in for whom the link was made; the link is used up."""
    with writing(session):
        link = links.use(session, links.SIGN_IN, code)
        person = session.get_one(Person, link.person_id)
        if person.disabled_at is not None:
            raise links.stale()
        return _new(session, person, address, browser)


def find_sign_in(session: Session, secret: Secret) -> SignIn | None:
    """The sign-in with this secret while it holds: not revoked, not ended, person enabled."""
    rows = select(SignIn).options(joinedload(SignIn.person))
    found = session.scalar(rows.where(SignIn.sha256 == links.sha256(secret)))
    if found is None or not _holds(found) or found.person.disabled_at is not None:
        return None
    if clock.now() - found.seen_at > SEEN_EVERY:
        _mark_seen(session, found)
    return found


def sign_out(session: Session, secret: Secret) -> None:
    """End the sign-in with this secret; unknown ones are ended already."""
    live = update(SignIn).where(SignIn.sha256 == links.sha256(secret), SignIn.revoked_at.is_(None))
    with writing(session):
        session.execute(live.values(revoked_at=clock.now()))


def sign_ins(session: Session, person_id: int) -> list[SignIn]:
    """A person's sign-ins that hold, the last seen first."""
    rows = select(SignIn).where(SignIn.person_id == person_id).order_by(SignIn.seen_at.desc())
    return [row for row in session.scalars(rows) if _holds(row)]


def revoke_sign_in(session: Session, actor: Actor, sign_in_id: int) -> None:
    """End one sign-in: one's own, or as an admin anyone's below."""
    with writing(session):
        found = session.get(SignIn, sign_in_id, options=[joinedload(SignIn.person)])
        if found is None or not actor.may_act_for(found.person_id, Role(found.person.role)):
            raise NotFound(N_("There is no such sign-in."))
        if found.revoked_at is None:
            found.revoked_at = clock.now()
            subject = found.person.email
            audit.record(session, actor, "revoke.sign_in", subject, browser=found.browser)


def _new(session: Session, person: Person, address: str, browser: str) -> Secret:
    secret, now = Secret(secrets.token_urlsafe(32)), clock.now()
    session.add(
        SignIn(
            person_id=person.id,
            sha256=links.sha256(secret),
            made_at=now,
            seen_at=now,
            ends_at=now + LASTS,
            browser=browser[:200],
            address=address[:64],
        )
    )
    actor = Actor(person.email, role=Role(person.role), person_id=person.id)
    audit.record(session, actor, "add.sign_in", person.email, address=address[:64])
    return secret


def _holds(sign_in: SignIn) -> bool:
    return sign_in.revoked_at is None and sign_in.ends_at > clock.now()


def _mark_seen(session: Session, sign_in: SignIn) -> None:
    """Note when it was last seen; no page is refused because that cannot be written (disk full)."""
    try:
        with writing(session):
            sign_in.seen_at = clock.now()
    except OperationalError:
        session.refresh(sign_in)
