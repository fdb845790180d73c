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


@dataclass(frozen=True, slots=True)
class Case:
    """One way to call: over which connection, and how the mock is to answer (mock/mock.c)."""

    name: str
    title: str
    connection: str = "mock"
    wants_usage: bool = False
    chunks: int = 250
    gap_ms: int = 20
    more: str = ""
    wait: float = 0.0
    """Seconds before the first chunk, by which a run is longer."""

    @property
    def options(self) -> str:
        return f"-n{self.chunks}-d{self.gap_ms}{self.more}"


PLAIN = Case("plain", "whole answer", gap_ms=0)
PLAIN_TLS = Case("tls", "whole answer, TLS to the provider", "mock-tls", gap_ms=0)
WHOLE = (PLAIN, PLAIN_TLS)

FEW, MANY = 100, 1000
STREAM = Case("main", "usage not asked for")
ASKED = Case("usage", "usage asked for", wants_usage=True)
LATE = Case("late", "first chunk after 2 s", more="-h1000-f1000", wait=2.0)
TLS = Case("tls", "TLS to the provider", "mock-tls")
# A thousand streams of 20 ms over TLS would measure nginx: it takes more than a core for them.
SLOW_TLS = Case("tls-100ms", "TLS, a chunk every 100 ms", "mock-tls", chunks=100, gap_ms=100)
STREAMS = {FEW: (STREAM, ASKED, TLS, LATE), MANY: (STREAM, ASKED, SLOW_TLS, LATE)}


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
