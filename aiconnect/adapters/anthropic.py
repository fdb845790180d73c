"""Anthropic, by its own API (https://platform.claude.com/docs, read 2026-11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from typing_extensions import override

from aiconnect.adapters import cards
from aiconnect.adapters.base import JSON, SMALLEST, Conversation
from aiconnect.adapters.cloud import CloudAPI
from aiconnect.adapters.dialects.anthropic import AnthropicMessagesOut
from aiconnect.adapters.dialects.base import Outbound
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import mapping, moment, name, text, tokens
from aiconnect.wire.types import HttpCall

VERSION: Mapping[str, str] = {"anthropic-version": "2023-06-01"}
"""Wanted with every call. 2026-10-21 refuses sampling parameters that older models still take."""

FIRST_PAGE = "/models?limit=1000"

PATHS: Mapping[str, str] = {
    "anthropic.messages": "/messages",
    "anthropic.count_tokens": "/messages/count_tokens",
}


class Anthropic(CloudAPI):
    """Says what each model can, how much it reads and writes, and when it retires."""

    plain_headers: ClassVar[Mapping[str, str]] = {**JSON, **VERSION}
    chat_wire: ClassVar[str] = "anthropic.messages"
    outbound: ClassVar[Outbound] = AnthropicMessagesOut()
    embed_wire: ClassVar[str] = ""

    @override
    def chat_url(self, target: Target) -> str:
        return self.base(target) + PATHS[self.chat_wire]

    @override
    def chat_call(self, target: Target, body: bytes | None = None) -> HttpCall:
        headers = {**VERSION, "Content-Type": "application/json"}
        return HttpCall("POST", self.chat_url(target), headers, self.chat_headers(target), body)

    @override
    def endpoint(
        self, target: Target, wire: str, model_id: str = "", *, is_stream: bool = False
    ) -> HttpCall | None:
        path = PATHS.get(wire)
        if path is None:
            return None
        return HttpCall("POST", self.base(target) + path, VERSION, self.chat_headers(target))

    @override
    def one_token(self, target: Target, model_id: str) -> HttpCall:
        return self.ask(target, SMALLEST, ModelCard(model_id))

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        def following(page: Mapping[str, Any]) -> str:
            last = name(page.get("last_id"))
            more = page.get("has_more") is True and last
            return f"{self.address(target, FIRST_PAGE)}&after_id={quote(last)}" if more else ""

        found = yield from self.every_page(self.get(target, FIRST_PAGE), following)
        return cards.distinct(card for entry in found if (card := _card(entry)))


def _card(entry: Mapping[str, Any]) -> ModelCard | None:
    found = name(entry.get("id"))
    if not found:
        return None
    return ModelCard(
        id=found,
        name=text(entry.get("display_name")),
        context=tokens(entry.get("max_input_tokens")),
        output_limit=tokens(entry.get("max_tokens")),
        capabilities=cards.capabilities("tools", *_able(mapping(entry.get("capabilities")))),
        retires_at=moment(entry.get("retires_at")),
    )


def _able(stated: Mapping[str, Any]) -> Iterator[str]:
    for said, ours in (("image_input", "vision"), ("thinking", "reasoning")):
        if mapping(stated.get(said)).get("supported") is True:
            yield ours
