"""Every provider row in turn, with its fake and a target that leads there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.base import Adapter
from aiconnect.adapters.types import Target
from aiconnect.client import Client
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.wire.types import Reply, Route, Timeout
from tests.fakes import Fakes, OpenPolicy
from tests.fakes.dialects import OpenAI

MARKER = "marker-of-no-known-shape"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A row, its fake, its adapter, and a client that reaches it."""

    row: Provider
    fake: OpenAI
    adapter: Adapter
    target: Target
    client: Client

    def chat(self, **more: object) -> Reply:
        """One chat completion as the gateway would send it."""
        body = {"model": "m", "messages": [{"role": "user", "content": "Hello"}], **more}
        call = self.adapter.chat_call(self.target, json.dumps(body).encode())
        return self.client.send(call, self.target.route)


@pytest.fixture(params=list(PROVIDERS))
def spoken(request: pytest.FixtureRequest, fakes: Fakes, rows: Mapping[str, Provider]) -> Spoken:
    """One row after the other; a row without a fake fails here."""
    row = rows[request.param]
    patience = Timeout(connect=2, first_byte=0.25, silence=0.25, total=3)
    route = Route(private=True, timeout=patience)
    target = Target("one", row, row.base_url, Secret(MARKER), route)
    client = Client(OpenPolicy(), patience=patience)
    return Spoken(row, fakes.for_(row), ADAPTERS[row.dialect], target, client)
