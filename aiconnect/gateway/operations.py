"""What programs may call: every path, and what goes in and out there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aiconnect.errors import KINDS

Dialect = Literal["OpenAI", "Anthropic", "Ollama", "Server"]

JSON = "application/json"
FORM = "multipart/form-data"
TEXT = "text/plain"
SSE = "text/event-stream"
NDJSON = "application/x-ndjson"
CALL_STATUSES = tuple(sorted({kind.status for kind in KINDS.values()}))


@dataclass(frozen=True, slots=True)
class Operation:
    """One path and method.

    `takes` is the content type of the request and `asks` its schema; `gives` are content types
    of the answer; `refuses` the statuses of errors; `is_call`: a provider answers; `is_open`: no
    access token is needed; `named` are further parameters.
    """

    method: str
    path: str
    dialect: Dialect
    summary: str
    asks: str = ""
    takes: str = JSON
    gives: tuple[str, ...] = (JSON,)
    refuses: tuple[int, ...] = CALL_STATUSES
    is_call: bool = True
    is_open: bool = False
    named: tuple[str, ...] = ()


def _call(path: str, dialect: Dialect, summary: str, asks: str, **more: Any) -> Operation:
    named = ("IdempotencyKey", "Traceparent", *more.pop("named", ()))
    return Operation("POST", path, dialect, summary, asks, named=named, **more)


def _look(path: str, dialect: Dialect, summary: str, *refuses: int, **more: Any) -> Operation:
    return Operation("GET", path, dialect, summary, refuses=refuses, is_call=False, **more)


BETA = ("OpenAIBeta",)
CLAUDE = ("AnthropicVersion", "AnthropicBeta")

OPERATIONS = (
    _look("/v1/models", "OpenAI", "The models that this access token may use", 401, 500,
          named=("AnthropicVersion",)),
    _look("/v1/models/{id}", "OpenAI", "One of these models", 401, 403, 404, 500,
          named=("ModelId", "AnthropicVersion")),
    _call("/v1/chat/completions", "OpenAI", "A chat", "ChatRequest",
          gives=(JSON, SSE), named=BETA),
    _call("/v1/completions", "OpenAI", "A text that goes on", "CompletionRequest",
          gives=(JSON, SSE), named=BETA),
    _call("/v1/embeddings", "OpenAI", "Embeddings of texts", "EmbeddingRequest", named=BETA),
    _call("/v1/responses", "OpenAI", "A chat, in items", "ResponseRequest",
          gives=(JSON, SSE), named=BETA),
    _call("/v1/moderations", "OpenAI", "Whether a text is harmful", "Named", named=BETA),
    _call("/v1/images/generations", "OpenAI", "A picture from words", "Named",
          gives=(JSON, SSE), named=BETA),
    _call("/v1/images/edits", "OpenAI", "A picture from a picture and words", "Form",
          takes=FORM, gives=(JSON, SSE), named=BETA),
    _call("/v1/images/variations", "OpenAI", "A picture like another", "Form",
          takes=FORM, named=BETA),
    _call("/v1/audio/speech", "OpenAI", "Speech from a text", "Named",
          gives=("audio/*", SSE), named=BETA),
    _call("/v1/audio/transcriptions", "OpenAI", "The text of a recording", "Form",
          takes=FORM, gives=(JSON, TEXT, SSE), named=BETA),
    _call("/v1/audio/translations", "OpenAI", "The text of a recording in English", "Form",
          takes=FORM, gives=(JSON, TEXT), named=BETA),
    _call("/v1/messages", "Anthropic", "A chat", "MessagesRequest",
          gives=(JSON, SSE), named=CLAUDE),
    _call("/v1/messages/count_tokens", "Anthropic", "How many tokens a chat would be",
          "CountRequest", named=CLAUDE),
    _call("/api/chat", "Ollama", "A chat", "OllamaChatRequest", gives=(NDJSON, JSON)),
    _call("/api/generate", "Ollama", "An answer to a prompt", "OllamaGenerateRequest",
          gives=(NDJSON, JSON)),
    _call("/api/embed", "Ollama", "Embeddings of texts", "EmbeddingRequest"),
    _look("/api/tags", "Ollama", "The models that this access token may use", 401, 500),
    Operation("POST", "/api/show", "Ollama", "What is known of a model", "Named",
              refuses=(400, 401, 403, 404, 413, 500), is_call=False),
    _look("/api/version", "Ollama", "Which version of Ollama this server speaks like",
          is_open=True),
    _look("/openapi.json", "Server", "This description", is_open=True),
    _look("/healthz", "Server", "Whether the server runs", gives=(TEXT,), is_open=True),
    _look("/readyz", "Server", "Whether it can take calls; 503 says what is missing", 503,
          gives=(TEXT,), is_open=True),
    _look("/metrics", "Server", "Figures for Prometheus", 401, 403, gives=(TEXT,)),
)  # fmt: skip

PATHS: Mapping[str, str] = {one.path: one.method for one in OPERATIONS}
"""Path → method; `{id}` stands for the rest of a path."""
