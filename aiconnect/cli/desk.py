"""What a command works with: settings, an open session, the vault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from aiconnect.models.base import sessions
from aiconnect.services import installation
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from aiconnect.wire.types import Ways

if TYPE_CHECKING:
    from aiconnect.client import Client


@dataclass(frozen=True, slots=True)
class Desk:
    """Open for one command; the server may run or not."""

    settings: Settings
    session: Session
    vault: Vault

    @property
    def client(self) -> Client:
        """The door to providers, opened by the few commands that call one."""
        from aiconnect.client import Client  # noqa: PLC0415
        from aiconnect.wire.addresses import ShippedPolicy  # noqa: PLC0415

        return Client(ShippedPolicy(), Ways.of(self.settings))


@contextmanager
def open_desk() -> Iterator[Desk]:
    """Check the installation and open its database; raises StartRefused."""
    settings = Settings.from_env(os.environ)
    vault = installation.check_start(settings)
    engine = installation.open_database(settings)
    try:
        with sessions(engine)() as session:
            yield Desk(settings, session, vault)
    finally:
        engine.dispose()
