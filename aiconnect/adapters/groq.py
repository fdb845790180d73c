"""Groq: OpenAI's list with a switch and limits (https://console.groq.com/docs, read 2026-11)."""

from __future__ import annotations

import re
from dataclasses import replace

from typing_extensions import override

from aiconnect.adapters import cards
from aiconnect.adapters.base import Conversation
from aiconnect.adapters.cloud import CloudAPI
from aiconnect.adapters.types import ModelCard, Target

TYPES_BY_ID = (
    ("audio", re.compile(r"(?i)orpheus|playai-tts")),
    ("other", re.compile(r"(?i)guard")),  # gpt-oss-safeguard, llama-guard
)
REASONING = re.compile(r"(?i)gpt-oss-\d|qwen3")


class Groq(CloudAPI):
    """What it has switched off is not served."""

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        reply = yield self.get(target, "/models")
        active = (entry for entry in self.entries(reply) if entry.get("active") is not False)
        return tuple(_known(card) for card in cards.cards(active))


def _known(card: ModelCard) -> ModelCard:
    """What the id tells and the list does not."""
    by_id = next((kind for kind, pattern in TYPES_BY_ID if pattern.search(card.id)), card.type)
    reasons = by_id == "chat" and REASONING.search(card.id)
    able = {*card.capabilities, "reasoning"} if reasons else card.capabilities
    return replace(card, type=by_id, capabilities=tuple(sorted(able)))
