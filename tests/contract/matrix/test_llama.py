"""The official clients and the real llama.cpp server, with the gateway between them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.contract.matrix import table
from tests.contract.matrix.asking import Client
from tests.contract.matrix.clients import CLIENTS
from tests.llama import MODEL, Llama
from tests.running import Instance, Running, serving

pytestmark = pytest.mark.llama

NAME = f"llamacpp/{MODEL}"
OPENING = "The lighthouse had been dark for eleven years when"
EXAMPLE = 'A city as {"city":"Oslo"} and no word more: '
TOO_LONG = "far too long " * 3000  # for the 4096 tokens that the server has room for
BOTH = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """The gateway before a llama.cpp server, and an access token for it."""
    folder = tmp_path_factory.mktemp("llama")
    llama, instance = Llama(folder), Instance(folder / "instance")
    llama.start()
    instance.add_owner()
    instance.add_connection("llamacpp", llama.url)
    instance.hold_clock()
    token = instance.add_token()
    with serving(instance, folder / "log") as running:
        yield running, token
    instance.close()
    llama.stop()


@pytest.fixture(scope="module", params=CLIENTS, ids=lambda kind: kind.name)
def client(request: pytest.FixtureRequest, server: tuple[Running, str]) -> Iterator[Client]:
    running, token = server
    made: Client = request.param(running.url, token)
    yield made
    made.close()


@BOTH
def test_a_text_goes_on_as_far_as_it_may(client: Client, stream: bool) -> None:
    said = client.ask(NAME, "text", stream=stream, **client.saying(OPENING), **client.limited(24))
    assert said.text.strip()
    assert said.finish == table.FINISH[client.name]["length"]
    assert said.tokens[0] > 5
    assert said.tokens[1] == 24


@BOTH
def test_an_answer_is_held_to_a_schema(client: Client, stream: bool) -> None:
    asked = client.saying(EXAMPLE) | client.limited(200)
    said = client.ask(NAME, "schema", stream=stream, **asked)
    answer = json.loads(said.text)
    assert set(answer) == {"planted_city"}
    assert answer["planted_city"] in {"Oslo", "Lima"}
    assert said.finish == table.FINISH[client.name]["stop"]


@BOTH
def test_what_is_too_long_is_the_callers_matter(client: Client, stream: bool) -> None:
    said = client.ask(NAME, "text", stream=stream, **client.saying(TOO_LONG), **client.limited(8))
    assert (said.status, said.text) == (400, "")
    assert said.code == ("" if client.name == "ollama" else "provider_refused")
