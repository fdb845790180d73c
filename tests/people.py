"""The people of the tests, and the one password that they share."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect.models import Person, Role
from aiconnect.secret import Secret
from aiconnect.services import accounts
from aiconnect.services.audit import SYSTEM

PASSWORD = Secret("correct horse battery staple")
CHEAP = accounts.Passwords(time_cost=1, memory_kib=8, parallelism=1)


def person(session: Session, name: str, role: Role) -> Person:
    return accounts.add_person(
        session, SYSTEM, f"{name}@example.org", role, PASSWORD, passwords=CHEAP
    )
