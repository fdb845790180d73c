"""Every provider row in turn: its fake, a client that reaches it, and a gateway in front of all."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.base import Adapter
from aiconnect.adapters.chat import Chat, Message, Text
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.client import Client
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.wire.types import Reply, Route, Timeout
from tests.fakes import Fakes, OpenPolicy, rows_for
from tests.fakes.dialects import OpenAI
from tests.running import Answer, Instance, Running, serving

MARKER = "marker-of-no-known-shape"
"""The key that every target and connection has here."""

TEAM = "marker-of-a-header"
"""The value of the header that every target and connection adds."""

CALM = Timeout(connect=2, first_byte=5, silence=5, total=10)
HURRY = Timeout(connect=2, first_byte=0.15, silence=0.15, total=2)
LIMITS = {
    "first_byte": 5.0,
    "silence": 5.0,
    "total": 20.0,
    "longest_wait": 0.4,
    "caller_stall": 3.0,
    "grace": 5,
}
HELLO = Chat("m", (Message("user", (Text("Hello"),)),))
NAMED = ("org/one:7b", "two")
"""The models of the one connection that has a list, which is called `named`."""

SLOW = {"stall", "go_silent_after"}
"""Moods that are over only when patience is."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A row, its fake, its adapter, and a client that reaches it."""

    row: Provider
    fake: OpenAI
    adapter: Adapter
    target: Target
    client: Client = field(default_factory=lambda: Client(OpenPolicy(), patience=CALM))

    def in_mood(self, mood: str) -> Spoken:
        """The same, with the fake in this mood and no more patience than it needs."""
        getattr(self.fake, mood)()
        if mood not in SLOW:
            return self
        hurried = replace(self.target, route=replace(self.target.route, timeout=HURRY))
        return replace(self, target=hurried, client=Client(OpenPolicy(), patience=HURRY))

    def at(self, **other: Any) -> Spoken:
        """The same with another target."""
        return replace(self, target=replace(self.target, **other))

    def list(self) -> list[str]:
        return [card.id for card in self.client.models(self.target).cards]

    def chat(self, **more: object) -> Reply:
        """One chat as the gateway would send it, in the provider's own words and with `more`."""
        call = self.adapter.ask(self.target, HELLO, ModelCard("m"))
        body = json.dumps(json.loads(call.body or b"") | more).encode()
        return self.client.send(replace(call, body=body), self.target.route)


def spoken_with(row: Provider, fakes: Fakes) -> Spoken:
    """A target with a key and a header of its own that leads to this row's fake."""
    route = Route(private=True, timeout=CALM)
    headers = {"X-Team": Secret(TEAM)}
    target = Target("one", row, row.base_url, Secret(MARKER), route, headers)
    return Spoken(row, fakes.for_(row), ADAPTERS[row.dialect], target)


@pytest.fixture(params=list(PROVIDERS))
def row(request: pytest.FixtureRequest, rows: Mapping[str, Provider]) -> Provider:
    """One row after the other; a row without a fake fails here."""
    return rows[request.param]


@pytest.fixture
def spoken(row: Provider, fakes: Fakes) -> Spoken:
    return spoken_with(row, fakes)


@dataclass(frozen=True)
class Gate:
    """The running server, and an access token for it."""

    server: Running
    token: str

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Line:
    """One row's connection in the gateway, as a program calls it."""

    gate: Gate
    row: Provider
    fake: OpenAI

    @property
    def passes(self) -> bool:
        """Whether OpenAI's chats reach this provider as they are."""
        return self.wire == "openai.chat"

    @property
    def wire(self) -> str:
        """What the provider is spoken to in, when OpenAI's chats are asked for."""
        adapter, target = ADAPTERS[self.row.dialect], Target("one", self.row, self.row.base_url)
        passing = adapter.endpoint(target, "openai.chat", "m")
        return "openai.chat" if passing else adapter.chat_wire

    @property
    def sent(self) -> Any:
        """The body of the last request that came to the provider."""
        return self.fake.last.json

    def body(self, **more: object) -> dict[str, Any]:
        messages = [{"role": "user", "content": "Hello"}]
        return {"model": f"{self.row.slug}/m", "messages": messages, **more}

    def chat(self, **more: object) -> Answer:
        return self.gate.server.chat(self.gate.token, self.body(**more))

    def stream(self, **more: object) -> list[Any]:
        """The events of a streamed answer; the end mark is one too."""
        answer = self.chat(stream=True, stream_options={"include_usage": True}, **more)
        assert answer.status == 200, answer.body
        return events_of(answer.body)

    def embed(self, **more: object) -> Answer:
        body = {"model": f"{self.row.slug}/m", "input": ["one", "two"], **more}
        return self.gate.server.ask(
            "POST", "/v1/embeddings", json.dumps(body).encode(), self.gate.auth
        )

    @contextmanager
    def begun(self, steps: int) -> Iterator[http.client.HTTPResponse]:
        """A streamed answer from a paused fake that has said so many parts."""
        client = http.client.HTTPConnection("127.0.0.1", self.gate.server.port, timeout=10)
        with closing(client):
            body = json.dumps(self.body(stream=True))
            client.request("POST", "/v1/chat/completions", body, self.gate.auth)
            self.fake.step(steps)
            with client.getresponse() as reply:
                yield reply


def deltas(events: list[Any]) -> list[dict[str, Any]]:
    return [
        choice["delta"]
        for event in events
        if isinstance(event, dict)
        for choice in event.get("choices", ())
    ]


def text_of(events: list[Any]) -> str:
    return "".join(delta.get("content") or "" for delta in deltas(events))


def finishes(events: list[Any]) -> list[str]:
    choices = [
        choice for event in events if isinstance(event, dict) for choice in event.get("choices", ())
    ]
    return [found for choice in choices if (found := choice.get("finish_reason"))]


def events_of(body: bytes) -> list[Any]:
    """The data of a stream's events; the end mark is one too."""
    lines = [one[6:] for one in body.decode().splitlines() if one.startswith("data: ")]
    return [one if one == "[DONE]" else json.loads(one) for one in lines]


@pytest.fixture(scope="session")
def gate(all_fakes: Fakes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """One server process with a connection to the fake of every row."""
    folder = tmp_path_factory.mktemp("contract")
    instance, rows = Instance(folder / "instance"), rows_for(all_fakes)
    instance.add_owner()
    for slug, row in rows.items():
        instance.add_connection(
            slug, row.base_url, key=MARKER, rows=rows, headers=(("X-Team", Secret(TEAM)),)
        )
    instance.add_connection(
        "compatible", all_fakes["compatible"].url, name="named", models=NAMED, rows=rows
    )
    instance.hold_clock()
    token = instance.add_token()
    urls = {slug: row.base_url for slug, row in rows.items()}
    with serving(instance, folder / "log", urls=urls, limits=LIMITS) as server:
        yield Gate(server, token)
    instance.close()


@pytest.fixture
def line(row: Provider, fakes: Fakes, gate: Gate) -> Line:
    return Line(gate, row, fakes.for_(row))
