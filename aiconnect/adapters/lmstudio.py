"""LM Studio: three model lists by age (https://lmstudio.ai/docs, read 2026-04), chats at /v1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from aiconnect.adapters import cards
from aiconnect.adapters.base import Conversation, trimmed
from aiconnect.adapters.local import LocalServer
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import entries, mapping, name, parse, positive, text, tokens, words
from aiconnect.wire.types import Reply

NEWEST, OLDER, OLDEST = "/api/v1/models", "/api/v0/models", "/v1/models"


class LMStudio(LocalServer):
    """Says which models are loaded. It answers 200 to paths that it does not know."""

    server = "LM Studio"

    @override
    def root(self, base_url: str) -> str:
        return trimmed(base_url, "/api/v1", "/v1", "/api/v0", "/api")

    @override
    def kind(self, target: Target) -> Conversation[Mapping[str, str]]:
        reply = yield self.get(target, "/lmstudio-greeting", with_key=False)
        if reply.status == 200 and mapping(parse(reply.body)).get("lmstudio") is True:
            return {"server": self.server}
        for path, read in ((NEWEST, _newest), (OLDER, _older)):
            reply = yield self.get(target, path, with_key=False)
            if _wants_key(reply) or (reply.status == 200 and read(reply) is not None):
                return {"server": self.server}
        return (yield from self.is_other(target, reply))

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        for path, read in ((NEWEST, _newest), (OLDER, _older)):
            reply = yield self.get(target, path)
            found = read(reply) if reply.status == 200 else None
            if found is not None:
                return cards.distinct(found)
            if reply.status != 200 and reply.status not in {404, 405}:
                raise self.failure(reply)
        reply = yield self.get(target, OLDEST)
        return cards.cards(self.entries(reply))


def _wants_key(reply: Reply) -> bool:
    error = mapping(mapping(parse(reply.body)).get("error"))
    return reply.status == 401 and "lm studio" in text(error.get("message")).lower()


def _newest(reply: Reply) -> list[ModelCard] | None:
    """The list since 0.4.0, or None: calls name a model by `key`."""
    found = mapping(parse(reply.body)).get("models")
    if not isinstance(found, list) or any("key" not in entry for entry in entries(found)):
        return None
    return [card for entry in entries(found) if (card := _newest_card(entry))]


def _newest_card(entry: Mapping[str, Any]) -> ModelCard | None:
    found = name(entry.get("key"))
    if not found:
        return None
    able = mapping(entry.get("capabilities"))
    loaded = entries(entry.get("loaded_instances"))
    return ModelCard(
        id=found,
        name=text(entry.get("display_name")),
        type=cards.TYPES_BY_NAME.get(text(entry.get("type"), 40), "chat"),
        context=tokens(*(mapping(one.get("config")).get("context_length") for one in loaded))
        or tokens(entry.get("max_context_length")),
        family=text(entry.get("architecture"), 80) or None,
        parameters=text(entry.get("params_string"), 40) or None,
        quantization=text(mapping(entry.get("quantization")).get("name"), 40) or None,
        size=positive(entry.get("size_bytes")),
        loaded=bool(loaded),
        capabilities=cards.capabilities(*(key for key, value in able.items() if value)),
    )


def _older(reply: Reply) -> list[ModelCard] | None:
    """The list since 0.3.6, or None: each entry has a state."""
    found = mapping(parse(reply.body)).get("data")
    if not isinstance(found, list) or any("state" not in entry for entry in entries(found)):
        return None
    return [card for entry in entries(found) if (card := _older_card(entry))]


def _older_card(entry: Mapping[str, Any]) -> ModelCard | None:
    found = name(entry.get("id"))
    if not found:
        return None
    kind = text(entry.get("type"), 40)
    sees = ("vision",) if kind == "vlm" else ()
    return ModelCard(
        id=found,
        type=cards.TYPES_BY_NAME.get(kind, "chat"),
        context=tokens(entry.get("loaded_context_length"), entry.get("max_context_length")),
        family=text(entry.get("arch"), 80) or None,
        quantization=text(entry.get("quantization"), 40) or None,
        loaded=entry.get("state") == "loaded",
        capabilities=cards.capabilities(*words(entry.get("capabilities")), *sees),
    )
