"""Anthropic: lists by its own API (https://platform.claude.com/docs, read 2026-11).

Chats go through its OpenAI-compatible path, which wants the key as Bearer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from typing_extensions import override

from aiconnect.adapters import cards
from aiconnect.adapters.base import JSON, Conversation, with_auth
from aiconnect.adapters.cloud import CloudAPI
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import mapping, moment, name, text, tokens
from aiconnect.providers.spec import Auth
from aiconnect.secret import Secret

VERSION = "2023-06-01"
FIRST_PAGE = "/models?limit=1000"
BEARER = Auth()


class Anthropic(CloudAPI):
    """Says what each model can, how much it reads and writes, and when it retires."""

    plain_headers: ClassVar[Mapping[str, str]] = {**JSON, "anthropic-version": VERSION}

    @override
    def chat_headers(self, target: Target) -> Mapping[str, Secret]:
        return with_auth(target, BEARER)

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
