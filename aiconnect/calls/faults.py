"""What a failed call says about a provider, and what callers are told while it is left alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from aiconnect.calls.circuit import HALF_OPEN, KEY, MODEL, MONEY, OUTAGE, RATE, Circuit
from aiconnect.errors import ProviderError, Withheld

LONGEST_PROBE_WAIT = 5.0

FAULTS: Mapping[str, str] = {
    "provider_auth": KEY, "key_refused": KEY, "no_permission": KEY,
    "provider_no_credit": MONEY, "no_credit": MONEY,
    "provider_rate_limited": RATE, "rate_limited": RATE,
    "model_not_found": MODEL,
    "provider_error": OUTAGE, "provider_down": OUTAGE, "stream_error": OUTAGE,
    "provider_silent": OUTAGE, "silent": OUTAGE, "provider_broke": OUTAGE, "broke": OUTAGE,
    "not_an_api": OUTAGE, "redirected": OUTAGE, "unknown_answer": OUTAGE,
}  # fmt: skip
UNREACHED = {
    "provider_unreachable", "name_not_found", "refused", "timeout", "reset", "plain_http",
    "https_expected", "tls_untrusted", "tls_name", "tls_expired", "tls_failed", "proxy_auth",
    "proxy_refused", "proxy_unreachable",
}  # fmt: skip
"""Outages of the connection, whichever model was called."""
ALONE = {"model_not_found", "no_permission"}
"""Faults of the one model that was called: a key that lacks a right may be fine for others."""
REACHED = {
    "provider_refused", "too_long", "content_refused", "request_refused", "wrong_path",
    "content_moderated", "content_filtered", "model_refused",
}  # fmt: skip
"""The call's own fault: the provider has answered, so it counts as a success.

Every other code says nothing about a provider (`unsent`: its request may have been too large for
it, and else one caller's large requests would close it to all; `caller_left`, `internal`, limits
and budgets of ours; `address_refused`: our own policy, which answers at once and in better words).
"""

REFUSALS: Mapping[str, str] = {
    OUTAGE: "provider_paused", KEY: "provider_auth", MONEY: "provider_no_credit",
    RATE: "provider_rate_limited", MODEL: "model_not_found",
}  # fmt: skip
WORDS = {
    "provider_silent": "no answer in time",
    "silent": "no answer in time",
    "provider_broke": "answers that broke off",
    "broke": "answers that broke off",
}


def code_of(error: ProviderError) -> str:
    """What to report of a failure: its finding tells more than the words for the caller."""
    reason = error.finding.facts.get("reason")
    if reason == "in_flight":  # OpenRouter: too many calls at once for the credit that is left
        return "rate_limited"
    if reason == "unverified":  # OpenAI: streaming is refused, whole answers are not
        return "request_refused"
    return error.code


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call may not go out. `code` is one of errors.KINDS, `retry_after` is in seconds."""

    kind: str
    code: str
    detail: str
    retry_after: float

    def error(self, connection: str, model: str) -> Withheld:
        """How it is told to the caller; `model` is `connection/model`."""
        after = max(1, math.ceil(self.retry_after))
        return Withheld(
            self.code,
            retry_after=after,
            connection=connection,
            model=model,
            detail=self.detail,
        )


def refusal(circuit: Circuit, now: float) -> Refusal:
    """Why a circuit lets nothing through now."""
    left = max(circuit.until - now, 0.0)
    if circuit.state == HALF_OPEN:
        left = min(left, LONGEST_PROBE_WAIT)
    words = f"{math.ceil(left)} s more"
    if circuit.kind == OUTAGE:
        is_unreached = circuit.code in UNREACHED
        words = "it could not be reached" if is_unreached else WORDS.get(circuit.code, "errors")
    return Refusal(circuit.kind, REFUSALS[circuit.kind], words, left)
