"""OpenRouter: a public list, one of what the key may call, an account (its docs, read 2026-08)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from typing_extensions import override

from aiconnect.adapters import cards, list_prices
from aiconnect.adapters.base import Conversation
from aiconnect.adapters.cloud import CloudAPI, Entries
from aiconnect.adapters.openai import NO_LIST
from aiconnect.adapters.types import Account, ModelCard, Target
from aiconnect.adapters.values import amount, mapping, moment, parse, text
from aiconnect.errors import ProviderError

# Without the filter only models that write text are listed.
CALLABLE = "/models/user?output_modalities=all"
PUBLIC = "/models?output_modalities=all"
INTERVALS = {"daily", "weekly", "monthly"}
SPENT = {
    "day": "usage_daily", "week": "usage_weekly", "month": "usage_monthly", "total": "usage",
}  # fmt: skip


class OpenRouter(CloudAPI):
    """The public list proves no key, so /key is asked. It tells the account behind it as well."""

    kind_path = "/key"

    @override
    def account(self, target: Target) -> Conversation[Account | None]:
        reply = yield self.get(target, "/key")
        bad = self.answers_badly(reply)
        if bad is not None:
            raise bad
        return _account(mapping(mapping(parse(reply.body)).get("data")))

    @override
    def models(self, target: Target) -> Conversation[tuple[ModelCard, ...]]:
        listed = yield from self._listed(target)
        checked = {cards.model_id(one): _moderated(one) for one in reversed(listed)}
        found = list_prices.priced(cards.cards(listed), listed, target.provider.list_prices)
        return tuple(replace(card, moderated=checked.get(card.id)) for card in found)

    def _listed(self, target: Target) -> Conversation[Entries]:
        if not target.secret:
            return (yield from self.every_page(self.get(target, PUBLIC), _following))
        try:
            return (yield from self.every_page(self.get(target, CALLABLE), _following))
        except ProviderError as error:
            if error.status not in NO_LIST:
                raise
        return (yield from self.every_page(self.get(target, PUBLIC), _following))


def _moderated(entry: Mapping[str, Any]) -> bool | None:
    """Whether OpenRouter checks what goes to the endpoint that it prefers for the model."""
    said = mapping(entry.get("top_provider")).get("is_moderated")
    return said if isinstance(said, bool) else None


def _following(page: Mapping[str, Any]) -> str:
    return text(mapping(page.get("links")).get("next"), 2000)


def _account(said: Mapping[str, Any]) -> Account | None:
    if not said:
        return None
    resets, is_free = text(said.get("limit_reset"), 20), said.get("is_free_tier")
    return Account(
        label=text(said.get("label"), 100),
        limit=amount(said.get("limit")),
        remaining=amount(said.get("limit_remaining")),
        used=amount(said.get("usage")),
        resets=resets if resets in INTERVALS else "",
        expires_at=moment(said.get("expires_at")),
        is_free_tier=is_free if isinstance(is_free, bool) else None,
        spent=dict(_windows(said)),
    )


def _windows(said: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    for window, name in SPENT.items():
        used = _spent(said, name)
        if used is not None:
            yield window, used


def _spent(said: Mapping[str, Any], name: str) -> Decimal | None:
    """What calls have cost: OpenRouter's charge, and those of providers with a key left there."""
    used = amount(said.get(name))
    return None if used is None else used + (amount(said.get(f"byok_{name}")) or 0)
