"""Mistral: what a model can is said in its list (https://docs.mistral.ai/api, read 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from typing_extensions import override

from aiconnect.adapters import cards
from aiconnect.adapters.base import Conversation
from aiconnect.adapters.openai import OpenAI
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import mapping

# Looked at in this order where a model does not chat.
TYPES = (
    ("audio_transcription", "audio"), ("audio_transcription_realtime", "audio"),
    ("audio_speech", "audio"), ("ocr", "other"), ("moderation", "other"),
    ("classification", "other"), ("completion_fim", "other"),
)  # fmt: skip


class Mistral(OpenAI):
    """A model of its list chats only where `completion_chat` says so; aliases are listed too."""

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        reply = yield self.get(target, "/models")
        found = self.entries(reply)
        able = {cards.model_id(entry): mapping(entry.get("capabilities")) for entry in found}
        return tuple(_known(card, able.get(card.id, {})) for card in cards.cards(found))


def _known(card: ModelCard, able: Mapping[str, Any]) -> ModelCard:
    if able.get("completion_chat") is not False or card.type != "chat":
        return card
    kind = next((kind for said, kind in TYPES if able.get(said) is True), card.type)
    return replace(card, type=kind)
