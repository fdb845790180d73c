"""A request names one model, and the provider is asked for that one."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from aiconnect.adapters.wires import COUNTERS_IN, EMBEDDINGS_IN
from aiconnect.calls.opaque import form_model, with_form_model
from aiconnect.calls.request import read
from aiconnect.errors import CallError

KIND = "multipart/form-data; boundary=cut"


def form(*parts: bytes) -> bytes:
    return b"".join(b"--cut\r\n" + part + b"\r\n" for part in parts) + b"--cut--\r\n"


def field(name: bytes, value: bytes) -> bytes:
    return b"Content-Disposition: form-data; name=" + name + b"\r\n\r\n" + value


@pytest.mark.parametrize("second", ["Model", "MODEL", "modeL"])
def test_a_second_model_by_another_spelling_is_refused(second: str) -> None:
    raw = f'{{"model": "allowed", "{second}": "other"}}'.encode()
    with pytest.raises(CallError, match="once"):
        read("ollama.chat", raw, {})


@pytest.mark.parametrize("second", ["Stream", "STREAM", "\u017ftream"])
def test_a_second_stream_by_another_spelling_is_refused(second: str) -> None:
    raw = f'{{"model": "m", "stream": false, "{second}": true}}'.encode()
    with pytest.raises(CallError, match="`stream` must"):
        read("ollama.chat", raw, {})


@pytest.mark.parametrize("raw", [b'{"model": "\xed\xa0\x80"}', b'{"model": "m", "\xff": 1}'])
def test_bytes_that_are_no_text_are_no_json(raw: bytes) -> None:
    with pytest.raises(CallError, match="JSON"):
        read("openai.chat", raw, {})


@pytest.mark.parametrize("wire", [*EMBEDDINGS_IN, *COUNTERS_IN])
def test_vectors_and_counts_are_never_streamed(wire: str) -> None:
    assert not read(wire, b'{"model": "m", "stream": true}', {}).is_stream


@pytest.mark.parametrize("name", [b'"model"', b"model", b'"Model"', b'"model"; x=y'])
def test_a_form_that_names_two_models_is_refused(name: bytes) -> None:
    raw = form(field(b'"model"', b"allowed"), field(name, b"other"))
    with pytest.raises(CallError, match="once"):
        form_model(raw, KIND)


@pytest.mark.parametrize(
    "second",
    [
        b'--cut\nContent-Disposition: form-data; name="model"\n\nother\n',
        b'--cut\r\nContent-Disposition: form-data;\r\n name="model"\r\n\r\nother',
        b'--cut\r\nContent-Disposition: form-data; name = "model"\r\n\r\nother',
    ],
)
def test_a_second_model_that_only_some_servers_see_is_refused(second: bytes) -> None:
    raw = form(field(b'"model"', b"allowed"), field(b'"prompt"', b"x\r\n" + second))
    with pytest.raises(CallError, match="once"):
        form_model(raw, KIND)


def test_a_file_may_be_called_model() -> None:
    file = b'Content-Disposition: form-data; name="file"; filename="model"\r\n\r\nRIFF'
    raw = form(file, field(b'"model"', b"whisper-1"))
    assert form_model(raw, KIND) == "whisper-1"
    assert with_form_model(raw, KIND, "other") == raw.replace(b"whisper-1", b"other")


@pytest.mark.parametrize("filling", [b'name="model ', b"name = ", b'name="model"', b" "])
def test_a_large_form_takes_no_time(filling: bytes) -> None:
    raw = form(field(b'"model"', b"m"), field(b'"file"', filling * (10_000_000 // len(filling))))
    began = time.process_time()
    with suppress(CallError):
        form_model(raw, KIND)
    assert time.process_time() - began < 20


@pytest.mark.parametrize("last", [b"\r\n\r\n", b"\r\n\r\nx\r\n--x--", b""])
def test_a_form_of_a_million_parts_takes_no_time(last: bytes) -> None:
    began = time.process_time()
    with pytest.raises(CallError, match="names no model"):
        form_model(b"\r\n--x" * 1_000_000 + last, "multipart/form-data; boundary=x")
    assert time.process_time() - began < 20


def test_a_name_too_long_for_any_model_is_of_none() -> None:
    """It would be kept a thousand times over, where a connection takes any name."""
    for raw in (b'{"model": "c/' + b"m" * 499 + b'"}', b'{"model": "' + b"m" * 10**6 + b'"}'):
        with pytest.raises(CallError) as refused:
            read("openai.chat", raw, {})
        assert (refused.value.code, len(str(refused.value)) < 400) == ("model_not_found", True)
    assert len(read("openai.chat", b'{"model": "' + b"m" * 500 + b'"}', {}).model) == 500
