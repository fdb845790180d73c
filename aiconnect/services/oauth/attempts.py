"""Attempts to connect by signing in at a provider: bound to one browser, used once, soon over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import OAuthAttempt
from aiconnect.providers.oauth import OAUTHS, OAuth
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import audit, connections
from aiconnect.services.accounts import links
from aiconnect.services.audit import Actor
from aiconnect.services.connections import names
from aiconnect.services.vault import CannotOpen, Vault
from aiconnect.services.writing import writing

REDIRECT, PASTE = "redirect", "paste"
LASTS = timedelta(minutes=10)
"""A code at the provider lives no longer."""

KIND, FIELD = "oauth_attempt", "verifier"


class Stage(StrEnum):
    """Where an attempt stands; one that has come to its end has an outcome besides."""

    OPEN = "open"
    EXPIRED = "expired"
    UNDER_WAY = "under_way"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants: a new connection, for the team or alone; or one connected anew."""

    provider: str
    name: str = ""
    is_personal: bool = False
    connection_id: int | None = None


def begin(
    session: Session,
    actor: Actor,
    sign_in_id: int,
    wish: Wish,
    back: Callable[[str], str] | None,
    *,
    rows: Mapping[str, Provider],
    vault: Vault,
) -> OAuthAttempt:
    """Begin an attempt; calls nobody.

    `back` makes the address that the provider leads back to from the secret part of it; without
    one the provider shows a code to paste. What could not be saved at the end is refused now.
    """
    # Authlib is loaded where somebody signs in at a provider: it costs 3 MB that most never need.
    from authlib.common.security import generate_token  # noqa: PLC0415

    oauth_of(rows, wish.provider)
    secret, verifier = Secret(generate_token(43)), generate_token(64)
    sealed = Secret(f"{verifier} {back(secret.reveal()) if back else ''}")
    with writing(session):
        _check(session, actor, wish)
        now, attempt_id = clock.now(), ids.uuid7()
        attempt = OAuthAttempt(
            id=attempt_id,
            provider=wish.provider,
            sign_in_id=sign_in_id,
            connection_id=wish.connection_id,
            name=wish.name.strip(),
            is_personal=wish.is_personal,
            mode=REDIRECT if back else PASTE,
            sha256=links.sha256(secret),
            verifier=vault.seal(KIND, attempt_id, FIELD, sealed),
            made_at=now,
            ends_at=now + LASTS,
        )
        session.add(attempt)
        audit.record(session, actor, "begin.oauth", wish.provider, mode=attempt.mode)
    return attempt


def get(session: Session, sign_in_id: int, attempt_id: str) -> OAuthAttempt:
    """The attempt that this very browser began; raises NotFound for any other."""
    found = session.get(OAuthAttempt, attempt_id)
    if found is None or found.sign_in_id != sign_in_id:
        raise NotFound(N_("There is no such attempt."))
    return found


def find_by_secret(session: Session, sign_in_id: int, secret: Secret) -> OAuthAttempt | None:
    """The attempt whose callback has this secret, if this very browser began it."""
    rows = select(OAuthAttempt).where(OAuthAttempt.sha256 == links.sha256(secret))
    return session.scalar(rows.where(OAuthAttempt.sign_in_id == sign_in_id))


def stage_of(attempt: OAuthAttempt) -> Stage:
    """Where an attempt stands now."""
    if attempt.outcome is not None:
        return Stage.ENDED
    if attempt.used_at is not None:
        return Stage.UNDER_WAY
    return Stage.OPEN if attempt.ends_at > clock.now() else Stage.EXPIRED


def way_out(attempt: OAuthAttempt, *, rows: Mapping[str, Provider], vault: Vault) -> str:
    """The address at the provider where its owner signs in and allows; raises CannotOpen."""
    from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

    oauth, row = oauth_of(rows, attempt.provider)
    verifier, back = _opened(attempt, vault)
    asked = {"callback_url": back} if back else {}
    asked |= {
        "code_challenge": create_s256_code_challenge(verifier.reveal()),
        "code_challenge_method": "S256",
        "key_label": " ".join(filter(None, ("aiconnect", attempt.name))),
    }
    return f"{oauth.page_url(row)}?{urlencode(asked)}"


def claim(session: Session, attempt: OAuthAttempt, vault: Vault) -> Secret | None:
    """Use the attempt up, and give its verifier; None where somebody was faster or it is over."""
    verifier, _back = _opened(attempt, vault) if attempt.verifier else (None, "")
    now = clock.now()
    free = (
        OAuthAttempt.id == attempt.id,
        OAuthAttempt.used_at.is_(None),
        OAuthAttempt.ends_at > now,
    )
    with writing(session):
        used = update(OAuthAttempt).where(*free).values(used_at=now, verifier="")
        is_ours = session.execute(used).rowcount == 1  # type: ignore[attr-defined]  # an UPDATE counts
    session.refresh(attempt)
    return verifier if is_ours else None


def close(session: Session, attempt: OAuthAttempt, outcome: str, connection_id: int | None) -> None:
    """Write down how it ended."""
    with writing(session):
        attempt = session.get_one(OAuthAttempt, attempt.id)
        attempt.outcome = outcome
        attempt.connection_id = connection_id or attempt.connection_id


def oauth_of(rows: Mapping[str, Provider], slug: str) -> tuple[OAuth, Provider]:
    """How this provider gives out keys, and its row; raises NotFound."""
    if slug not in OAUTHS:
        raise NotFound(N_("There is no provider %(slug)s."), field="provider", slug=slug)
    return OAUTHS[slug], connections.row_of(rows, slug)


def _check(session: Session, actor: Actor, wish: Wish) -> None:
    if wish.connection_id is not None:
        connection = connections.own(session, actor, wish.connection_id)
        if connection.provider != wish.provider:
            raise Refused(N_("This connection leads to another provider."))
        return
    connections.check_add(session, actor, actor.person_id if wish.is_personal else None)
    if wish.name.strip():
        names.check(session, wish.name)


def _opened(attempt: OAuthAttempt, vault: Vault) -> tuple[Secret, str]:
    try:
        text = vault.open(KIND, attempt.id, FIELD, attempt.verifier).reveal()
    except CannotOpen:
        sentence = N_("This attempt does not open any more. Begin a new one.")
        raise Refused(sentence) from None
    verifier, _, back = text.partition(" ")
    return Secret(verifier), back
