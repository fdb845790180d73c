"""Google Gemini: everything by its own API (https://ai.google.dev/api, read 2026-11).

Its OpenAI-compatible path is not used: it is reported to refuse keys that start with AQ., and it
loses the signatures that calls of tools need when they go back. A call carries one credential, in
x-goog-api-key: Gemini refuses two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from typing_extensions import override

from aiconnect.adapters import cards
from aiconnect.adapters.base import SMALLEST, Conversation, trimmed
from aiconnect.adapters.cloud import CloudAPI
from aiconnect.adapters.dialects.base import Outbound
from aiconnect.adapters.dialects.gemini import GeminiChat
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import name, text, tokens, words
from aiconnect.wire.types import HttpCall

FIRST_PAGE = "/models?pageSize=1000"

METHODS: Mapping[str, str] = {
    "gemini.chat": "generateContent",
    "gemini.embeddings": "batchEmbedContents",
    "gemini.count_tokens": "countTokens",
}
STREAM = "streamGenerateContent?alt=sse"  # without alt, one JSON array in pieces

# Its list does not say what comes out of a model: the id and the methods do.
TYPES_BY_ID = (
    ("image", re.compile(r"-image|^imagen")),
    ("audio", re.compile(r"-tts|-live|native-audio|-transcribe|^lyria")),
    ("other", re.compile(r"^veo|robotics|computer-use")),
)
TYPES_BY_METHOD = (
    ("generateContent", "chat"), ("embedContent", "embedding"), ("bidiGenerateContent", "audio"),
    ("predict", "image"),
)  # fmt: skip


class Gemini(CloudAPI):
    """Its models are named `models/…` in the list; here they are so in addresses alone."""

    chat_wire: ClassVar[str] = "gemini.chat"
    outbound: ClassVar[Outbound] = GeminiChat()
    embed_wire: ClassVar[str] = "gemini.embeddings"

    @override
    def root(self, base_url: str) -> str:
        return trimmed(base_url, "/openai")

    @override
    def chat_url(self, target: Target) -> str:
        """Above every model's own address."""
        return self.base(target) + "/models"

    @override
    def endpoint(
        self, target: Target, wire: str, model_id: str = "", *, is_stream: bool = False
    ) -> HttpCall | None:
        method = METHODS.get(wire)
        if method is None:
            return None
        asked = STREAM if is_stream and wire == self.chat_wire else method
        # Ids are what callers write: none of them leads to another path.
        model = quote(model_id.removeprefix("models/"), safe="", errors="replace")
        url = f"{self.chat_url(target)}/{model}:{asked}"
        return HttpCall("POST", url, {}, self.chat_headers(target))

    @override
    def one_token(self, target: Target, model_id: str) -> HttpCall:
        """Thoughts count too, so that the answer may be empty: it is an answer nevertheless."""
        return self.ask(target, SMALLEST, ModelCard(model_id))

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        def following(page: Mapping[str, Any]) -> str:
            mark = name(page.get("nextPageToken"), 4000)
            return f"{self.address(target, FIRST_PAGE)}&pageToken={quote(mark)}" if mark else ""

        found = yield from self.every_page(self.get(target, FIRST_PAGE), following)
        return cards.distinct(card for entry in found if (card := _card(entry)))


def _card(entry: Mapping[str, Any]) -> ModelCard | None:
    found = name(entry.get("name")).removeprefix("models/")
    if not found:
        return None
    kind = _type(found, words(entry.get("supportedGenerationMethods")))
    able = ["reasoning"] if entry.get("thinking") is True else []
    if kind == "chat" and found.startswith("gemini-"):
        able += ["tools", "vision"]  # all of them take functions and pictures
    return ModelCard(
        id=found,
        name=text(entry.get("displayName")),
        type=kind,
        context=tokens(entry.get("inputTokenLimit")),
        output_limit=tokens(entry.get("outputTokenLimit")) if kind == "chat" else None,
        capabilities=cards.capabilities(*able),
    )


def _type(found: str, methods: tuple[str, ...]) -> str:
    by_id = next((kind for kind, pattern in TYPES_BY_ID if pattern.search(found)), None)
    if by_id or not methods:
        return by_id or cards.type_by_id(found)
    return next((kind for method, kind in TYPES_BY_METHOD if method in methods), "other")
