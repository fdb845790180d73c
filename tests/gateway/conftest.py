"""One server for the whole session, in front of the fakes; each test resets only the fakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from aiconnect.models import UsageRecord
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes
from tests.gateway.scripted import Provider
from tests.running import Answer, Instance, Running, serving, until

KEY = "sk-planted-marker-key-0123456789abcdef"


@dataclass(frozen=True)
class Gate:
    """The running server, its instance, and an access token for it."""

    server: Running
    instance: Instance
    token: str

    def chat(self, model: str, **more: object) -> Answer:
        body = {"model": model, "messages": [{"role": "user", "content": "Hello"}], **more}
        return self.server.chat(self.token, body)

    def last_record(self, request_id: str) -> UsageRecord:
        """The record of this call, once it is settled."""
        found: list[UsageRecord] = []

        def is_settled() -> bool:
            with self.instance.session() as session:
                record = session.get(UsageRecord, request_id)
            found[:] = [record] if record is not None and record.outcome else []
            return bool(found)

        assert until(is_settled), "no settled record"
        return found[0]


@pytest.fixture(scope="session")
def gate_of(all_fakes: Fakes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    folder = tmp_path_factory.mktemp("gate")
    instance = Instance(folder / "instance")
    instance.add_owner()
    for slug in ("openai", "compatible", "ollama", "lmstudio", "llamacpp"):
        needs_key = slug == "openai"
        instance.add_connection("compatible" if slug == "openai" else slug, all_fakes[slug].url,
                                name=slug, key=KEY if needs_key else "")  # fmt: skip
    instance.hold_clock()
    token = instance.add_token()
    limits = {
        "first_byte": 2.0,
        "silence": 1.5,
        "total": 20.0,
        "longest_wait": 0.4,
        "caller_stall": 3.0,
        "grace": 5,
    }
    with serving(instance, folder / "log", limits=limits) as server:
        yield Gate(server, instance, token)
    instance.close()


@pytest.fixture
def gate(gate_of: Gate, fakes: Fakes) -> Gate:
    return gate_of


@pytest.fixture
def openai(openai_fake: OpenAI) -> OpenAI:
    return openai_fake


@pytest.fixture(scope="session")
def provider_of(gate_of: Gate) -> Iterator[Provider]:
    provider = Provider()
    gate_of.instance.add_connection("compatible", provider.url, name="scripted", key=KEY)
    path, headers = "/v1/models/scripted/m", {"Authorization": f"Bearer {gate_of.token}"}
    assert until(lambda: gate_of.server.get(path, headers).status == 200)
    yield provider
    provider.close()


@pytest.fixture
def provider(provider_of: Provider) -> Iterator[Provider]:
    """A provider whose every byte the test sends itself."""
    yield provider_of
    provider_of.hang_up()
