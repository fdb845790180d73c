"""How often a sign-in may fail: per account, and per address that it comes from."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import SignInAttempt
from aiconnect.services.writing import writing

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 5, 20


class TooManyAttempts(Refused):
    """Too many failures lately; the same for accounts that exist and those that do not."""


def claim(session: Session, email: str, address: str = "") -> tuple[int, ...]:
    """Count an attempt before it is made, so that many at once cannot slip past the limit.

    Gives the ids of what was counted, for `forgive` once it has succeeded.
    """
    limits = {_account(email): PER_ACCOUNT}
    if address:
        limits[_network(address)] = PER_ADDRESS
    with writing(session):
        session.execute(delete(SignInAttempt).where(SignInAttempt.at <= clock.now() - WINDOW))
        if any(_count(session, subject) >= limit for subject, limit in limits.items()):
            raise TooManyAttempts(
                N_("Too many attempts to sign in. Wait 15 minutes, then try again.")
            )
        rows = [SignInAttempt(subject=subject, at=clock.now()) for subject in limits]
        session.add_all(rows)
    return tuple(row.id for row in rows)


def forgive(session: Session, claimed: Sequence[int]) -> None:
    """Take back what a successful attempt counted, and all earlier failures of that account.

    Failures of the address stay: a good account of one's own must not reset the count of guesses.
    """
    mine = SignInAttempt.id.in_(claimed)
    accounts = select(SignInAttempt.subject).where(
        mine, SignInAttempt.subject.startswith("account:")
    )
    names = list(session.scalars(accounts))
    session.execute(delete(SignInAttempt).where(mine | SignInAttempt.subject.in_(names)))


def _count(session: Session, subject: str) -> int:
    rows = select(func.count()).where(SignInAttempt.subject == subject)
    return session.scalar(rows) or 0


def _account(email: str) -> str:
    return "account:" + hashlib.sha256(email.encode()).hexdigest()


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of IPv6 that one subscriber has all of."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"address:{address[:64]}"
    if isinstance(ip, ipaddress.IPv4Address):
        return f"address:{ip}"
    net = ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False)
    return f"address:{net}"
