"""What is written down of a call however it ends: docs/usage-records.md, row by row.

Hang-ups and cuts by every wire are in test_midstream, fallbacks and retries in
tests/faults/test_fallbacks, ends of the server in tests/faults/test_kill.
"""

from __future__ import annotations

import json

import pytest

from aiconnect.models import UsageRecord
from tests.fakes.dialects import OpenAI
from tests.gateway.conftest import Gate
from tests.gateway.scripted import LAST, chunk
from tests.gateway.test_opaque import BOUNDARY, SOUND, Ask, ask, form, reply

__all__ = ["ask"]

ASKED = 5
"""Tokens of one message that says Hello."""
TEXT = "It rained all night long, and the river rose over its banks."


def tokens(record: UsageRecord) -> tuple[int | None, ...]:
    return (
        record.input_tokens, record.cache_read_tokens, record.cache_write_tokens,
        record.output_tokens, record.reasoning_tokens,
    )  # fmt: skip


@pytest.mark.parametrize("stream", [False, True])
def test_without_usage_words_stand_for_tokens(gate: Gate, openai: OpenAI, stream: bool) -> None:
    if stream:
        openai.stream(TEXT.split(" "))
    else:
        openai.answer(TEXT)
    openai.no_usage()
    record = gate.last_record(gate.chat("openai/gpt-x", stream=stream).headers["x-request-id"])
    assert (record.outcome, record.tokens_estimated) == ("ok", True)
    assert record.input_tokens == ASKED
    assert 11 <= (record.output_tokens or 0) <= 25
    assert record.reasoning_tokens is None  # nobody invents thoughts


def test_a_picture_in_a_request_is_not_counted_by_its_bytes(gate: Gate, openai: OpenAI) -> None:
    openai.answer(TEXT)
    openai.no_usage()
    url = "data:image/png;base64," + "A" * 400_000
    parts = [{"type": "text", "text": "Hello"}, {"type": "image_url", "image_url": {"url": url}}]
    answer = gate.chat("openai/gpt-x", messages=[{"role": "user", "content": parts}])
    record = gate.last_record(answer.headers["x-request-id"])
    assert record.input_tokens == 1000 + ASKED


@pytest.mark.parametrize(
    ("mood", "outcome", "state"),
    [("overload", "failed", "unknown"), ("html_error", "failed", "unknown"),
     ("too_long", "refused", "free"), ("limit", "refused", "free"),
     ("error_with_200", "failed", "unknown")],
)  # fmt: skip
@pytest.mark.parametrize("stream", [False, True])
def test_the_body_of_an_error_is_never_tokens(
    gate: Gate, openai: OpenAI, mood: str, outcome: str, state: str, stream: bool
) -> None:
    getattr(openai, mood)()
    record = gate.last_record(gate.chat("openai/gpt-x", stream=stream).headers["x-request-id"])
    assert (record.outcome, record.cost_state) == (outcome, state)
    assert tokens(record) == (None,) * 5
    assert not record.tokens_estimated


def test_a_stream_that_breaks_counts_what_was_delivered_and_what_was_asked(
    gate: Gate, openai: OpenAI
) -> None:
    openai.stream(TEXT.split(" "))
    openai.cut_after(3)
    answer = gate.chat("openai/gpt-x", stream=True)
    record = gate.last_record(answer.headers["x-request-id"])
    assert (record.outcome, record.tokens_estimated) == ("cut", True)
    assert record.input_tokens == ASKED
    assert 3 <= (record.output_tokens or 0) <= 6


def details_of(gate: Gate, answer) -> UsageRecord:
    return gate.last_record(answer.headers["x-request-id"])


def test_pictures_are_counted_beside_their_tokens(gate: Gate, ask: Ask) -> None:
    body = b'{"model":"scripted/gpt-image-1","prompt":"x","n":2}'
    said = {"data": [{}, {}], "usage": {"input_tokens": 9, "output_tokens": 80}}
    _, got = ask("/v1/images/generations", body, reply(json.dumps(said).encode()))
    record = details_of(gate, got)
    assert tokens(record) == (9, None, None, 80, None)
    assert record.details == {"images": 2, "output_image": 80}


def test_streamed_pictures_state_their_usage_last(gate: Gate, ask: Ask) -> None:
    body = b'{"model":"scripted/gpt-image-1","prompt":"x","stream":true}'
    usage = {"input_tokens": 9, "output_tokens": 80}
    last = json.dumps({"type": "image_generation.completed", "b64_json": "A" * 30_000,
                       "usage": usage})  # fmt: skip
    events = [b"data: {}\n\n", f"data: {last}\n\n".encode()]
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    _, got = ask("/v1/images/generations", body, head + b"".join(map(chunk, events)) + LAST)
    record = details_of(gate, got)
    assert tokens(record) == (9, None, None, 80, None)
    assert record.details == {"output_image": 80}


@pytest.mark.parametrize(
    ("said", "found", "counts"),
    [({"text": "Hi.", "usage": {"type": "duration", "seconds": 8.2}}, {"seconds": 9}, (None,) * 5),
     ({"text": "Hi.", "duration": 3}, {"seconds": 3}, (None,) * 5),
     ({"text": "Hi."}, None, (None,) * 5),
     ({"text": "Hi.", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 45,
                                "input_token_details": {"audio_tokens": 10}}},
      {"input_audio": 10}, (14, None, None, 45, None))],
)  # fmt: skip
def test_a_recording_is_counted_by_its_length_or_tokens(
    gate: Gate, ask: Ask, said: dict[str, object], found: object, counts: object
) -> None:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    _, got = ask("/v1/audio/transcriptions", form(), reply(json.dumps(said).encode()), kind)
    record = details_of(gate, got)
    assert (record.details, tokens(record), record.tokens_estimated) == (found, counts, False)


def test_speech_is_counted_by_its_characters(gate: Gate, ask: Ask) -> None:
    body = json.dumps({"model": "scripted/tts-1", "input": "Halo, dunia.", "voice": "x"}).encode()
    _, got = ask("/v1/audio/speech", body, reply(SOUND, "audio/mpeg"))
    record = details_of(gate, got)
    assert (record.details, tokens(record)) == ({"characters": 12}, (None,) * 5)
