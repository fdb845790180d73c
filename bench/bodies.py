"""What is asked: one request of usual size, whole or streamed, and how the mock is to answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

SYSTEM = (
    "You are a helpful assistant. Answer in short sentences and cite the part of the document "
    "that you used."
)
QUESTION = (
    "Summarise the following paragraph in one sentence: The gateway takes a request from a client, "
    "checks the key that came with it, picks one of the providers that can serve the model that "
    "was asked for, forwards the request with the key of the provider, and relays the answer; when "
    "it is done, it writes down how many tokens were used and what they cost."
)
CHUNKS = 250
GAP_MS = 20


@dataclass(frozen=True, slots=True)
class Case:
    """One way to call. `options` are the mock's (mock/mock.c), `connection` is the one called."""

    name: str
    title: str
    options: str = ""
    connection: str = "mock"
    wants_usage: bool = False


PLAIN = Case("plain", "whole answer")
PLAIN_TLS = Case("tls", "whole answer, TLS to the provider", connection="mock-tls")
WHOLE = (PLAIN, PLAIN_TLS)

STREAM = Case("main", "usage not asked for", f"-n{CHUNKS}-d{GAP_MS}")
STREAMS = (
    STREAM,
    Case("usage", "usage asked for", STREAM.options, wants_usage=True),
    Case("tls", "TLS to the provider", STREAM.options, connection="mock-tls"),
    Case("late", "first chunk after 2 s", f"{STREAM.options}-h1000-f1000"),
)


def body(model: str, *, is_stream: bool = False, wants_usage: bool = False) -> bytes:
    """The request's body as the caller sends it."""
    asked: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": QUESTION},
        ],
        "temperature": 0.7,
        "max_tokens": 256,
        "user": "bench",
    }
    if is_stream:
        asked["stream"] = True
    if wants_usage:
        asked["stream_options"] = {"include_usage": True}
    return json.dumps(asked, separators=(",", ":")).encode()
