"""Ceilings that people set count in the running gateway, and only while they are set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from aiconnect.services import ceilings
from aiconnect.services.audit import SYSTEM
from tests.fakes.dialects import OpenAI
from tests.gateway.conftest import Gate
from tests.running import Answer, until

MODEL = "openai/gpt-x"
Put = Callable[[str, str], None]


@pytest.fixture
def put(gate: Gate) -> Iterator[Put]:
    """Sets a ceiling; afterwards what is usual holds again, in the gateway too."""
    names = set()

    def set_to(name: str, text: str) -> None:
        names.add(name)
        with gate.instance.session() as session:
            ceilings.put(session, SYSTEM, name, text)

    yield set_to
    for name in names:
        set_to(name, "default")
    assert until(lambda: is_usual(gate))


def is_usual(gate: Gate) -> bool:
    return ask_large(gate).status == 200 and gate.chat(MODEL).status == 200


def ask_large(gate: Gate) -> Answer:
    text = "x" * (1024 * 1024 + 1)
    body = {"model": MODEL, "messages": [{"role": "user", "content": text}]}
    return gate.server.chat(gate.token, body)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, "" if answer.status == 200 else answer.json["error"]["code"]


@contextmanager
def stalled(gate: Gate, openai: OpenAI, *, stream: bool) -> Iterator[None]:
    """One call is on its way while its provider is silent."""
    before = len(openai.requests)
    openai.stall(on="chat")
    one = threading.Thread(target=lambda: gate.chat(MODEL, stream=stream))
    one.start()
    assert until(lambda: len(openai.requests) > before)
    yield
    one.join(30)
    openai.calm()


def test_a_larger_request_is_refused_from_now_on(gate: Gate, put: Put, openai: OpenAI) -> None:
    assert ask_large(gate).status == 200
    put("body-megabytes", "1")
    assert until(lambda: code(ask_large(gate)) == (413, "too_large"))
    assert gate.chat(MODEL).status == 200


@pytest.mark.parametrize(("name", "stream"), [("calls", False), ("streams", True)])
def test_one_more_than_was_set_is_answered_with_503(
    gate: Gate, put: Put, openai: OpenAI, name: str, stream: bool
) -> None:
    put(name, "1")
    put("body-megabytes", "1")  # shows that the gateway has read them
    assert until(lambda: ask_large(gate).status == 413)
    with stalled(gate, openai, stream=stream):
        assert code(gate.chat(MODEL, stream=stream)) == (503, "no_capacity")
    assert gate.chat(MODEL, stream=stream).status == 200


def test_a_silent_provider_is_waited_for_as_long_as_was_set(
    gate: Gate, put: Put, openai: OpenAI
) -> None:
    openai.stall(on="chat")
    assert "2 s" in gate.chat(MODEL).json["error"]["message"]
    put("first-byte-seconds", "1")
    assert until(lambda: "1 s" in gate.chat(MODEL).json["error"]["message"])
    openai.calm()


def test_the_breaker_is_switched_while_the_server_runs(
    gate: Gate, put: Put, openai: OpenAI
) -> None:
    def reaches_it() -> bool:
        before = len(openai.requests)
        assert code(gate.chat(MODEL)) == (502, "provider_auth")
        return len(openai.requests) > before

    openai.refuse_key()
    assert all(reaches_it() for _ in range(3)), "the tests' server leaves nobody alone"
    put("breaker", "on")
    assert until(lambda: not reaches_it())
    put("breaker", "off")
    assert until(reaches_it)
    openai.calm()
