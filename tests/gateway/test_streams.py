"""Streamed answers: relayed as they come, ended as the mid-stream contract says."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes
from tests.gateway.conftest import Gate
from tests.running import SOON

PARTS = ("It ", "rained ", "all ", "night.")


def events(body: bytes) -> list[object]:
    found = [line[6:] for line in body.decode().splitlines() if line.startswith("data: ")]
    return [one if one == "[DONE]" else json.loads(one) for one in found]


def text(found: list[object]) -> str:
    chunks = [one for one in found if isinstance(one, dict) and one.get("choices")]
    return "".join(one["choices"][0]["delta"].get("content") or "" for one in chunks)


@contextmanager
def opened(
    gate: Gate, fake: OpenAI, *, steps: int = 0, **more: object
) -> Iterator[http.client.HTTPResponse]:
    client = http.client.HTTPConnection("127.0.0.1", gate.server.port, timeout=10)
    body = json.dumps({"model": "openai/gpt-x", "messages": [], "stream": True, **more})
    client.request("POST", "/v1/chat/completions", body, {"Authorization": f"Bearer {gate.token}"})
    fake.wait_for_requests(1)
    if steps:
        fake.step(steps)
    reply = client.getresponse()
    try:
        yield reply
    finally:
        reply.close()
        client.close()


@pytest.mark.parametrize("slug", ["openai", "compatible", "ollama", "lmstudio", "llamacpp"])
@pytest.mark.parametrize("framing", ["chunked", "close", "length"])
def test_a_stream_says_what_the_provider_said(
    gate: Gate, fakes: Fakes, slug: str, framing: str
) -> None:
    fakes[slug].framing = framing
    fakes[slug].stream(PARTS)
    answer = gate.chat(f"{slug}/any-model", stream=True)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = events(answer.body)
    assert text(found) == "".join(PARTS)
    assert found[-1] == "[DONE]"


def test_odd_framing_of_events_changes_nothing(gate: Gate, openai: OpenAI) -> None:
    openai.stream(PARTS)
    openai.odd_lines()
    answer = gate.chat("openai/gpt-x", stream=True)
    assert b"[DONE]" in answer.body
    record = gate.last_record(answer.headers["x-request-id"])
    assert (record.outcome, record.tokens_estimated) == ("ok", False)


def test_usage_is_asked_for_and_kept_from_a_caller_who_did_not_ask(
    gate: Gate, openai: OpenAI
) -> None:
    openai.stream(PARTS, prompt=57, completion=29)
    answer = gate.chat("openai/gpt-x", stream=True)
    assert openai.calls()[-1].json["stream_options"] == {"include_usage": True}
    assert not [one for one in events(answer.body) if isinstance(one, dict) and one.get("usage")]
    record = gate.last_record(answer.headers["x-request-id"])
    assert (record.input_tokens, record.output_tokens) == (57, 29)
    assert record.first_token_ms is not None


def test_a_caller_who_asks_for_usage_gets_it(gate: Gate, openai: OpenAI) -> None:
    openai.stream(PARTS, prompt=57, completion=29)
    options = {"include_usage": True, "include_obfuscation": False}
    answer = gate.chat("openai/gpt-x", stream=True, stream_options=options)
    assert openai.calls()[-1].json["stream_options"] == options
    usage = [
        one["usage"] for one in events(answer.body) if isinstance(one, dict) and one.get("usage")
    ]
    assert [one["prompt_tokens"] for one in usage] == [57]


def test_usage_on_every_chunk_counts_once(gate: Gate, openai: OpenAI) -> None:
    openai.stream(PARTS, prompt=57, completion=29)
    openai.usage_on_every_chunk()
    answer = gate.chat("openai/gpt-x", stream=True)
    assert text(events(answer.body)) == "".join(PARTS)
    assert gate.last_record(answer.headers["x-request-id"]).output_tokens == 29


def test_an_endpoint_that_rejects_stream_options_is_remembered(gate: Gate, fakes: Fakes) -> None:
    fake = fakes["compatible"]
    fake.stream(PARTS)
    fake.reject_stream_options()
    assert text(events(gate.chat("compatible/x", stream=True).body)) == "".join(PARTS)
    until = time.monotonic() + 5
    while "stream_options" in fake.calls()[-2].json and time.monotonic() < until:
        assert gate.chat("compatible/x", stream=True).status == 200
    assert "stream_options" not in fake.calls()[-2].json


def test_chunks_come_one_by_one(gate: Gate, openai: OpenAI) -> None:
    openai.stream(PARTS, paused=True)
    with opened(gate, openai, steps=2) as reply:
        seen = b""
        for part in PARTS[:-1]:
            while part.encode() not in seen:
                piece = reply.read1(65536)
                assert piece, "the stream ended early"
                seen += piece
            openai.step()
        openai.step()
        rest = reply.read()
    assert b"[DONE]" in rest


@pytest.mark.parametrize("reset", [False, True])
def test_a_stream_cut_after_content_ends_with_one_error_event(
    gate: Gate, openai: OpenAI, reset: bool
) -> None:
    openai.stream(PARTS)
    openai.cut_after(2, reset=reset)
    answer = gate.chat("openai/gpt-x", stream=True)
    found = events(answer.body)
    assert "[DONE]" not in found
    assert found[-1]["error"]["code"] == "provider_broke"
    assert not [
        one for one in found if one.get("choices") and one["choices"][0].get("finish_reason")
    ]
    record = gate.last_record(answer.headers["x-request-id"])
    assert (record.outcome, record.status, record.tokens_estimated) == ("cut", 200, True)
    assert record.output_tokens >= 1


def test_a_stream_that_falls_silent_ends_with_one_error_event(gate: Gate, openai: OpenAI) -> None:
    openai.stream(PARTS)
    openai.go_silent_after(2)
    answer = gate.chat("openai/gpt-x", stream=True)
    assert events(answer.body)[-1]["error"]["code"] == "provider_silent"
    assert openai.hung_up.wait(20)


def test_an_error_in_the_midst_of_a_stream_is_the_last_event(gate: Gate, openai: OpenAI) -> None:
    openai.stream(PARTS, paused=True)
    openai.error_after_content(2)
    with opened(gate, openai, steps=2) as reply:
        seen = reply.read1(65536)
        openai.step(3)
        found = events(seen + reply.read())
    assert found[-1]["error"]["code"] == "provider_error"
    assert "[DONE]" not in found


def test_an_error_before_any_content_is_an_ordinary_error(gate: Gate, openai: OpenAI) -> None:
    openai.stream(PARTS)
    openai.error_after_content(0)
    answer = gate.chat("openai/gpt-x", stream=True)
    assert (answer.status, answer.json["error"]["code"]) == (502, "provider_error")


def test_a_caller_who_leaves_ends_the_providers_call_within_a_second(
    gate: Gate, openai: OpenAI
) -> None:
    openai.stream(PARTS, paused=True)
    with opened(gate, openai, steps=2) as reply:
        reply.read1(65536)
        request_id = reply.headers["x-request-id"]
    left = time.monotonic()
    assert openai.hung_up.wait(20)
    assert time.monotonic() - left < SOON
    record = gate.last_record(request_id)
    assert (record.outcome, record.tokens_estimated) == ("caller_left", True)


def test_a_caller_who_leaves_a_silent_provider_ends_its_call(gate: Gate, openai: OpenAI) -> None:
    openai.stall()
    client = socket.create_connection(("127.0.0.1", gate.server.port))
    body = b'{"model": "openai/gpt-x", "messages": [], "stream": true}'
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gate.token}\r\n"
    )
    client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    openai.wait_for_requests(1)
    client.close()
    assert openai.hung_up.wait(20)


def test_an_old_caller_gets_a_stream_without_chunks(gate: Gate, openai: OpenAI) -> None:
    openai.stream(PARTS)
    body = b'{"model": "openai/gpt-x", "messages": [], "stream": true}'
    head = f"POST /v1/chat/completions HTTP/1.0\r\nAuthorization: Bearer {gate.token}\r\n"
    with socket.create_connection(("127.0.0.1", gate.server.port)) as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    head_part, _, payload = answer.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head_part.lower()
    assert text(events(payload)) == "".join(PARTS)


def test_a_slow_reader_gets_every_byte(gate: Gate, openai: OpenAI) -> None:
    parts = tuple(f"{number} " + "x" * 8_000 for number in range(400))
    openai.stream(parts)
    with opened(gate, openai) as reply:
        seen = reply.read(1000)
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            seen += reply.read1(4096)
        seen += reply.read()
    assert text(events(seen)) == "".join(parts)


def test_a_tool_call_streams_through(gate: Gate, openai: OpenAI) -> None:
    openai.call_tool("get_weather", {"city": "Oslo"})
    found = events(gate.chat("openai/gpt-x", stream=True).body)
    calls = [
        one["choices"][0]["delta"].get("tool_calls")
        for one in found
        if isinstance(one, dict) and one["choices"]
    ]
    arguments = "".join(c[0]["function"].get("arguments", "") for c in calls if c)
    assert json.loads(arguments) == {"city": "Oslo"}
