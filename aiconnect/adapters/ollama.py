"""Ollama: lists, chats and embeds by its own API (https://docs.ollama.com/api, read 2026-11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from typing_extensions import override

from aiconnect.adapters import cards, failures
from aiconnect.adapters.base import Conversation
from aiconnect.adapters.dialects.base import Outbound
from aiconnect.adapters.dialects.ollama import OllamaChatOut
from aiconnect.adapters.local import LocalServer
from aiconnect.adapters.said import is_page
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import entries, mapping, name, parse, positive, text, tokens, words
from aiconnect.errors import ProviderError
from aiconnect.providers.spec import Family
from aiconnect.secret import Secret
from aiconnect.wire.types import HttpCall, Reply

MOST_SHOWN = 200
TYPES = {"embedding": "embedding", "image": "image"}
PATHS: Mapping[str, str] = {
    "ollama.chat": "/api/chat",
    "ollama.generate": "/api/generate",
    "ollama.embed": "/api/embed",
}
"""Its own wires, below the root."""
OPENAI_WIRES = ("openai.chat", "openai.completions", "openai.embeddings")
"""What is under its /v1, of OpenAI's wires (docs.ollama.com/openai, 2026-11)."""


class Ollama(LocalServer):
    """Knows size, family, context and abilities of each model, and which are loaded."""

    server = "Ollama"
    chat_wire: ClassVar[str] = "ollama.chat"
    outbound: ClassVar[Outbound] = OllamaChatOut()
    embed_wire: ClassVar[str] = "ollama.embed"

    @override
    def kind(self, target: Target) -> Conversation[Mapping[str, str]]:
        reply = yield self.get(target, "/api/version", with_key=False)
        version = text(mapping(parse(reply.body)).get("version"), 40)
        if reply.status == 200 and version:
            return {"server": self.server, "version": version}
        if target.provider.family is Family.CLOUD:
            return (yield from self._cloud(target, reply))
        return (yield from self.is_other(target, reply))

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        reply = yield self.get(target, "/api/tags")
        found: list[ModelCard] = []
        for entry in self.entries(reply):
            card = _card(entry)
            if card and _is_short_of_facts(card, entry) and len(found) < MOST_SHOWN:
                card = yield from self._shown(target, card)
            if card:
                found.append(card)
        return cards.distinct((yield from self._with_loaded(target, found)))

    @override
    def endpoint(
        self, target: Target, wire: str, model_id: str = "", *, is_stream: bool = False
    ) -> HttpCall | None:
        path = PATHS.get(wire)
        if path is not None:
            url = self.address(target, path)
            return HttpCall("POST", url, {}, self.chat_headers(target))
        if wire not in OPENAI_WIRES:
            return None
        return super().endpoint(target, wire, model_id, is_stream=is_stream)

    @override
    def failure(self, reply: Reply, secrets: Iterable[Secret] = ()) -> ProviderError:
        # An empty 403 means that it does not know the name in Host or Origin (docs/faq, 2026-11).
        if reply.status == 403 and not reply.body:
            facts = {"status": "403", "reason": "host_header"}
            return ProviderError("no_permission", status=403, facts=facts)
        return super().failure(reply, secrets)

    def _cloud(self, target: Target, version: Reply) -> Conversation[Mapping[str, str]]:
        """ollama.com is a website as well: what it greets with at other paths counts for nothing.

        Only there is the list asked: llama.cpp answers at /api/tags too, where it may stand here.
        """
        reply = yield self.get(target, "/api/tags", with_key=False)
        if is_page(reply) and reply.status < 500:
            raise failures.page(reply)
        if not self.speaks(reply):
            raise self.failure(reply if reply.status >= 400 else version)
        return {"server": self.server} | ({"open": "yes"} if reply.status == 200 else {})

    def _shown(self, target: Target, card: ModelCard) -> Conversation[ModelCard]:
        """Older versions say context and abilities only when asked for each model."""
        try:
            reply = yield self.post(target, "/api/show", {"model": card.id})
        except ProviderError:
            return card
        shown = mapping(parse(reply.body)) if reply.status == 200 else {}
        facts = mapping(shown.get("model_info"))
        arch = text(facts.get("general.architecture"), 80)
        more = _card({**shown, "name": card.id}) or card
        return replace(
            card,
            context=card.context or tokens(facts.get(f"{arch}.context_length")),
            family=card.family or more.family or arch or None,
            parameters=card.parameters or more.parameters,
            quantization=card.quantization or more.quantization,
            type=more.type if shown else card.type,
            capabilities=more.capabilities or card.capabilities,
        )

    def _with_loaded(
        self, target: Target, found: list[ModelCard]
    ) -> Conversation[tuple[ModelCard, ...]]:
        try:
            reply = yield self.get(target, "/api/ps")
        except ProviderError:
            return tuple(found)
        body = mapping(parse(reply.body))
        if reply.status != 200 or not isinstance(body.get("models"), list):
            return tuple(found)
        running = {name(entry.get("name")) for entry in entries(body["models"])}
        return tuple(replace(card, loaded=card.id in running) for card in found)


def _card(entry: Mapping[str, Any]) -> ModelCard | None:
    found = name(entry.get("name")) or name(entry.get("model"))
    if not found:
        return None
    details, able = mapping(entry.get("details")), words(entry.get("capabilities"))
    return ModelCard(
        id=found,
        type=_type(able) if able else cards.type_by_id(found),
        context=tokens(details.get("context_length")),
        family=text(details.get("family"), 80) or None,
        parameters=text(details.get("parameter_size"), 40) or None,
        quantization=text(details.get("quantization_level"), 40) or None,
        size=positive(entry.get("size")),
        capabilities=cards.capabilities(*able),
    )


def _type(able: tuple[str, ...]) -> str:
    if "completion" in able:
        return "chat"
    return next((TYPES[one] for one in able if one in TYPES), "chat")


def _is_short_of_facts(card: ModelCard, entry: Mapping[str, Any]) -> bool:
    return card.context is None or card.family is None or not words(entry.get("capabilities"))
