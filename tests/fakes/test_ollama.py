"""Ollama's fake by its own API: what it says in every mood, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any

import pytest

from tests.fakes import Fakes
from tests.fakes.dialects import OpenAI

Ask = Callable[..., HTTPResponse]
ENDPOINTS = ["/api/chat", "/api/generate"]
HELLO = "Hello from the fake."


@pytest.fixture(params=["ollama", "ollama-cloud"])
def fake(request: pytest.FixtureRequest, fakes: Fakes) -> OpenAI:
    return fakes[request.param]


@pytest.fixture(params=ENDPOINTS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def send(fake: OpenAI) -> Iterator[Ask]:
    connection = HTTPConnection("127.0.0.1", fake.port, timeout=20)

    def post(path: str, **body: Any) -> HTTPResponse:
        connection.request("POST", path, json.dumps({"model": "m"} | body), fake.chat_headers("k"))
        return connection.getresponse()

    yield post
    connection.close()


@pytest.fixture
def ask(send: Ask, path: str) -> Ask:
    said = {"messages": [{"role": "user", "content": "Hi"}], "prompt": "Hi"}
    return lambda **more: send(path, **(said | more))


def lines_in(body: bytes) -> list[Any]:
    return [json.loads(line) for line in body.splitlines() if line]


def text_of(found: list[Any]) -> str:
    said = (one.get("message", {}).get("content", one.get("response", "")) for one in found)
    return "".join(said)


@pytest.mark.parametrize("framing", [None, "length", "chunked", "close"])
def test_a_stream_comes_unless_it_is_declined(ask: Ask, fake: OpenAI, framing: str | None) -> None:
    fake.framing = framing
    response = ask()
    assert response.headers["content-type"] == "application/x-ndjson"
    found = lines_in(response.read())
    assert text_of(found) == text_of([json.loads(ask(stream=False).read())]) == HELLO
    assert [one["done"] for one in found] == [False] * 5 + [True]
    assert (found[-1]["prompt_eval_count"], found[-1]["eval_count"]) == (9, 5)


def test_usage_can_be_on_every_line_or_on_none(ask: Ask, fake: OpenAI) -> None:
    fake.usage_on_every_chunk()
    assert [one["eval_count"] for one in lines_in(ask().read())] == [0, 1, 2, 3, 4, 5]
    fake.no_usage()
    assert "eval_count" not in ask().read().decode()
    assert "eval_count" not in ask(stream=False).read().decode()


def test_a_call_comes_whole_and_ends_with_stop(send: Ask, fake: OpenAI) -> None:
    fake.call_tool("add", {"a": 1})
    called, last = lines_in(send("/api/chat", messages=[{"role": "user"}]).read())
    function = called["message"]["tool_calls"][0]["function"]
    assert (function["name"], function["arguments"]) == ("add", {"a": 1})
    assert (last["done_reason"], last["message"]["content"]) == ("stop", "")


def test_thoughts_have_a_field_of_their_own(ask: Ask, fake: OpenAI) -> None:
    fake.answer("Blue.", thinking="Rayleigh.")
    first = lines_in(ask().read())[0]
    assert first.get("message", first)["thinking"] == "Rayleigh."


def test_a_stream_can_be_cut_fail_or_break(ask: Ask, fake: OpenAI) -> None:
    fake.error_after_content(2)
    found = lines_in(ask().read())
    assert text_of(found) == "Hello from"
    assert "error" in found[-1]
    fake.calm()
    fake.malformed_event(1)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        lines_in(ask().read())
    fake.calm()
    fake.cut_after(2)
    with pytest.raises(IncompleteRead) as cut:
        ask().read()
    assert text_of(lines_in(cut.value.partial)) == "Hello from"


def test_odd_lines_are_lines(ask: Ask, fake: OpenAI) -> None:
    fake.odd_lines()
    body = ask().read()
    assert b"\r\n\r\n" in body
    assert text_of(lines_in(body)) == HELLO


@pytest.mark.parametrize(
    "verb", ["refuse_key", "no_credit", "limit", "not_found", "too_long", "overload"]
)
def test_a_refusal_is_one_string(ask: Ask, fake: OpenAI, verb: str) -> None:
    getattr(fake, verb)(times=1)
    response = ask()
    assert response.status >= 400
    assert isinstance(json.loads(response.read())["error"], str)
    after = ask()
    assert after.status == 200
    after.read()


def test_a_request_without_words_loads_or_unloads(send: Ask, path: str) -> None:
    assert json.loads(send(path).read())["done_reason"] == "load"
    assert json.loads(send(path, keep_alive=0).read())["done_reason"] == "unload"


@pytest.mark.parametrize(
    "more",
    [
        {"model": ""}, {"stream": "yes"}, {"think": "deeply"}, {"format": "yaml"},
        {"options": {"temperature": "hot"}}, {"options": {"stop": "END"}}, {"images": ["no!"]},
        {"messages": [{"role": "robot"}]}, {"messages": [{"role": "user", "content": ["Hi"]}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": "{}"}}]}]},
        {"tools": [{"function": {"name": "f"}}]}, {"system": 5},
    ],
)  # fmt: skip
def test_what_its_fields_do_not_hold_is_refused(ask: Ask, more: dict[str, Any]) -> None:
    response = ask(**more)
    assert response.status == 400
    assert isinstance(json.loads(response.read())["error"], str)


def test_texts_become_vectors(send: Ask) -> None:
    found = json.loads(send("/api/embed", input=["one", "two"], dimensions=4).read())
    assert [len(vector) for vector in found["embeddings"]] == [4, 4]
    assert found["embeddings"][0] != found["embeddings"][1]
    assert (found["model"], found["prompt_eval_count"]) == ("m", 9)
    assert json.loads(send("/api/embed", input="one", dimensions=4).read())["embeddings"] == [
        found["embeddings"][0]
    ]
