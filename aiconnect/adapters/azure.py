"""Azure OpenAI: calls name a deployment, which its model list does not (its docs, read 2026-11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from typing_extensions import override

from aiconnect.adapters import cards
from aiconnect.adapters.base import Conversation, trimmed
from aiconnect.adapters.openai import OpenAI
from aiconnect.adapters.types import ModelCard, Target
from aiconnect.adapters.values import name, parse, text
from aiconnect.errors import ProviderError
from aiconnect.wire.types import Reply

DEPLOYMENTS = "/openai/deployments?api-version=2023-03-15-preview"


class Azure(OpenAI):
    """Lists the deployments of a resource, where it still tells them.

    The list at /models holds every model that could be deployed. It proves the key; what can be
    called is entered by hand where the deployments are not told.
    """

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        reply = yield self.get(target, "/models")
        self.entries(reply)
        resource = trimmed(target.base_url, "/openai/v1", "/openai")
        try:
            reply = yield self.get(target, resource + DEPLOYMENTS)
        except ProviderError:
            raise _untold() from None
        return cards.distinct(_deployments(reply))


def _deployments(reply: Reply) -> Iterator[ModelCard]:
    found = cards.read_list(parse(reply.body)) if reply.status == 200 else None
    if found is None:
        raise _untold()
    yield from (card for entry in found if (card := _card(entry)))


def _card(entry: Mapping[str, Any]) -> ModelCard | None:
    found, model = name(entry.get("id")), text(entry.get("model"))
    if not found or entry.get("status", "succeeded") != "succeeded":
        return None
    card = next(iter(cards.cards([{"id": model or found}])), None)
    return replace(card, id=found, name=model) if card else None


def _untold() -> ProviderError:
    return ProviderError("no_model_list", status=200, facts={"reason": "deployments"})
