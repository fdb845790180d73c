"""A provider of every dialect that takes whatever is valid JSON, and is as odd as it is told.

Asked for a model with `bad` in its name, it answers with something wrong.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

from tests.fakes.samples import sample
from tests.fuzz.callers import strict
from tests.fuzz.wrong import garbled, spoilt, text_of

COMPLETION = {"id": "c", "object": "text_completion", "created": 1, "model": "m", "usage": {
    "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2,
}, "choices": [{"index": 0, "text": "Hi", "logprobs": None, "finish_reason": "stop"}]}  # fmt: skip
SAID = {"verdict": "harmless"}

# How a path ends → a whole answer, a stream.
ANSWERS: dict[str, tuple[str, str]] = {
    "/chat/completions": ("openai/chat.response.json", "openai/chat.stream.sse"),
    "/responses": ("openai/responses.response.json", "openai/responses.stream.sse"),
    "/messages": ("anthropic/messages.response.json", "anthropic/messages.stream.sse"),
    "/count_tokens": ("anthropic/count_tokens.response.json", ""),
    ":countTokens": ("gemini/countTokens.response.json", ""),
    ":generateContent": ("gemini/generateContent.response.json", ""),
    ":streamGenerateContent": ("", "gemini/generateContent.stream.sse"),
    "/api/chat": ("ollama/chat.response.json", "ollama/chat.stream.ndjson"),
    "/api/generate": ("ollama/generate.response.json", "ollama/generate.stream.ndjson"),
}


class Anything:
    """The server. `faults` are requests that were no request."""

    def __init__(self, seed: str) -> None:
        self.rng = Random(seed)  # noqa: S311
        self.faults: list[str] = []
        exchange = type("Exchange", (_Exchange,), {"provider": self})
        self._server = _Server(("127.0.0.1", 0), exchange)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, raw: bytes, kind: str) -> tuple[str, bytes]:
        """A media type and a body."""
        body: dict[str, Any] = {}
        if not kind.startswith("multipart/"):
            body = strict(raw.decode())
        is_stream = body.get("stream") is True or ":stream" in path
        if path.endswith(("/api/chat", "/api/generate")):
            is_stream = body.get("stream") is not False
        media_type, said = self._said(path, body, is_stream=is_stream)
        return media_type, self._spoilt(said) if "bad" in f"{path}{body.get('model')}" else said

    def _said(self, path: str, body: dict[str, Any], *, is_stream: bool) -> tuple[str, bytes]:
        if path.endswith("/speech"):
            return "audio/mpeg", b"ID3\x04"
        whole, stream = next((ANSWERS[end] for end in ANSWERS if path.endswith(end)), ("", ""))
        if is_stream and stream:
            ndjson = stream.endswith("ndjson")
            return ("application/x-ndjson" if ndjson else "text/event-stream"), sample(
                stream
            ).encode()
        if whole:
            return "application/json", sample(whole).encode()
        return "application/json", json.dumps(_made(path, body)).encode()

    def _spoilt(self, said: bytes) -> bytes:
        if self.rng.random() < 0.5:
            return garbled(self.rng, said)
        try:
            return text_of(spoilt(self.rng, json.loads(said)))
        except ValueError:
            return said[: self.rng.randrange(len(said))]


def _made(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answers whose size depends on the request."""
    if path.endswith(("/embeddings", "/embed", ":batchEmbedContents")):
        return _vectors(path, body)
    return COMPLETION if path.endswith("/completions") else SAID


def _vectors(path: str, body: dict[str, Any]) -> dict[str, Any]:
    texts = body.get("requests", body.get("input"))
    count = len(texts) if isinstance(texts, list) else 1
    if path.endswith("/embed"):
        return {"model": "m", "embeddings": [[0.5, 1.0]] * count}
    if path.endswith("/embeddings"):
        data = [{"index": at, "embedding": [0.5, 1.0]} for at in range(count)]
        return {"object": "list", "model": "m", "data": data}
    return {"embeddings": [{"values": [0.5, 1.0]}] * count}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers may go whenever they like."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    provider: Anything

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.partition("?")[0]
        try:
            found = self.provider.answer(path, raw, self.headers.get("content-type", ""))
        except (ValueError, AssertionError, RecursionError) as error:
            self.provider.faults.append(f"{path}: {error!r}: {raw[:500]!r}")
            found = "text/plain", b"no"
        self._answer(*found)

    def do_GET(self) -> None:
        self._answer("application/json", b'{"data": [], "models": []}')

    def _answer(self, media_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base's name)
        """Say nothing."""
