"""Connections to the fakes, and tests of them run to their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy.orm import Session

from aiconnect.client import Client
from aiconnect.models import Check, Connection
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import checks, connections
from aiconnect.services.audit import Actor
from aiconnect.services.connections import Draft
from aiconnect.services.vault import Vault
from aiconnect.wire.types import Timeout
from tests.fakes import OpenPolicy

KEY = "sk-marker-0123456789abcdef"
QUICK = Timeout(connect=2, first_byte=0.5, silence=0.5, total=5)
Test = Callable[..., Check]


@pytest.fixture
def client() -> Client:
    return Client(OpenPolicy(), patience=QUICK)


@pytest.fixture
def add(session: Session, owner: Actor, rows: Mapping[str, Provider], vault: Vault) -> Any:
    """Add a connection to a fake, or to any URL."""

    def add(slug: str, *, url: str = "", key: str | None = None) -> Connection:
        row = rows[slug]
        secret = Secret(key or KEY) if key or "api_key" in row.needs else None
        address = (url or row.base_url) if row.has("url") else ""
        draft = Draft(slug, base_url=address, secret=secret, private=row.has("url"))
        made = connections.add(session, owner, draft, rows=rows, vault=vault)
        if url and not row.has("url"):
            made.base_url = url
            session.commit()
        return made

    return add


@pytest.fixture
def check_of(
    session: Session, owner: Actor, rows: Mapping[str, Provider], vault: Vault, client: Client
) -> Test:
    """Run a test of a connection to its end."""

    def check_of(connection: Connection, client: Client = client) -> Check:
        begun = checks.start(session, owner, connection.id)
        given = list(checks.run(session, begun.id, client=client, rows=rows, vault=vault))
        assert [step.name for step in given] == list(checks.STEPS)
        assert [step["state"] for step in begun.steps] == [step.state for step in given]
        return begun

    return check_of
