"""A provider behind TLS: large records, pauses, and ends with and without a good-bye."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.certificates import make_certificate, server_context
from tests.gateway.scripted import (
    CHUNKED,
    DONE,
    LAST,
    STREAM,
    Talk,
    Wire,
    chunk,
    request_id,
    said,
    wire_to,
)  # fmt: skip
from tests.running import Instance, Running, serving

LARGE = "x" * 12_000_000


class Behind:
    """A server behind a provider's TLS, and an access token for it."""

    def __init__(self, server: Running, token: str, listener: socket.socket, certificate: Path):
        self._server, self._token = server, token
        self._listener, self._context = listener, server_context(certificate)

    def call(self) -> Wire:
        return wire_to(self._server, self._token, model="tls/m", stream=True)

    def accept(self) -> Talk:
        plain, _ = self._listener.accept()
        plain.settimeout(10)
        talk = Talk(self._context.wrap_socket(plain, server_side=True))
        talk.request()
        return talk


@pytest.fixture
def behind(
    tmp_path: Path, instance: Instance, log: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Behind]:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    token = instance.add_token()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/v1"
        instance.add_connection("compatible", url, name="tls", key="sk-behind-tls")
        with serving(instance, log) as server:
            yield Behind(server, token, listener, certificate)


def test_a_slow_reader_gets_every_byte_over_tls(behind: Behind) -> None:
    """What TLS holds already is not forgotten over a pause: epoll never tells of it."""
    with behind.call() as caller, behind.accept() as talk:
        talk.send(CHUNKED + chunk(said("begin")))
        caller.until(b"begin")
        talk.send(chunk(said(LARGE)) + chunk(said("end") + DONE) + LAST)
        answer = caller.rest()
    assert answer.count(b"x") >= len(LARGE)
    assert b"end" in answer[-500:]
    assert b"[DONE]" in answer[-100:]


def test_a_connection_is_kept_and_a_closed_one_is_not_used(behind: Behind) -> None:
    with behind.call() as caller, behind.accept() as talk:
        talk.send(CHUNKED + chunk(said("one") + DONE) + LAST)
        assert b"[DONE]" in caller.rest()
        with behind.call() as second:
            talk.request()
            talk.send(CHUNKED + chunk(said("two") + DONE) + LAST)
            assert b"two" in second.rest()
    with behind.call() as third, behind.accept() as talk:
        talk.send(CHUNKED + chunk(said("three") + DONE) + LAST)
        assert b"three" in third.rest()


@pytest.mark.parametrize("said_all", [True, False])
def test_an_end_without_a_good_bye_is_an_end(behind: Behind, said_all: bool) -> None:
    with behind.call() as caller:
        with behind.accept() as talk:
            talk.send(STREAM + b"\r\n" + said("one") + (DONE if said_all else b""))
        answer = caller.rest()
    assert request_id(answer)
    assert (b"[DONE]" in answer) == said_all
    assert (b"provider_broke" in answer) != said_all
