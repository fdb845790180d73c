"""Adds and changes connections of one installation, for tests that read as sentences."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from aiconnect.adapters.types import Target
from aiconnect.models import Connection
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import connections
from aiconnect.services.audit import SYSTEM, Actor
from aiconnect.services.connections import Changes, Draft
from aiconnect.services.vault import Vault
from aiconnect.wire.types import Ways

URL = "https://api.example.com/v1"


class Team:
    """Adds and edits connections of one installation."""

    rows = PROVIDERS

    def __init__(self, session: Session, vault: Vault) -> None:
        self.session, self.vault = session, vault

    def add(
        self, provider: str = "compatible", actor: Actor = SYSTEM, **more: object
    ) -> Connection:
        draft = replace(Draft(provider, base_url=URL if provider == "compatible" else ""), **more)
        return connections.add(self.session, actor, draft, rows=PROVIDERS, vault=self.vault)

    def edit(self, connection: Connection, actor: Actor = SYSTEM, **more: object) -> Connection:
        return connections.edit(
            self.session, actor, connection.id, replace(Changes(), **more),
            rows=PROVIDERS, vault=self.vault,
        )  # fmt: skip

    def key_of(self, connection: Connection) -> Secret | None:
        return self.target(connection).secret

    def target(self, connection: Connection) -> Target:
        self.session.expire_all()
        return connections.target(connection, rows=PROVIDERS, vault=self.vault, ways=Ways())
