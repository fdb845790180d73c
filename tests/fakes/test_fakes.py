"""The fakes themselves: framing, moods, recording."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any

import pytest

from aiconnect.providers import PROVIDERS
from tests.fakes import Fakes
from tests.fakes.dialects import FAKES, OpenAI


@pytest.fixture(params=[slug for slug in PROVIDERS if FAKES[slug].is_compatible])
def fake(request: pytest.FixtureRequest, fakes: Fakes) -> OpenAI:
    return fakes[request.param]


@pytest.fixture
def ask(fake: OpenAI) -> Iterator[Any]:
    connection = HTTPConnection("127.0.0.1", fake.port, timeout=20)

    def chat(**more: Any) -> HTTPResponse:
        body = json.dumps({"model": "m", "messages": []} | more)
        path = f"{fake.prefix}/chat/completions"
        connection.request("POST", path, body, fake.chat_headers("k"))
        return connection.getresponse()

    yield chat
    connection.close()


def events(response: HTTPResponse) -> list[Any]:
    return events_in(response.read())


def events_in(body: bytes) -> list[Any]:
    lines = [line for line in body.decode().splitlines() if line.startswith("data:")]
    return [json.loads(line[5:]) for line in lines if "[DONE]" not in line]


def read_until(response: HTTPResponse, wanted: bytes) -> bytes:
    """The first line with these bytes."""
    return next(line for line in iter(response.readline, b"") if wanted in line)


def text_of(found: list[Any]) -> str:
    deltas = [c["delta"] for event in found for c in event.get("choices", ())]
    return "".join(delta.get("content") or "" for delta in deltas)


def test_every_row_has_a_fake_of_its_own(fakes):
    assert {fake.slug: type(fake) for fake in fakes} == FAKES
    assert set(FAKES) == set(PROVIDERS)


def test_a_row_without_a_fake_is_named():
    with pytest.raises(KeyError, match="groq"):
        Fakes({slug: fake for slug, fake in FAKES.items() if slug != "groq"})


@pytest.mark.parametrize("framing", [None, "length", "chunked", "close"])
def test_an_answer_is_the_same_in_every_framing(ask, fake, framing):
    fake.framing = framing
    assert json.loads(ask().read())["choices"][0]["message"]["content"] == "Hello from the fake."


@pytest.mark.parametrize("framing", [None, "length", "chunked", "close"])
def test_a_stream_is_the_same_in_every_framing(ask, fake, framing):
    fake.framing = framing
    assert text_of(events(ask(stream=True))) == "Hello from the fake."


def test_usage_comes_last_and_only_when_asked_for_unless_a_host_always_tells(ask, fake):
    counts = [bool(event.get("usage")) for event in events(ask(stream=True))]
    tells = fake.voice.stated != "asked"
    assert counts == [False] * (len(counts) - 1) + [tells]
    fake.takes_unknown_fields = True
    last = events(ask(stream=True, stream_options={"include_usage": True}))[-1]
    assert last["usage"]["completion_tokens"] == 5


def test_usage_can_be_on_every_chunk_or_on_none(ask, fake):
    fake.usage_on_every_chunk()
    found = [event for event in events(ask(stream=True)) if event["choices"]]
    counts = [event["usage"]["completion_tokens"] for event in found]
    assert counts == [0, 0, 1, 2, 3, 4, 5]
    fake.no_usage()
    fake.takes_unknown_fields = True
    asked = ask(stream=True, stream_options={"include_usage": True})
    assert not any(event.get("usage") for event in events(asked))
    assert "usage" not in json.loads(ask().read())


def test_a_paused_stream_goes_on_step_by_step(ask, fake):
    fake.stream(["a", "b"], paused=True)
    fake.step()
    response = ask(stream=True)
    assert read_until(response, b'"role"')
    fake.step(10)
    assert text_of(events(response)) == "ab"


def test_a_tool_call_is_streamed_in_pieces(ask, fake):
    fake.call_tool("add", {"a": 1, "b": 2})
    found = events(ask(stream=True))
    calls = [
        c["delta"]["tool_calls"][0]
        for e in found
        for c in e["choices"]
        if "tool_calls" in c["delta"]
    ]
    assert json.loads("".join(call["function"]["arguments"] for call in calls)) == {"a": 1, "b": 2}
    assert json.loads(ask().read())["choices"][0]["finish_reason"] == "tool_calls"


REFUSALS = {
    "refuse_key": {400, 401},
    "no_credit": {400, 402, 403, 429},
    "limit": {429},
    "not_found": {400, 404},
    "too_long": {400},
    "overload": {429, 502, 503, 529},
}


@pytest.mark.parametrize("verb", REFUSALS)
def test_a_refusal_has_its_status_and_passes(ask, fake, verb):
    getattr(fake, verb)(times=1)
    response = ask()
    assert response.status in REFUSALS[verb]
    assert response.read()
    assert ask().status == 200


def test_a_limit_says_how_long_to_wait(ask, fake):
    fake.limit(retry_after=7)
    response = ask()
    assert response.headers["retry-after"] == "7" or b'"retryDelay": "7s"' in response.read()


def test_an_answer_can_be_cut(ask, fake):
    fake.cut_after(2)
    with pytest.raises(IncompleteRead) as cut:
        ask(stream=True).read()
    assert text_of(events_in(cut.value.partial)) == "Hello from"


def test_a_whole_answer_can_be_cut(ask, fake):
    fake.cut_after()
    with pytest.raises(IncompleteRead):
        ask().read()


def test_a_reset_is_a_reset(ask, fake):
    fake.cut_after(1, reset=True)
    with pytest.raises(ConnectionResetError):
        ask().read()


def test_a_stream_can_end_in_an_error_event(ask, fake):
    fake.error_after_content(2)
    found = events(ask(stream=True))
    assert text_of(found) == "Hello from"
    assert "error" in found[-1]


def test_a_stalled_call_tells_when_the_caller_leaves(fake):
    fake.stall()
    with socket.create_connection(("127.0.0.1", fake.port)) as caller:
        caller.sendall(b"GET /models HTTP/1.1\r\nHost: h\r\n\r\n")
        fake.wait_for_requests()
        assert not fake.hung_up.is_set()
    assert fake.hung_up.wait(20)
    fake.wait_until_idle()


def test_a_silent_stream_is_let_go_by_a_reset(ask, fake):
    fake.go_silent_after(1)
    response = ask(stream=True)
    assert read_until(response, b'"role"')
    response.close()
    assert not fake.hung_up.is_set()
    fake.reset()
    fake.wait_until_idle()


def test_stream_options_can_be_rejected(ask, fake):
    fake.reject_stream_options()
    response = ask(stream_options={"include_usage": True})
    assert response.status == 400
    assert "stream_options" in response.read().decode()
    assert ask().status == 200


def test_a_request_is_kept_as_it_came(ask, fake):
    ask(unknown={"kept": True}).read()
    assert fake.last.json["unknown"] == {"kept": True}
    assert fake.last.headers[fake.key_header] == fake.key_prefix + "k"
    assert fake.calls()[0].method == "POST"
