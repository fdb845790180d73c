"""llama.cpp's llama-server: one model with its meta, or many in router mode (README, 2026-08)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from typing_extensions import override

from aiconnect.adapters import cards
from aiconnect.adapters.base import Conversation
from aiconnect.adapters.local import LocalServer
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import count, mapping, parse, positive, text, tokens
from aiconnect.errors import ProviderError

_QUANTIZATION = re.compile(r"(?i)[-_.:](i?q\d\w*|bf16|f16|f32|mxfp4\w*)(?:\.gguf)?$")


class LlamaCpp(LocalServer):
    """Says how large its model is, and how much context it really has."""

    server = "llama.cpp"

    @override
    def kind(self, target: Target) -> Conversation[Mapping[str, str]]:
        reply = yield self.get(target, "/v1/models", with_key=False)
        if reply.status == 503:
            raise self.failure(reply)
        if any(_is_own(entry) for entry in cards.read_list(parse(reply.body)) or ()):
            return {"server": self.server, "open": "yes"}
        props = yield self.get(target, "/props", with_key=False)
        if "default_generation_settings" in mapping(parse(props.body)):
            return {"server": self.server}
        return (yield from self.is_other(target, reply))

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        reply = yield self.get(target, "/v1/models")
        found = self.entries(reply)
        known = {card.id: card for card in cards.cards(found)}
        named = ((known.get(cards.model_id(entry)), entry) for entry in found)
        full = [_with_meta(card, entry) for card, entry in named if card]
        if len(full) != 1 or "status" in found[0]:
            return cards.distinct(full)
        return ((yield from self._with_props(target, full[0])),)

    def _with_props(self, target: Target, card: ModelCard) -> Conversation[ModelCard]:
        try:
            reply = yield self.get(target, "/props")
        except ProviderError:
            return card
        props = mapping(parse(reply.body)) if reply.status == 200 else {}
        slot = mapping(props.get("default_generation_settings"))
        sees = ("vision",) if mapping(props.get("modalities")).get("vision") is True else ()
        return replace(
            card,
            context=tokens(slot.get("n_ctx")) or card.context,
            loaded=props.get("is_sleeping") is not True,
            capabilities=cards.capabilities(*card.capabilities, *sees),
        )


def _is_own(entry: Mapping[str, Any]) -> bool:
    return entry.get("owned_by") == "llamacpp" or "n_ctx_train" in mapping(entry.get("meta"))


def _with_meta(card: ModelCard, entry: Mapping[str, Any]) -> ModelCard:
    meta = mapping(entry.get("meta"))
    status = text(mapping(entry.get("status")).get("value"), 40)
    quantization = _QUANTIZATION.search(card.id)
    return replace(
        card,
        name=card.id.replace("\\", "/").rpartition("/")[2] if "/" in card.id[:1] else card.name,
        parameters=_spoken(count(meta.get("n_params"))),
        quantization=quantization[1].upper() if quantization else None,
        size=positive(meta.get("size")),
        loaded=status in {"loaded", "sleeping"} if status else True,
    )


def _spoken(number: int | None) -> str | None:
    """8190735360 as 8.2B, 268098176 as 268M."""
    if not number:
        return None
    if number >= 10**9:
        return f"{number / 10**9:.1f}B"
    return f"{number / 10**6:.0f}M"
