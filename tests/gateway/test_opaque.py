"""Pictures, recordings and verdicts pass through: only the model's name is changed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest

from tests.gateway.conftest import Gate
from tests.gateway.scripted import LAST, Provider, chunk
from tests.running import Answer

Ask = Callable[..., tuple[bytes, Answer]]
SOUND = bytes(range(256)) * 40
BOUNDARY = "----planted"


def reply(body: bytes, kind: str = "application/json", status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def part(name: str, value: bytes, more: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


def form(model: str = "scripted/whisper") -> bytes:
    file = part("file", SOUND, '; filename="a.wav"\r\nContent-Type: audio/wav')
    return file + part("model", model.encode()) + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def ask(gate: Gate, provider: Provider) -> Ask:
    """Call a path while the provider answers like this: its request, and what the caller got."""

    def call(
        path: str, body: bytes, answer: bytes, kind: str = "application/json"
    ) -> tuple[bytes, Answer]:
        seen: list[bytes] = []

        def serve() -> None:
            talk = provider.accept()
            seen.append(talk.request())
            talk.send(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        headers = {"Authorization": f"Bearer {gate.token}", "Content-Type": kind}
        got = gate.server.ask("POST", path, body, headers)
        serving.join()
        return seen[0], got

    return call


def test_a_picture_is_asked_for_and_comes_back(gate: Gate, ask: Ask) -> None:
    body = b'{"prompt": "a lighthouse",  "model":"scripted/dall-e-3","n":2}'
    usage = b'"usage":{"input_tokens":7,"output_tokens":90}'
    answer = b'{"created":1, "data":[{"b64_json":"AAAA"}], ' + usage + b"}"
    sent, got = ask("/v1/images/generations", body, reply(answer))
    assert sent.startswith(b"POST /v1/images/generations ")
    assert sent.endswith(b'{"prompt": "a lighthouse",  "model":"dall-e-3","n":2}')
    assert (got.status, got.body) == (200, answer)
    assert got.headers["x-aiconnect-model"] == "scripted/dall-e-3"
    record = gate.last_record(got.headers["x-request-id"])
    assert (record.outcome, record.input_tokens, record.output_tokens) == ("ok", 7, 90)
    assert record.wire == "openai.images.generations"


def test_a_recording_goes_through_a_form_unharmed(gate: Gate, ask: Ask) -> None:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    path = "/v1/audio/transcriptions"
    sent, got = ask(path, form(), reply(b'{"text":"Hello."}'), kind)
    assert f"Content-Type: {kind}".lower().encode() in sent.lower()
    assert sent.endswith(form("whisper"))
    assert got.json == {"text": "Hello."}


def test_speech_comes_back_as_sound(ask: Ask) -> None:
    body = json.dumps({"model": "scripted/tts-1", "input": "Hello.", "voice": "alloy"}).encode()
    _, got = ask("/v1/audio/speech", body, reply(SOUND, "audio/mpeg"))
    assert (got.status, got.headers["content-type"], got.body) == (200, "audio/mpeg", SOUND)


def test_what_is_streamed_is_passed_on_as_it_comes(
    ask: Ask,
) -> None:
    body = b'{"model":"scripted/gpt-image-1","prompt":"x","stream":true}'
    events = [b"event: image_generation.partial_image\ndata: {}\n\n", b"data: 2\n\n"]
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    stream = head + b"".join(chunk(event) for event in events) + LAST
    _, got = ask("/v1/images/generations", body, stream)
    assert (got.status, got.body) == (200, b"".join(events))
    assert got.headers["content-type"] == "text/event-stream"


def test_a_refusal_is_told_as_one(ask: Ask) -> None:
    error = b'{"error":{"message":"The file is no sound.","type":"invalid_request_error"}}'
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    answer = reply(error, status="400 Bad Request")
    _, got = ask("/v1/audio/translations", form(), answer, kind)
    assert (got.status, got.json["error"]["code"]) == (400, "provider_refused")
    assert "The file is no sound." in got.json["error"]["message"]


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"", f"multipart/form-data; boundary={BOUNDARY}", "model_missing"),
        (form(), "multipart/form-data", "bad_request"),
        (form("nobody/x"), f"multipart/form-data; boundary={BOUNDARY}", "model_not_found"),
    ],
)
def test_a_form_that_names_no_model_is_refused(
    gate: Gate, body: bytes, kind: str, code: str
) -> None:
    headers = {"Authorization": f"Bearer {gate.token}", "Content-Type": kind}
    got = gate.server.ask("POST", "/v1/audio/transcriptions", body, headers)
    assert got.json["error"]["code"] == code


def test_a_provider_without_such_calls_says_so(gate: Gate) -> None:
    headers = {"Authorization": f"Bearer {gate.token}"}
    body = b'{"model":"ollama/llama3","prompt":"x"}'
    got = gate.server.ask("POST", "/v1/images/generations", body, headers)
    assert (got.status, got.json["error"]["code"]) == (400, "cannot_carry")
    assert "images/generations" in got.json["error"]["message"]


def test_a_transcription_may_be_a_bare_string(ask: Ask) -> None:
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    _, got = ask("/v1/audio/transcriptions", form(), reply(b'"Hello."'), kind)
    assert (got.status, got.body) == (200, b'"Hello."')
