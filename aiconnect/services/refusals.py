"""Who refused a call: this server, a router, a provider's filter, or the model itself."""

from __future__ import annotations

from collections.abc import Mapping

from aiconnect.errors import N_

US, ROUTER, FILTER, MODEL, PROVIDER = "us", "router", "filter", "model", "provider"

WORDS: Mapping[str, str] = {
    US: N_("This server, by its own rules and limits"),
    ROUTER: N_("The router: its moderation looked at the request before any model saw it"),
    FILTER: N_("The content filter of the provider"),
    MODEL: N_("The model itself"),
    PROVIDER: N_("The provider: it did not take the request"),
}
"""In a sentence each, marked."""

OURS = (
    "model_not_allowed", "connection_off", "model_type", "connection_limited",
    "token_limited", "person_limited", "no_capacity", "ledger_full", "address_refused",
    "provider_paused", "too_large", "bad_request", "budget_spent", "budget_held",
    "unpriced_model", "spend_frozen",
)  # fmt: skip
BY: Mapping[str, str] = {
    **dict.fromkeys(OURS, US),
    "content_moderated": ROUTER,
    "content_filtered": FILTER,
    "model_refused": MODEL,
    "provider_refused": PROVIDER,
}
OF_CONTENT = {"content_moderated", "content_filtered", "model_refused"}
"""Codes of calls whose content was not wanted; nothing is wrong with their connection."""


def by(code: str | None) -> str:
    """Who refused, by the code of a call's record: a key of WORDS; "" where nobody did."""
    return BY.get(code or "", "")
