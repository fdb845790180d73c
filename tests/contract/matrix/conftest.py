"""The official clients, at the gateway; and a row for each wire that is spoken to providers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import anthropic
import ollama
import openai
import pytest

from aiconnect.adapters import ADAPTERS
from aiconnect.providers import PROVIDERS
from tests.contract.conftest import Gate
from tests.contract.matrix import table
from tests.contract.matrix.asking import Client
from tests.contract.matrix.clients import CLIENTS
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes

OUTBOUND = {ADAPTERS[dialect].chat_wire: slug for dialect, slug in reversed(table.ROWS.items())}
"""Each wire that chats are translated to, and the first row that speaks it."""


@dataclass(frozen=True)
class Host:
    """A provider, and what a program calls its model."""

    slug: str
    wire: str
    fake: OpenAI

    @property
    def model(self) -> str:
        return f"{self.slug}/m"

    @property
    def embeds(self) -> bool:
        return bool(ADAPTERS[PROVIDERS[self.slug].dialect].embed_wire)

    @property
    def sent(self) -> Any:
        """The body of the last request that came to it."""
        return self.fake.last.json


@pytest.fixture(params=sorted(OUTBOUND))
def host(request: pytest.FixtureRequest, fakes: Fakes) -> Host:
    slug = OUTBOUND[request.param]
    return Host(slug, request.param, fakes[slug])


@pytest.fixture(scope="session", params=CLIENTS, ids=lambda kind: kind.name)
def client(request: pytest.FixtureRequest, gate: Gate) -> Iterator[Client]:
    made: Client = request.param(gate.server.url, gate.token)
    yield made
    made.close()


@pytest.fixture(scope="session")
def openai_client(gate: Gate) -> Iterator[openai.OpenAI]:
    base_url = f"{gate.server.url}/v1"
    with openai.OpenAI(base_url=base_url, api_key=gate.token, max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def anthropic_client(gate: Gate) -> Iterator[anthropic.Anthropic]:
    url = gate.server.url
    with anthropic.Anthropic(base_url=url, api_key=gate.token, max_retries=0) as client:
        yield client


@pytest.fixture(scope="session")
def ollama_client(gate: Gate) -> Iterator[ollama.Client]:
    with ollama.Client(host=gate.server.url, headers=gate.auth) as client:
        yield client
