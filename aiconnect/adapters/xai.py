"""xAI: OpenAI's list, and one of language models that says more (https://docs.x.ai, 2026-11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from typing_extensions import override

from aiconnect.adapters import cards, list_prices
from aiconnect.adapters.base import Conversation
from aiconnect.adapters.cloud import CloudAPI
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import mapping, parse, tokens, words
from aiconnect.errors import ProviderError

TYPES_BY_ID = (
    ("image", re.compile(r"imagine-image")),
    ("other", re.compile(r"imagine-video|multi-agent")),  # the latter answer at /responses alone
    ("audio", re.compile(r"^grok-voice")),
)
REASONING = re.compile(r"^grok-[4-9](?!.*non-reasoning)")


class XAI(CloudAPI):
    """Its errors are sentences (`{"code": "…", "error": "…"}`), a bad key is a 400."""

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        reply = yield self.get(target, "/models")
        listed = cards.cards(self.entries(reply))
        spoken = yield from self._language_models(target)
        return tuple(_known(card, spoken.get(card.id, {})) for card in listed)

    def _language_models(self, target: Target) -> Conversation[Mapping[str, Mapping[str, Any]]]:
        """What the second list says, by id; nothing where it cannot be had."""
        try:
            reply = yield self.get(target, "/language-models")
        except ProviderError:
            return {}
        found = cards.read_list(parse(reply.body)) if reply.status == 200 else None
        return {cards.model_id(entry): mapping(entry) for entry in found or ()}


def _known(card: ModelCard, entry: Mapping[str, Any]) -> ModelCard:
    kind = next((kind for kind, pattern in TYPES_BY_ID if pattern.search(card.id)), card.type)
    able = list(card.capabilities)
    if kind == "chat":
        able += ["reasoning"] if REASONING.search(card.id) else []
        able += words(entry.get("input_modalities"))
        able += ["tools"] if entry else []  # every language model of theirs calls functions
    context = tokens(entry.get("context_length"), entry.get("max_prompt_length"))
    return replace(
        card,
        type=kind,
        context=card.context or context,
        capabilities=cards.capabilities(*able),
        price=list_prices.of_xai(entry),
    )
