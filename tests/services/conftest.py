"""What tests of services share."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aiconnect.services.vault import Vault
from tests import ports
from tests.services.team import Team


@pytest.fixture
def free_port() -> int:
    """A port of loopback where nobody listens."""
    return ports.free_port()


@pytest.fixture
def team(session: Session, vault: Vault) -> Team:
    return Team(session, vault)
