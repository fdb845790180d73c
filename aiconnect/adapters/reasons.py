"""Which case of a finding it is: cases that want words or next steps of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiconnect.adapters.said import Said


@dataclass(frozen=True, slots=True)
class Case:
    """A case with the codes that tell it, and the words that do where there is no code.

    One with neither is what is left when no case before it fits.
    """

    name: str
    codes: frozenset[str] = frozenset()
    words: re.Pattern[str] | None = None

    def fits(self, said: Said) -> bool:
        if not self.codes and self.words is None:
            return True
        return bool(
            said.codes & self.codes or (self.words is not None and self.words.search(said.message))
        )


def _case(name: str, *codes: str, words: str = "") -> Case:
    return Case(name, frozenset(codes), re.compile(f"(?i){words}") if words else None)


REGION = _case(
    "region", "unsupported_country_region_territory", "region_restricted",
    words=r"country, region|location is not supported",
)  # fmt: skip
UNVERIFIED = _case("unverified", words=r"organi[sz]ation must be verified")
UNSUPPORTED = _case(
    "unsupported",
    words=r"^(?:image|audio|video) input is not supported|does not support embeddings",
)
"""llama.cpp's words, sent with 500 or 501 (tools/server of b11549, 2026-11)."""
FREE_MODELS = _case("free_models", words=r"free[- ]models?[- ]per|free model requests")

# Looked at in this order: the more particular first.
CASES = {
    "no_permission": (
        REGION,
        UNVERIFIED,
        _case("service_off", "service_disabled"),
        _case(
            "ip", "api_key_ip_address_blocked", "ip_not_authorized",
            words=r"ip_not_authorized|not authorized from this ip|cloudflare",
        ),
        _case(
            "key_restricted", "api_key_service_blocked", "api_key_http_referrer_blocked",
            "api_key_android_app_blocked", "api_key_ios_app_blocked",
        ),
        _case(
            "organization", "organization_restricted",
            words=r"member of an organi[sz]ation|organi[sz]ation has been (?:restricted|disabled)",
        ),
        _case(
            "scopes",
            words=r"api\.model\.read|missing scopes|(?:in)?sufficient permissions"
            r"|only management keys",
        ),
        _case("workspace", "permission_error"),
    ),
    "no_credit": (
        _case("in_flight", "openrouter_in_flight_budget"),
        _case("key_limit", "openrouter_key_limit", "budget", words=r"key limit exceeded"),
        _case(
            "monthly_cap", "billing_hard_limit_reached", "enforced_spend_limit_reached",
            "contract_spend_limit_reached", words=r"monthly included credits",
        ),
        _case(
            "balance", "credit_balance_exhausted", "openrouter_credits",
            words=r"credit balance is too low|insufficient (?:balance|credits|funds)"
            r"|have any credits|credits? (?:are|is) depleted",
        ),
    ),
    "rate_limited": (
        FREE_MODELS,
        _case("daily", "quota_day", words=r"(?:requests|tokens) per day|\((?:RPD|TPD)\)"),
    ),
    "provider_down": (
        _case("queue_full", "queue_exceeded", words=r"maximum pending requests"),
        _case("capacity", "capacity_exceeded", "capacity_exhausted", "upstream"),
        _case("memory", words=r"more system memory"),
        _case(
            "overloaded", "overloaded_error", "provider_overloaded", "server_is_overloaded",
            "temporarily_unavailable", "slow_down", words=r"overloaded|server busy",
        ),
    ),
    "model_not_found": (
        _case("retired", "model_decommissioned", "model_deprecated", "free_variant_ended"),
        _case(
            "no_access", "privacy_restricted", "constraint_filtered",
            words=r"not have access to it",
        ),
        _case("not_loaded", words=r"no models loaded"),
    ),
    "content_refused": (
        _case("moderation", "moderation"),
        _case("model", "refusal"),
        _case("filter"),
    ),
    "request_refused": (UNSUPPORTED,),
}  # fmt: skip


def reason(code: str, said: Said) -> str:
    """The name of the case, "" for none of its own."""
    return next((case.name for case in CASES.get(code, ()) if case.fits(said)), "")
