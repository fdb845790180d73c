"""Routes through providers of four dialects, each in the mood that a test gives it."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from aiconnect import clock
from aiconnect.models import Connection, Route, RouteStep, UsageRecord
from aiconnect.services import installation
from aiconnect.services.writing import writing
from tests.fakes.dialects import FAKES, OpenAI
from tests.fakes.exchange import Answer as Said
from tests.fakes.exchange import Request, Signal
from tests.fakes.rows import pointed
from tests.ports import free_port
from tests.running import Answer, Instance, Running, serving, until

KEY = "marker-of-no-known-shape"
SLUGS = {
    "openai": "compatible", "anthropic": "anthropic", "gemini": "gemini", "ollama": "ollama",
    "own": "openai", "good": "compatible", "down": "compatible",
}  # fmt: skip
"""Each fake's name and row: those that tests ill-treat (`own` has `/v1/responses`), one that
answers, and one that never does."""
DIALECTS = ("openai", "anthropic", "gemini", "ollama")
GONE, NOWHERE = "gone", "nowhere"
"""Before a dialect: a connection to a closed port, and one to a name that nobody knows."""


# --- callers -------------------------------------------------------------------------------------


class Caller(ABC):
    """A program that speaks one wire; bodies go out and answers are read in its words."""

    name = ""
    path = ""
    end = ""  # what only a finished stream holds
    ends: tuple[str, ...] = ()  # the same, with all that belongs to it

    @abstractmethod
    def body(self, model: str, text: str, *, stream: bool) -> dict[str, Any]: ...

    @abstractmethod
    def pieces(self, events: Sequence[Any]) -> Iterator[str]:
        """The text of each event of a stream."""

    def events(self, body: bytes) -> list[Any]:
        lines = [one[5:].strip() for one in body.decode().splitlines() if one.startswith("data:")]
        return [one if one == "[DONE]" else json.loads(one) for one in lines]

    def error(self, event: Any) -> Mapping[str, Any] | None:
        """The error that an event or a body reports; None where it reports none."""
        found = event.get("error") if isinstance(event, dict) else None
        return found if isinstance(found, dict) else None

    @abstractmethod
    def said(self, answer: Any) -> str:
        """The text of a whole answer."""

    def text(self, answer: Answer) -> str:
        """What a streamed answer says."""
        return "".join(self.pieces(self.events(answer.body)))


class OpenAICaller(Caller):
    name, path, end = "openai", "/v1/chat/completions", "[DONE]"
    ends = ("[DONE]", '"finish_reason":"')

    def body(self, model: str, text: str, *, stream: bool) -> dict[str, Any]:
        return {
            "model": model,
            "messages": [{"role": "user", "content": text}],
            "stream": stream,
        }

    def pieces(self, events: Sequence[Any]) -> Iterator[str]:
        choices = [one for event in events if isinstance(event, dict)
                   for one in event.get("choices", ())]  # fmt: skip
        return (one["delta"].get("content") or "" for one in choices)

    def said(self, answer: Any) -> str:
        return str(answer["choices"][0]["message"]["content"])


class AnthropicCaller(Caller):
    name, path, end = "anthropic", "/v1/messages", "message_stop"
    ends = ("message_stop", "message_delta", '"stop_reason":"')

    def body(self, model: str, text: str, *, stream: bool) -> dict[str, Any]:
        asked = [{"role": "user", "content": text}]
        return {"model": model, "max_tokens": 99, "messages": asked, "stream": stream}

    def pieces(self, events: Sequence[Any]) -> Iterator[str]:
        return (event.get("delta", {}).get("text", "") for event in events)

    def said(self, answer: Any) -> str:
        return "".join(block["text"] for block in answer["content"])


class OllamaCaller(Caller):
    name, path, end = "ollama", "/api/chat", '"done":true'
    ends = (end, "done_reason")

    def body(self, model: str, text: str, *, stream: bool) -> dict[str, Any]:
        return {
            "model": model,
            "messages": [{"role": "user", "content": text}],
            "stream": stream,
        }

    def events(self, body: bytes) -> list[Any]:
        return [json.loads(line) for line in body.splitlines() if line]

    def pieces(self, events: Sequence[Any]) -> Iterator[str]:
        return (event.get("message", {}).get("content", "") for event in events)

    def error(self, event: Any) -> Mapping[str, Any] | None:
        return event if "error" in event else None

    def said(self, answer: Any) -> str:
        return str(answer["message"]["content"])


class ResponsesCaller(Caller):
    name, path, end = "responses", "/v1/responses", "response.completed"
    ends = (end, "response.incomplete", "[DONE]")

    def body(self, model: str, text: str, *, stream: bool) -> dict[str, Any]:
        return {"model": model, "input": text, "stream": stream}

    def pieces(self, events: Sequence[Any]) -> Iterator[str]:
        told = (event for event in events if event["type"] == "response.output_text.delta")
        return (event["delta"] for event in told)

    def error(self, event: Any) -> Mapping[str, Any] | None:
        failed = event["response"] if event.get("type") == "response.failed" else event
        return super().error(failed)

    def said(self, answer: Any) -> str:
        parts = (part for item in answer["output"] for part in item.get("content", ()))
        return "".join(part.get("text", "") for part in parts)


OPENAI, ANTHROPIC, OLLAMA, RESPONSES = (
    OpenAICaller(), AnthropicCaller(), OllamaCaller(), ResponsesCaller(),
)  # fmt: skip
CALLERS = (OPENAI, ANTHROPIC, OLLAMA, RESPONSES)


# --- the house -----------------------------------------------------------------------------------


class Raw(OpenAI):
    """Says what a test writes, byte for byte; mixed into a fake."""

    def say(self, *body: bytes | Signal, content_type: str = "text/event-stream") -> None:
        self.say_on({}, *body, content_type=content_type)

    def say_on(
        self, starts: Mapping[str, bytes], *body: bytes | Signal, content_type: str = ""
    ) -> None:
        """The same, after what belongs to the wire that is asked for."""

        def answer(request: Request) -> Said:
            wire = wire_of(request)
            usual = "application/x-ndjson" if wire == "ollama" else "text/event-stream"
            start = starts.get(wire, b"")
            return Said(body=[start, *body], content_type=content_type or usual, framing="chunked")

        self._feel(answer)


ENDS = {"/chat/completions": "openai", "/messages": "anthropic", "/api/chat": "ollama"}


def wire_of(request: Request) -> str:
    """In whose words a fake is asked: a host may speak several wires."""
    return next((wire for end, wire in ENDS.items() if request.path.endswith(end)), "gemini")


@dataclass(frozen=True)
class Way:
    """A route to be made: its name and steps; `first_byte`, `retries` hold for each of them."""

    name: str
    steps: tuple[str, ...]
    first_byte: int | None = None
    retries: int | None = None
    total: int | None = None


@dataclass
class House:
    """A server, and the fakes behind its connections, by name."""

    server: Running
    instance: Instance
    token: str
    fakes: dict[str, Raw]
    log: Path
    known: dict[str, UsageRecord] = field(default_factory=dict)

    def ask(
        self, caller: Caller, model: str, text: str = "Hello", *, stream: bool, **more: object
    ) -> Answer:
        body = json.dumps(caller.body(model, text, stream=stream) | more).encode()
        return self.server.ask("POST", caller.path, body, self.headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def heard(self, name: str, text: str) -> int:
        """How many requests with these words have come to a fake."""
        return sum(text.encode() in request.body for request in self.fakes[name].requests)

    def record(self, request_id: str) -> UsageRecord:
        """What was written down of a call, once it is settled."""
        return self._written(lambda one: one.id == request_id)

    def record_of(self, name: str) -> UsageRecord:
        """The same for the one call of this model."""
        return self._written(lambda one: one.asked == name)

    def _written(self, fits: Callable[[UsageRecord], bool]) -> UsageRecord:
        found: list[UsageRecord] = []

        def is_settled() -> bool:
            found[:] = filter(fits, self.known.values())
            if not found:
                self._read()
            return bool(found)

        assert until(is_settled), "no settled record"
        return found[0]

    def _read(self) -> None:
        with self.instance.session() as session:
            rows = session.scalars(select(UsageRecord).where(UsageRecord.outcome.is_not(None)))
            self.known |= {one.id: one for one in rows if one.id not in self.known}

    def lay(self, ways: Sequence[Way]) -> None:
        """Make routes; the server knows them within a second."""
        _lay(self.instance, ways)

    def calm(self) -> None:
        """Every fake as at the beginning."""
        for name, fake in self.fakes.items():
            assert not fake.faults, f"{name}: {fake.faults!r}"
            fake.reset()
        self.fakes["down"].refuse(500, {"error": {"message": "broken for good"}})


@contextmanager
def house(folder: Path, ways: Sequence[Way], limits: Mapping[str, Any]) -> Iterator[House]:
    """A house with these routes; `limits` are the server's."""
    fakes = {name: fake_of(name) for name in SLUGS}
    instance = Instance(folder / "instance")
    try:
        instance.add_owner()
        _connect(instance, fakes)
        _lay(instance, ways)
        instance.hold_clock()
        token = instance.add_token()
        urls = {name: fakes[name].url for name in ("anthropic", "gemini")} | {
            "openai": fakes["own"].url
        }
        with serving(instance, folder / "log", urls=urls, limits=dict(limits)) as server:
            found = House(server, instance, token, fakes, folder / "log")
            found.calm()
            yield found
    finally:
        instance.close()
        for fake in fakes.values():
            fake.close()


def fake_of(name: str, port: int = 0) -> Raw:
    """The fake of this name, at this port or a free one."""
    slug = SLUGS[name]
    made: Raw = type(slug, (Raw, FAKES[slug]), {})(port)
    return made


def _connect(instance: Instance, fakes: Mapping[str, OpenAI]) -> None:
    for name, slug in SLUGS.items():
        _add(instance, slug, name, fakes[name].url)
    for name in DIALECTS:
        path = FAKES[SLUGS[name]].base_path
        _add(instance, SLUGS[name], f"{GONE}-{name}", f"http://127.0.0.1:{free_port()}{path}")
        _add(instance, SLUGS[name], f"{NOWHERE}-{name}", f"http://nothing.invalid{path}")


def _add(instance: Instance, slug: str, name: str, url: str) -> None:
    instance.add_connection(slug, url, name=name, key=KEY, rows=pointed({slug: url}))


def _lay(instance: Instance, ways: Sequence[Way]) -> None:
    """All routes at once: made one by one they would take longer than their calls."""
    with instance.session() as session, writing(session):
        connections = {one.name: one for one in session.scalars(select(Connection))}
        for way in ways:
            steps = [step.partition("/") for step in way.steps]
            made = [
                RouteStep(
                    connection=connections[name], model_id=model, position=at,
                    first_byte_seconds=way.first_byte, retries=way.retries,
                )
                for at, (name, _, model) in enumerate(steps, 1)
            ]  # fmt: skip
            session.add(Route(name=way.name, total_seconds=way.total, made_at=clock.now(),
                              made_by="a test", steps=made))  # fmt: skip
        installation.bump_revision(session)
