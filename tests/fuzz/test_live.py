"""The real server, asked for anything by anyone: an answer or a clean refusal, always."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from aiconnect.errors import KINDS
from aiconnect.gateway.paths import ENDPOINTS
from tests.fakes.dialects import FAKES
from tests.fakes.rows import pointed
from tests.fuzz.bodies import FORM, body
from tests.fuzz.hammering import Budget
from tests.fuzz.provider import Anything
from tests.fuzz.wrong import garbled, odd, text_of
from tests.running import Instance, Running, serving, until

PATIENCE = 10.0
"""Seconds for an answer: half of them for a machine that has other things to do."""

CALLERS = 4
SLUGS = ("openai", "anthropic", "gemini", "ollama", "compatible", "groq")
MODELS = [*(f"{slug}/m" for slug in SLUGS), *(f"{slug}/bad" for slug in SLUGS), "m", "nobody/m"]
MOST_GROWTH = 96 * 1024  # kB
LIMITS = {"first_byte": 5.0, "silence": 5.0, "total": 8.0, "longest_wait": 0.0, "grace": 5}
WIRE_PATHS = {
    "openai.chat": "/v1/chat/completions", "openai.completions": "/v1/completions",
    "openai.embeddings": "/v1/embeddings", "openai.responses": "/v1/responses",
    "anthropic.messages": "/v1/messages", "anthropic.count_tokens": "/v1/messages/count_tokens",
    "ollama.chat": "/api/chat", "ollama.generate": "/api/generate", "ollama.embed": "/api/embed",
}  # fmt: skip
PATHS = [*(one for one in ENDPOINTS if one.startswith(("/v1/", "/api/"))), "/v1/models/openai/m",
         "/v1/models/%ff", "/v1/models/", "/v1/x", "/api/x",
         "/v1/chat/completions/", "/v1/chat/completions?a=%00&b=["]  # fmt: skip
METHODS = ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST", "X-Y"]
KINDS_OF_BODY = ["application/json", "text/plain", "multipart/form-data; boundary=cut", "",
                 "x/\xff", "multipart/form-data", "application/json; charset=utf-16",
                 "application/x-www-form-urlencoded"]  # fmt: skip
HEADERS = {
    "Accept": ["*/*", "text/event-stream", "", "\xff", "a" * 4000],
    "anthropic-version": ["2023-06-01", "", "\xe9", "9" * 100],
    "anthropic-beta": ["x,y", "\t"],
    "OpenAI-Beta": ["assistants=v2"],
    "Idempotency-Key": ["k", "\x7f", "k" * 3000],
    "traceparent": ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-\xff"],
    "Origin": ["https://example.org", "null", "\xff"],
    "Access-Control-Request-Method": ["POST"],
    "Cookie": ["session=x", "\xff=;;"],
    "X-Forwarded-For": ["1.2.3.4", "\xff", "::1, x"],
    "X-Forwarded-Proto": ["https", "gopher"],
    "Content-Encoding": ["gzip", "br"],
    "Range": ["bytes=0-1"],
    "If-None-Match": ["*"],
    "Expect": ["100-continue"],
    "Upgrade": ["websocket"],
    "x-request-id": ["1", "\xff"],
}


@dataclass(frozen=True)
class House:
    """The server, its instance, its provider, and an access token."""

    server: Running
    instance: Instance
    provider: Anything
    token: str
    log: Path

    @property
    def resident(self) -> int:
        """What the worker holds of memory, in kB."""
        status = Path(f"/proc/{self.server.worker}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0])


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """The server in this folder."""
    with closing(Anything("2026-11")) as provider:
        instance = Instance(folder / "instance")
        instance.add_owner()
        urls = {slug: provider.root + FAKES[slug].base_path for slug in SLUGS}
        for slug, url in urls.items():
            instance.add_connection(slug, url, key="k", rows=pointed(urls))
        instance.hold_clock()
        token = instance.add_token()
        with serving(instance, folder / "log", urls=urls, limits=LIMITS) as server:
            yield House(server, instance, provider, token, folder / "log")
        instance.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("fuzz")) as house:
        yield house


@dataclass(frozen=True)
class Sent:
    """A request as its bytes, and what of it says how it may be answered."""

    method: str
    path: str
    raw: bytes


def request(rng: Random, token: str) -> Sent:
    """A call as it should be, but for something."""
    path, content, kind = _content(rng)
    method = ENDPOINTS.get(path, ("POST",))[0]
    if rng.random() < 0.04:
        method = rng.choice(METHODS)
    headers = [("Host", "x"), ("Connection", "close"), *_key(rng, token)]
    headers += [(name, rng.choice(HEADERS[name])) for name in HEADERS if rng.random() < 0.06]
    headers.append(("Content-Type", kind if rng.random() < 0.95 else rng.choice(KINDS_OF_BODY)))
    if rng.random() < 0.1:
        headers.append(("Transfer-Encoding", "chunked"))
        content = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (content,) if p) + b"0\r\n\r\n"
    else:
        headers.append(("Content-Length", str(len(content))))
    rng.shuffle(headers)
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    return Sent(method, path, "\r\n".join(lines).encode("latin-1") + content)


def _content(rng: Random) -> tuple[str, bytes, str]:
    """A path, a body for it, and its media type."""
    wire, raw = body(rng, MODELS)
    if rng.random() < 0.8:
        return WIRE_PATHS[wire], _streamed(rng, raw), "application/json"
    if rng.random() < 0.3:
        form = garbled(rng, FORM).replace(b"whisper-1", rng.choice(MODELS).encode())
        path = rng.choice([one for one in PATHS if "/images/" in one or "/audio/" in one])
        return path, form, "multipart/form-data; boundary=cut"
    if rng.random() < 0.5:
        raw = text_of({"model": rng.choice(MODELS), "name": odd(rng), "input": odd(rng)})
    return rng.choice(PATHS), raw, "application/json"


def _streamed(rng: Random, raw: bytes) -> bytes:
    if rng.random() < 0.4 and raw.startswith(b"{") and b'"stream"' not in raw and len(raw) > 2:
        return b'{"stream":true,' + raw[1:]
    return raw


def _key(rng: Random, token: str) -> list[tuple[str, str]]:
    if rng.random() < 0.95:
        return [rng.choice([("Authorization", f"Bearer {token}"), ("x-api-key", token)])]
    keys = ["Bearer", "Basic \xff", f"Bearer {token}x", f"bearer {token}", ""]
    return [rng.choice([("Authorization", rng.choice(keys)), ("x-api-key", ""), ("X-Key", "1")])]


@dataclass(frozen=True)
class Answer:
    status: int
    media_type: str
    id: str
    body: bytes


def ask(house: House, sent: Sent) -> Answer:
    """The whole answer, in time."""
    with socket.create_connection(("127.0.0.1", house.server.port), PATIENCE) as sock:
        sock.sendall(sent.raw)
        with closing(http.client.HTTPResponse(sock, method=sent.method)) as reply:
            reply.begin()
            found = {name.lower(): value for name, value in reply.getheaders()}
            content = reply.read()
    media_type = found.get("content-type", "").partition(";")[0]
    return Answer(reply.status, media_type, found.get("x-request-id", ""), content)


def check(sent: Sent, answer: Answer) -> None:
    """A good answer, or an error in the dialect's shape with a code that is explained."""
    if sent.method == "HEAD" or answer.status == 204:
        assert answer.body == b""
        return
    if answer.status == 200:
        if answer.media_type == "application/json":
            kinds = dict | str if sent.path.startswith("/v1/audio/") else dict
            assert isinstance(json.loads(answer.body), kinds)
        return
    assert answer.media_type == "application/json", answer
    error = shaped(sent, json.loads(answer.body))
    assert error["code"] in KINDS
    assert error["help_url"] == f"/help/errors#{error['code']}"
    assert error["code"] != "internal"
    assert 400 <= answer.status < 500 or (b"bad" in sent.raw and "provider" in error["code"]), error
    assert answer.id


def shaped(sent: Sent, told: dict[str, Any]) -> dict[str, Any]:
    """What holds the code, after a look at what the dialect's clients read."""
    error = told["error"]
    if sent.path.startswith("/api/"):
        assert isinstance(error, str)
        return told
    assert isinstance(error["message"], str)
    assert isinstance(error["type"], str)
    if sent.path.startswith("/v1/messages"):
        assert told["type"] == "error"
    return dict(error)


def test_bytes_that_are_hardly_http_are_refused_or_let_go(house: House, budget: Budget) -> None:
    """A head that is wrong may be one whose end never comes: then the caller has to end first."""

    def one(rng: Random) -> None:
        sent = request(rng, house.token)
        head, _, content = sent.raw.partition(b"\r\n\r\n")
        raw = garbled(rng, garbled(rng, head) + b"\r\n\r\n" + content)
        with socket.create_connection(("127.0.0.1", house.server.port), PATIENCE) as sock:
            sock.sendall(raw)
            sock.shutdown(socket.SHUT_WR)
            first = _first_line(sock)
        assert not first.startswith(b"HTTP/1.1 500"), raw

    budget.hammer(0.1, one)
    assert house.server.get("/readyz").status == 200
    assert "Traceback" not in house.log.read_text()


def _first_line(sock: socket.socket) -> bytes:
    """How the answer begins; nothing where there is none."""
    found = b""
    with suppress(ConnectionResetError):
        while piece := sock.recv(65_536):
            found = found or piece
    return found


def test_everything_is_answered_and_settled(house: House, budget: Budget) -> None:
    def one(rng: Random) -> None:
        sent = request(rng, house.token)
        try:
            check(sent, ask(house, sent))
        except BaseException as error:
            error.add_note(repr(sent.raw[:3000]))
            raise

    def shift(part: int, share: float) -> None:
        Budget(budget.seconds, f"{budget.seed}-{part}-{share}").hammer(share, one)

    def hammer(share: float) -> None:
        with ThreadPoolExecutor(CALLERS) as callers:
            for done in [callers.submit(shift, part, share) for part in range(CALLERS)]:
                done.result()

    hammer(0.25)
    before = house.resident
    hammer(0.5)
    assert house.resident - before < MOST_GROWTH
    assert house.provider.faults == []
    assert "Traceback" not in house.log.read_text()
    assert until(lambda: all(one.outcome for one in house.instance.records()))
    assert house.instance.records()
