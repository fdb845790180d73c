"""What tests of services share."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy.orm import Session

from aiconnect.services.vault import Vault
from tests.services.team import Team


@pytest.fixture
def free_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def team(session: Session, vault: Vault) -> Team:
    return Team(session, vault)
