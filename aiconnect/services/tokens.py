"""Access tokens: made, shown once, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from aiconnect import clock
from aiconnect.errors import N_, Conflict, NotFound, Refused
from aiconnect.models import AccessToken, Period, Person, Role, Scope
from aiconnect.secret import Secret
from aiconnect.services import accounts, audit, budgets, installation, limits
from aiconnect.services import collections as sets
from aiconnect.services.audit import Actor
from aiconnect.services.writing import writing

PREFIX = "aic_"
LONGEST_DAYS = 3650
NO_LIMITS: Mapping[str, int] = MappingProxyType({})


def add(  # noqa: PLR0913 (a token and all that bounds it are made at once, or nothing is)
    session: Session,
    actor: Actor,
    name: str,
    person_email: str,
    *,
    expires_days: int | None = None,
    patterns: Sequence[str] = (),
    limited: Mapping[str, int] = NO_LIMITS,
    collections: Sequence[str] = (),
    budget: Decimal | None = None,
) -> tuple[AccessToken, Secret]:
    """A new access token and its secret, which is not kept: only its hash is.

    `limited` are limits by their names (`requests_per_minute` …); `collections` are the names of
    those whose models alone it may use. `budget` is dollars: all that it may ever spend.
    """
    expires_at, allowed = _end(expires_days), _patterns(patterns)
    secret = Secret(PREFIX + secrets.token_urlsafe(32))
    with writing(session):
        person = _owner(session, actor, person_email)
        made = AccessToken(
            name=_name(session, name),
            person_id=person.id,
            sha256=hashlib.sha256(secret.reveal().encode()).hexdigest(),
            last4=secret.last4,
            patterns=allowed,
            made_at=clock.now(),
            expires_at=expires_at,
            collections=sets.ids(session, collections, actor=actor, person_id=person.id) or None,
        )
        limits.put(made, limited)
        session.add(made)
        audit.record(session, actor, "add.access_token", made.name, person=person.email)
        if budget is not None:
            _limit_spending(session, actor, made, budget)
        installation.bump_revision(session)
    return made, secret


def revoke(session: Session, actor: Actor, name_or_id: str | int) -> AccessToken:
    """End an access token for good; revoking twice changes nothing."""
    with writing(session):
        found = _find(session, name_or_id)
        if found is None or not actor.may_act_for(found.person_id, Role(found.person.role)):
            sentence = N_("There is no access token %(name)s.")
            raise NotFound(sentence, field="access_token", name=name_or_id)
        if found.revoked_at is None:
            found.revoked_at = clock.now()
            person = found.person.email
            audit.record(session, actor, "revoke.access_token", found.name, person=person)
            installation.bump_revision(session)
    return found


def all(  # noqa: A001 (read as `tokens.all`)
    session: Session, person_id: int | None = None
) -> list[AccessToken]:
    """Every access token, or one person's, the newest first; revoked ones too."""
    rows = select(AccessToken).options(joinedload(AccessToken.person))
    if person_id is not None:
        rows = rows.where(AccessToken.person_id == person_id)
    return list(session.scalars(rows.order_by(AccessToken.made_at.desc(), AccessToken.id.desc())))


def _limit_spending(session: Session, actor: Actor, made: AccessToken, most: Decimal) -> None:
    """A hard budget for all of its time, named after it. Raises Refused."""
    session.flush()
    name = budgets.name_after(session, made.name)
    draft = budgets.Draft(name, most, Period.TOTAL, Scope.TOKEN)
    try:
        budgets.of_new_token(session, actor, made, draft)
    except Refused as error:
        raise Refused(error.sentence, field="budget", **error.facts) from None


def _owner(session: Session, actor: Actor, email: str) -> Person:
    person = accounts.by_email(session, email)
    if not actor.may_act_for(person.id, Role(person.role)):
        raise Refused(N_("You can make access tokens for yourself only."), field="email")
    if person.disabled_at is not None:
        sentence = N_("The account of %(email)s is disabled. Choose another person.")
        raise Refused(sentence, field="email", email=person.email)
    return person


def _find(session: Session, name_or_id: str | int) -> AccessToken | None:
    column = AccessToken.id if isinstance(name_or_id, int) else AccessToken.name
    rows = select(AccessToken).options(joinedload(AccessToken.person))
    return session.scalar(rows.where(column == name_or_id))


def _end(days: int | None) -> datetime | None:
    if days is None:
        return None
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(N_("An access token lasts 1 to 3650 days."), field="expires_days")
    return clock.now() + timedelta(days=days)


def _patterns(typed: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(pattern.strip() for pattern in typed if pattern.strip()))
    if any(len(pattern) > 300 or not pattern.isprintable() for pattern in found):
        raise Refused(
            N_("A model's name has 300 characters at most, without line breaks."), field="patterns"
        )
    return found


def _name(session: Session, typed: str) -> str:
    name = typed.strip()
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise Refused(N_("Give the access token a name of 1 to 60 characters."), field="name")
    if session.scalar(select(AccessToken.id).where(AccessToken.name == name)) is not None:
        sentence = N_("There is or was an access token named %(name)s. Choose another name.")
        raise Conflict(sentence, field="name", name=name)
    return name
