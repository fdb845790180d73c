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
ASKED: dict[str, Any] = {"role": "user", "content": QUESTION}
TOLD: dict[str, Any] = {"role": "system", "content": SYSTEM}


@dataclass(frozen=True, slots=True)
class Wire:
    """A dialect that callers speak: where it is asked, in which words, what ends its streams."""

    path: str
    end: str
    words: dict[str, Any]


OPENAI = Wire(
    "/v1/chat/completions",
    "[DONE]",
    {"messages": [TOLD, ASKED], "temperature": 0.7, "max_tokens": 256, "user": "bench"},
)
ANTHROPIC = Wire(
    "/v1/messages",
    "message_stop",
    {"system": SYSTEM, "messages": [ASKED], "temperature": 0.7, "max_tokens": 256},
)
OLLAMA = Wire(
    "/api/chat",
    '"done":true',
    {"messages": [TOLD, ASKED], "options": {"temperature": 0.7, "num_predict": 256}},
)


@dataclass(frozen=True, slots=True)
class Case:
    """One way to call: in which dialect, over which connection, and how the mock is to answer."""

    name: str
    title: str
    connection: str = "mock"
    wants_usage: bool = False
    chunks: int = 250
    gap_ms: int = 20
    more: str = ""
    wait: float = 0.0
    """Seconds before the first chunk, by which a run is longer."""
    wire: Wire = OPENAI

    @property
    def options(self) -> str:
        """What the mock reads from the model's name (mock/mock.c)."""
        return f"-n{self.chunks}-d{self.gap_ms}{self.more}"

    @property
    def model(self) -> str:
        return f"mock{self.options}"

    @property
    def route(self) -> str:
        """The name of ours that leads there, with a second step that is never needed."""
        return f"route-{self.connection}{self.options}"

    def body(self, model: str, *, is_stream: bool = False) -> bytes:
        """The request's body as the caller sends it."""
        asked: dict[str, Any] = {"model": model, **self.wire.words, "stream": is_stream}
        if is_stream and self.wants_usage:
            asked["stream_options"] = {"include_usage": True}
        return json.dumps(asked, separators=(",", ":")).encode()


PLAIN = Case("plain", "whole answer", gap_ms=0)
PLAIN_TLS = Case("tls", "TLS to the provider", "mock-tls", gap_ms=0)
PLAIN_MESSAGES = Case("messages", "Anthropic's words, translated", gap_ms=0, wire=ANTHROPIC)
WHOLE = (PLAIN, PLAIN_TLS, PLAIN_MESSAGES)

FEW, HALF, MANY, TWICE = 100, 500, 1000, 2000
STREAM = Case("main", "usage not asked for")
USAGE = Case("usage", "usage asked for", wants_usage=True)
LATE = Case("late", "first chunk after 2 s", more="-h1000-f1000", wait=2.0)
TLS = Case("tls", "TLS to the provider", "mock-tls")
MESSAGES = Case("messages", "Anthropic's words, translated", wire=ANTHROPIC)
TO_OLLAMA = Case("ollama", "Ollama's words, translated", wire=OLLAMA)
SLOW = Case("slow", "a chunk every 100 ms", gap_ms=100)
STREAMS = {
    FEW: (STREAM, USAGE, TLS, MESSAGES),
    HALF: (STREAM, TLS, LATE),
    MANY: (STREAM, USAGE, MESSAGES, TO_OLLAMA),
}
EVERY_CASE = (*WHOLE, STREAM, USAGE, LATE, SLOW, TLS, MESSAGES, TO_OLLAMA)
