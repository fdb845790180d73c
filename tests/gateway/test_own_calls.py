"""Try-outs at the real server: as fast as calls of programs, and ended as they are."""

from __future__ import annotations

import http.client
import re
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from aiconnect.models import UsageRecord
from tests.fakes.dialects import OpenAI
from tests.gateway.conftest import Gate
from tests.gateway.scripted import CHUNKED, DONE, LAST, Provider, chunk, said
from tests.running import OWNER, PASSWORD, SOON, until

FORM = "application/x-www-form-urlencoded"
HIDDEN = re.compile(r'name="(csrf_token|key)" value="([^"]*)"')
KEPT = re.compile(r'href="(/try/[0-9a-f-]{36})"')
WITHIN = 0.020


@dataclass
class Reader:
    """The owner's browser, as far as these tests need one."""

    gate: Gate
    cookie: str = ""

    @contextmanager
    def asking(self, method: str, path: str, **fields: str) -> Iterator[http.client.HTTPResponse]:
        """An answer as it comes; left at the end, whether it is all there or not."""
        client = http.client.HTTPConnection("127.0.0.1", self.gate.server.port, timeout=15)
        headers = {"Cookie": self.cookie}
        if fields:
            headers["Content-Type"] = FORM
        client.request(method, path, urlencode(fields) or None, headers)
        reply = client.getresponse()
        try:
            yield reply
        finally:
            reply.close()
            client.close()

    def get(self, path: str) -> bytes:
        with self.asking("GET", path) as reply:
            self._keep_cookie(reply)
            return reply.read()

    def hidden(self, path: str) -> dict[str, str]:
        """The hidden fields of the page's form."""
        return dict(HIDDEN.findall(self.get(path).decode()))

    def sign_in(self) -> None:
        fields = {"csrf_token": self.hidden("/login")["csrf_token"], "email": OWNER}
        with self.asking("POST", "/login", password=PASSWORD, **fields) as reply:
            assert reply.status == 303, reply.read()
            self._keep_cookie(reply)

    @contextmanager
    def trying(self, model: str, **more: str) -> Iterator[http.client.HTTPResponse]:
        """The page of a try-out, as it comes."""
        fields = {**self.hidden("/try"), "model": model, "prompt": "Rain?", **more}
        with self.asking("POST", "/try", **fields) as reply:
            yield reply

    def _keep_cookie(self, reply: http.client.HTTPResponse) -> None:
        for name, value in reply.getheaders():
            if name.lower() == "set-cookie" and value.startswith("aiconnect="):
                self.cookie = value.partition(";")[0]


@pytest.fixture(scope="session")
def signed_in(gate_of: Gate) -> Reader:
    reader = Reader(gate_of)
    reader.sign_in()
    return reader


@pytest.fixture
def reader(signed_in: Reader, gate: Gate) -> Reader:
    return signed_in


def read_until(reply: http.client.HTTPResponse, mark: bytes) -> bytes:
    seen = b""
    while mark not in seen:
        piece = reply.read1(65536)
        assert piece, f"the page ended without {mark!r}"
        seen += piece
    return seen


def tried(gate: Gate) -> list[UsageRecord]:
    """Records of try-outs, settled ones only."""
    return [one for one in gate.instance.records() if one.access_token == "try-out" and one.outcome]


def test_the_first_word_is_in_the_page_within_20_ms(reader: Reader, provider: Provider) -> None:
    waited = []
    for _ in range(7):
        with reader.trying("scripted/m") as reply:
            talk = provider.called()
            read_until(reply, b"<!-- shown -->")
            began = time.monotonic()
            talk.send(CHUNKED + chunk(said("Drizzle")))
            read_until(reply, b"Drizzle")
            waited.append(time.monotonic() - began)
            talk.send(chunk(DONE) + LAST)
            reply.read()
        provider.hang_up()
    assert statistics.median(waited) < WITHIN, [f"{one * 1000:.1f} ms" for one in waited]


def test_a_reader_who_leaves_ends_the_providers_call(
    reader: Reader, gate: Gate, openai: OpenAI
) -> None:
    before = len(tried(gate))
    openai.stream(("It ", "rained."), paused=True)
    with reader.trying("openai/gpt-x") as reply:
        openai.wait_for_requests(1)
        openai.step(2)
        page = read_until(reply, b"It ").decode()
    left = time.monotonic()
    assert openai.hung_up.wait(20)
    assert time.monotonic() - left < SOON
    assert until(lambda: len(tried(gate)) == before + 1)
    assert tried(gate)[-1].outcome == "caller_left"
    kept = KEPT.search(page)
    assert kept
    assert until(lambda: b"Stopped, as you left" in reader.get(kept[1]))


def test_a_reader_who_leaves_a_silent_provider_ends_its_call(
    reader: Reader, gate: Gate, openai: OpenAI
) -> None:
    before = len(tried(gate))
    openai.stall()
    with reader.trying("openai/gpt-x") as reply:
        openai.wait_for_requests(1)
        read_until(reply, b"<!-- shown -->")
    left = time.monotonic()
    assert openai.hung_up.wait(20)
    assert time.monotonic() - left < SOON
    assert until(lambda: len(tried(gate)) == before + 1)
    assert tried(gate)[-1].outcome == "caller_left"


def test_the_slower_of_two_does_not_hold_the_faster_back(
    reader: Reader, provider: Provider, openai: OpenAI
) -> None:
    openai.stream(("It ", "rained."))
    with reader.trying("scripted/m", second="openai/gpt-x") as reply:
        talk = provider.called()
        page = read_until(reply, b"rained.")
        talk.send(CHUNKED + chunk(said("Drizzle")))
        page += read_until(reply, b"Drizzle")
        talk.send(chunk(DONE) + LAST)
        page += reply.read()
    assert page.count(b"The record of this call") == 2


def test_a_large_picture_comes_through(reader: Reader, openai: OpenAI) -> None:
    openai.stream(("A cloud.",))
    fields = {**reader.hidden("/try"), "model": "openai/gpt-x", "prompt": "What is it?"}
    raw = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8000
    mark = "aBoundary"
    head = "".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    file = f'--{mark}\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
    body = (head + file).encode() + raw + f"\r\n--{mark}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={mark}", "Cookie": reader.cookie}
    answer = reader.gate.server.ask("POST", "/try", body, kind)
    assert answer.status == 200
    assert b"A cloud." in answer.body
    sent = openai.calls()[-1].json["messages"][-1]["content"][1]["image_url"]["url"]
    assert len(sent) > len(raw)


@pytest.mark.parametrize("name", ["aiconnect.caller", "aiconnect-caller", "Aiconnect_Caller"])
def test_no_program_can_say_that_it_is_a_page_of_ours(gate: Gate, name: str) -> None:
    headers = {name: "Caller(0, 'x', 1, 'owner@example.org')", "Content-Type": "application/json"}
    answer = gate.server.ask("POST", "/v1/chat/completions", b'{"model": "openai/x"}', headers)
    assert answer.status in {400, 401}
