"""What the fake OpenAI says at `/embeddings`: a vector for each text, another for another text."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.fakes.exchange import Answer, Request, as_json
from tests.fakes.samples import sample_json

if TYPE_CHECKING:
    from tests.fakes.server import Fake

USUAL_SIZE = 3
LACKING = {"xai", "deepseek", "cerebras"}
"""Hosts that speak OpenAI's chats and have no embeddings (their API references, 2026-11)."""


def mounted(path: str, fake: Fake) -> dict[str, Callable[[Request], Answer]]:
    """The path, where the host has it."""
    if fake.slug in LACKING:
        return {}
    return {f"POST {path}": lambda request: embed(request, fake.talk.prompt)}


def embed(request: Request, prompt: int) -> Answer:
    """The answer to one request, in base64 where asked: the official client does so by itself."""
    body = request.json
    given = body["input"]
    texts = [given] if isinstance(given, str) else given
    write = _as_base64 if body.get("encoding_format") == "base64" else list[float]
    size = body.get("dimensions") or USUAL_SIZE
    entries = [
        {"object": "embedding", "index": at, "embedding": write(vector(text, size))}
        for at, text in enumerate(texts)
    ]
    told: dict[str, Any] = sample_json("openai/embeddings.response.json")
    usage = {"prompt_tokens": prompt, "total_tokens": prompt}
    return as_json(told | {"data": entries, "model": body["model"], "usage": usage})


def vector(text: str, size: int = USUAL_SIZE) -> list[float]:
    """Halves and whole numbers: base64 keeps them as they are."""
    return [sum(text.encode()) / 2 + at for at in range(size)]


def _as_base64(numbers: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
