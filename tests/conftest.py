"""What every test may use: an installation of its own, and people in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from aiconnect.models import Person, Role
from aiconnect.models.base import sessions
from aiconnect.services import installation
from aiconnect.services.accounts import Passwords
from aiconnect.services.audit import Actor
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from tests import people

pytest_plugins = [
    "tests.databases", "tests.fakes.fixtures", "tests.profiles", "tests.redis_server",
    "tests.sharing",
]  # fmt: skip


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = installation.open_database(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with sessions(engine)() as session:
        yield session


@pytest.fixture
def vault(settings: Settings) -> Vault:
    return Vault.from_settings(settings)


@pytest.fixture
def passwords() -> Passwords:
    """Cheap hashing: the real one takes a twentieth of a second, by intent."""
    return people.CHEAP


@pytest.fixture
def alice(session: Session) -> Person:
    """The owner."""
    return people.person(session, "alice", Role.OWNER)


@pytest.fixture
def admin(session: Session) -> Person:
    return people.person(session, "ada", Role.ADMIN)


@pytest.fixture
def member(session: Session) -> Person:
    return people.person(session, "mel", Role.MEMBER)


@pytest.fixture
def bob(session: Session) -> Person:
    """On the same team as Alice; may only look."""
    return people.person(session, "bob", Role.VIEWER)


@pytest.fixture
def charlie() -> str:
    """The address of someone outside."""
    return "charlie@elsewhere.example"


@pytest.fixture
def owner(alice: Person) -> Actor:
    """Alice, as services know who asks."""
    return Actor(alice.email, role=Role.OWNER, person_id=alice.id)
