"""A collection's settings for a model go before what the caller asks for, on every wire."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aiconnect.adapters.overrides import WIRES
from aiconnect.adapters.wires import INBOUND
from aiconnect.models import Role
from aiconnect.services import collections, tokens
from aiconnect.services.audit import SYSTEM
from tests.gateway.routed import (
    CALLERS,
    OLLAMA,
    OPENAI,
    RESPONSES,
    Caller,
    House,
    house,
)
from tests.people import person
from tests.running import until

LIMITS = {"first_byte": 10.0, "silence": 5.0, "total": 30.0, "longest_wait": 0.5, "grace": 2}
SETTINGS = {
    "temperature": 0.9, "top_p": 0.5, "max_tokens": 77, "seed": 7, "frequency_penalty": 0.25,
    "presence_penalty": -0.25, "stop": ["THE END"],
}  # fmt: skip
ASKED: Mapping[str, dict[str, Any]] = {
    "openai": {"temperature": 0.1, "max_completion_tokens": 5, "stop": "x", "n": 1},
    "anthropic": {"temperature": 0.1, "max_tokens": 5, "top_p": 0.1},
    "ollama": {"options": {"temperature": 0.1, "num_predict": 5, "num_ctx": 4096}},
    "responses": {"temperature": 0.1, "max_output_tokens": 5},
}
MINE = "collection/mine"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("settings"), (), LIMITS) as found:
        with found.instance.session() as session:
            for name in ("openai", "anthropic", "ollama", "gemini", "good"):
                made = collections.add(session, SYSTEM, f"on-{name}", models=[f"{name}/m"])
                entry = made.models[0].id
                collections.settle(session, SYSTEM, made.id, entry, wanted=SETTINGS)
                collections.add(session, SYSTEM, f"bare-{name}", models=[f"{name}/m"])
        path = "/v1/models/collection/bare-good"
        assert until(lambda: found.server.get(path, found.headers).status == 200)
        yield found


@pytest.fixture
def at(home: House) -> House:
    home.calm()
    return home


def sent(at: House, name: str, caller: Caller, *, stream: bool, **more: Any) -> dict[str, Any]:
    """What the provider got of a call through the collection with settings."""
    answer = at.ask(caller, f"collection/on-{name}", stream=stream, **more)
    assert answer.status == 200, answer.body
    body: dict[str, Any] = json.loads(at.fakes[name].requests[-1].body)
    return body


modes = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def test_every_wire_has_words_for_them() -> None:
    assert WIRES.keys() == INBOUND.keys()


@modes
@pytest.mark.parametrize("caller", CALLERS, ids=lambda one: one.name)
def test_they_reach_an_openai_server_whoever_asks(at: House, caller: Caller, stream: bool) -> None:
    body = sent(at, "good", caller, stream=stream, **ASKED[caller.name])
    if caller is RESPONSES and "max_output_tokens" in body:
        assert (body["temperature"], body["top_p"], body["max_output_tokens"]) == (0.9, 0.5, 77)
        return
    limits = {name: body[name] for name in ("max_tokens", "max_completion_tokens") if name in body}
    assert list(limits.values()) == [77]
    assert {name: body[name] for name in SETTINGS if name != "max_tokens"} == {
        name: value for name, value in SETTINGS.items() if name != "max_tokens"
    }


@modes
@pytest.mark.parametrize("caller", CALLERS[1:], ids=lambda one: one.name)  # it speaks OpenAI too
def test_they_reach_ollama_among_its_options(at: House, caller: Caller, stream: bool) -> None:
    options = sent(at, "ollama", caller, stream=stream, **ASKED[caller.name])["options"]
    said = {
        "temperature": 0.9, "top_p": 0.5, "num_predict": 77, "seed": 7,
        "frequency_penalty": 0.25, "presence_penalty": -0.25, "stop": ["THE END"],
    }  # fmt: skip
    assert said.items() <= options.items()
    if caller is OLLAMA:
        assert options["num_ctx"] == 4096


@modes
@pytest.mark.parametrize("caller", CALLERS, ids=lambda one: one.name)
def test_they_reach_anthropic_as_far_as_it_has_a_place(
    at: House, caller: Caller, stream: bool
) -> None:
    body = sent(at, "anthropic", caller, stream=stream, **ASKED[caller.name])
    assert (body["max_tokens"], body["stop_sequences"]) == (77, ["THE END"])
    assert not {"seed", "frequency_penalty", "presence_penalty"} & body.keys()


@modes
@pytest.mark.parametrize("caller", CALLERS, ids=lambda one: one.name)
def test_they_reach_gemini(at: House, caller: Caller, stream: bool) -> None:
    config = sent(at, "gemini", caller, stream=stream, **ASKED[caller.name])["generationConfig"]
    assert (config["temperature"], config["topP"], config["maxOutputTokens"]) == (0.9, 0.5, 77)
    assert (config["seed"], config["stopSequences"]) == (7, ["THE END"])


@modes
def test_without_settings_the_bytes_go_on_as_they_came(at: House, stream: bool) -> None:
    said = '"messages" : [{"role":"user","content":"Hé"}]'
    words = '{ "temperature": 0.10, "model":"collection/bare-good",\n ' + said + "}"
    answer = at.server.ask("POST", OPENAI.path, words.encode(), at.headers)
    assert answer.status == 200
    expected = words.replace("collection/bare-good", "m").encode()
    assert at.fakes["good"].requests[-1].body == expected


def test_a_personal_collection_is_there_for_its_owner_s_tokens_alone(at: House) -> None:
    with at.instance.session() as session:
        mel = person(session, "mel", Role.MEMBER)
        collections.add(session, SYSTEM, "mine", owner_id=mel.id, models=["good/m"])
        _, secret = tokens.add(session, SYSTEM, "hers", mel.email)
    hers = {"Authorization": f"Bearer {secret.reveal()}", "Content-Type": "application/json"}
    assert until(lambda: at.server.get(f"/v1/models/{MINE}", hers).status == 200)
    body = json.dumps(OPENAI.body(MINE, "Hello", stream=False)).encode()
    assert at.server.ask("POST", OPENAI.path, body, hers).status == 200
    assert MINE in at.server.get("/v1/models", hers).body.decode()
    others = at.ask(OPENAI, MINE, stream=False)
    assert (others.status, others.json["error"]["code"]) == (404, "model_not_found")
    nothing = at.ask(OPENAI, "collection/none", stream=False).json["error"]["message"]
    assert others.json["error"]["message"] == nothing.replace("collection/none", MINE)
    assert at.server.get(f"/v1/models/{MINE}", at.headers).status == 404
    assert MINE not in at.server.get("/v1/models", at.headers).body.decode()
