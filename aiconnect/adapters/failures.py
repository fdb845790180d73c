"""What a refused call means: the status decides first, then codes, and words only at the end.

A money, permission or rate problem is never called a wrong key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime

from aiconnect import clock
from aiconnect.adapters.reasons import FREE_MODELS, REGION, UNSUPPORTED, UNVERIFIED, reason
from aiconnect.adapters.said import Said, is_page, read_error
from aiconnect.adapters.values import text
from aiconnect.adapters.waiting import resets_at, retry_after
from aiconnect.errors import ProviderError
from aiconnect.secret import Secret
from aiconnect.wire.redact import redact
from aiconnect.wire.types import Reply

__all__ = ["failure", "is_page", "may_not_list", "page", "read_error"]

MONEY = {
    "insufficient_quota", "billing_hard_limit_reached", "credit_balance_exhausted",
    "billing_not_active", "billing_error", "payment_required", "payment_required_error",
    "enforced_spend_limit_reached", "contract_spend_limit_reached", "organization_on_hold",
    "openrouter_credits", "openrouter_key_limit", "openrouter_in_flight_budget", "budget",
    "quota_none",
}  # fmt: skip
KEY = {
    "invalid_api_key", "wrong_api_key", "authentication_error", "api_key_invalid",
    "api_key_expired", "consumer_suspended", "unauthenticated",
}  # fmt: skip
MODEL = {
    "model_not_found", "model_decommissioned", "deploymentnotfound", "no_endpoints",
    "model_deprecated", "invalid_model", "free_variant_ended", "privacy_restricted",
    "constraint_filtered", "model_unavailable_upstream",
}  # fmt: skip
TOO_LONG = {"context_length_exceeded", "exceed_context_size_error", "token_limit_exceeded"}
CONTENT = {"content_filter", "content_policy_violation", "invalid_prompt", "refusal"}
BUSY = {"queue_exceeded", "capacity_exceeded", "capacity_exhausted", "provider_overloaded",
        "upstream"}  # fmt: skip

_MONEY = re.compile(
    r"(?i)credit balance is too low|insufficient (?:balance|credits|funds)|key limit exceeded"
    r"|(?:used|spent) all (?:available |your )?credits|any credits|credits? (?:are|is) depleted"
    r"|spending limit|monthly included credits|(?:hourly|daily|weekly|monthly|your) usage limit"
)
_KEY = re.compile(
    r"(?i)incorrect api key|invalid api key|api key (?:is )?not valid|api key expired"
    r"|unregistered callers|reported as leaked"
)
_RIGHT = re.compile(
    r"(?i)member of an organi[sz]ation|ip_not_authorized|not authorized from this ip"
)
_MODEL = re.compile(
    r"(?i)\bmodel\b.{0,200}(?:not found|does not exist)|is not a valid model id|no models loaded"
    r"|models/\S+ is not found|^model: |no endpoints found"
)
_TOO_LONG = re.compile(
    r"(?i)context (?:length|size|limit)|prompt is too long|maximum prompt length"
    r"|too large for model|input token count.{0,60}exceeds"
)
_CONTENT = re.compile(r"(?i)content (?:filtering |management )?policy|usage guidelines")
_UNREADABLE = re.compile(r"(?i)^failed to parse messages")
_WANTS_TLS = re.compile(r"(?i)http request (?:was sent )?to (?:an )?https (?:server|port)")
_REQUEST_ID = ("x-request-id", "request-id", "x-amzn-requestid", "cf-ray")


def failure(reply: Reply, secrets: Iterable[Secret] = ()) -> ProviderError:
    """The finding for a reply that is not what was asked for. `secrets` are hidden in its words.

    Facts: `status`, `type` of a web page, and where known `detail`, `reason` (a case of its own),
    `request_id`, `retry_after` (seconds), `resets_at` (ISO 8601), `link`, `flagged` (what a filter
    found), `upstream` (whose rule a router kept).
    """
    said = read_error(reply)
    status = reply.status
    if status == 200 and said.status:  # OpenRouter: the error's own status, in a body sent with 200
        status = said.status
    code = _code(status, said, reply)
    until = said.resets_at or resets_at(reply.headers)
    wait = retry_after(reply.headers, said.message, stated=said.wait, until=until)
    facts = {
        "status": str(reply.status),
        "type": "text/html" if is_page(reply) else "",
        "detail": redact(said.message, secrets)[:300],
        "reason": reason(code, said),
        "request_id": redact(said.request_id or _request_id(reply), secrets),
        "retry_after": "" if wait is None else str(math.ceil(wait)),
        "resets_at": _iso(until),
        "link": said.link,
        "flagged": redact(", ".join(said.flagged), secrets),
        "upstream": redact(said.upstream, secrets) if said.flagged else "",
    }
    known = {name: value for name, value in facts.items() if value}
    return ProviderError(code, status=status, retry_after=wait, facts=known)


def page(reply: Reply) -> ProviderError:
    """The finding for a web page where an API should be."""
    facts = {"status": str(reply.status), "title": redact(read_error(reply).message)}
    return ProviderError("not_an_api", status=reply.status, facts=facts)


def _request_id(reply: Reply) -> str:
    return next(
        (text(reply.headers[name], 100) for name in _REQUEST_ID if name in reply.headers), ""
    )


def _iso(moment: datetime | None) -> str:
    return clock.iso(moment) if moment else ""


def _code(status: int, said: Said, reply: Reply) -> str:
    if status in _BY_STATUS:
        return _BY_STATUS[status](said)
    if status >= 500 or status in {408, 498}:
        return _trouble(said)
    if is_page(reply):
        return "not_an_api"
    if 300 <= status < 400:
        return "redirected"
    if 400 <= status < 500:
        return _refusal(said)
    return _from_words(said) if said.is_error else "unknown_answer"


def _trouble(said: Said) -> str:
    return "model_loading" if "loading model" in said.message.lower() else "provider_down"


def _own_trouble(said: Said) -> str:
    """llama.cpp calls some faults of a request its own; an outage would close it to everybody."""
    is_callers = UNSUPPORTED.fits(said) or _UNREADABLE.search(said.message)
    return "request_refused" if is_callers else _trouble(said)


def _unauthorized(said: Said) -> str:
    if _is_money(said):
        return "no_credit"
    lacks_right = "ip_not_authorized" in said.codes or _RIGHT.search(said.message)
    return "no_permission" if lacks_right else "key_refused"


def _forbidden(said: Said) -> str:
    if _is_money(said):
        return "no_credit"
    if said.codes & (CONTENT | {"moderation"}) or _CONTENT.search(said.message):
        return "content_refused"
    return "key_refused" if _is_key(said) else "no_permission"


def _not_found(said: Said) -> str:
    is_model = said.codes & MODEL or _MODEL.search(said.message)
    return "model_not_found" if is_model else "wrong_path"


def _too_many(said: Said) -> str:
    if _is_money(said):
        return "no_credit"
    is_busy = said.codes & BUSY and not FREE_MODELS.fits(said)
    return "provider_down" if is_busy else "rate_limited"


def _refusal(said: Said) -> str:
    """400 and its kin: some hosts say everything with it."""
    if _WANTS_TLS.search(said.message):
        return "https_expected"
    if REGION.fits(said) or UNVERIFIED.fits(said):
        return "no_permission"
    found = _from_words(said)
    return "request_refused" if found == "unknown_answer" else found


def _from_words(said: Said) -> str:
    if _is_key(said):
        return "key_refused"
    if _is_money(said):
        return "no_credit"
    if said.codes & TOO_LONG or _TOO_LONG.search(said.message):
        return "too_long"
    if said.codes & MODEL or _MODEL.search(said.message):
        return "model_not_found"
    is_refused = said.codes & CONTENT or _CONTENT.search(said.message)
    return "content_refused" if is_refused else "unknown_answer"


def _is_key(said: Said) -> bool:
    return bool(said.codes & KEY or _KEY.search(said.message))


def _is_money(said: Said) -> bool:
    return bool(said.codes & MONEY or _MONEY.search(said.message))


def may_not_list(error: ProviderError) -> bool:
    """Whether a key works and only may not list models (OpenAI's restricted keys)."""
    return error.code == "no_permission" and error.finding.facts.get("reason") == "scopes"


_BY_STATUS = {
    401: _unauthorized,
    402: lambda _said: "no_credit",
    403: _forbidden,
    404: _not_found,
    405: lambda _said: "wrong_path",
    413: lambda _said: "too_long",
    429: _too_many,
    500: _own_trouble,
    501: _own_trouble,
}
