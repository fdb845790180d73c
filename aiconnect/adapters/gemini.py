"""Google Gemini: lists by its own API (https://ai.google.dev/api/models, read 2026-11).

Chats go through its OpenAI-compatible path, which wants the key as Bearer. A call carries one
credential: Gemini refuses two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from typing_extensions import override

from aiconnect.adapters import cards
from aiconnect.adapters.base import Conversation, trimmed, with_auth
from aiconnect.adapters.cloud import CloudAPI
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import name, text, tokens, words
from aiconnect.providers.spec import Auth
from aiconnect.secret import Secret

FIRST_PAGE = "/models?pageSize=1000"
BEARER = Auth()

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
    """Its models are named `models/…` in the list and without that in calls."""

    @override
    def root(self, base_url: str) -> str:
        return trimmed(base_url, "/openai")

    @override
    def chat_url(self, target: Target) -> str:
        return self.base(target) + "/openai/chat/completions"

    @override
    def chat_headers(self, target: Target) -> Mapping[str, Secret]:
        return with_auth(target, BEARER)

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
