"""What a refused call means: the status decides first, then codes, and words only at the end.

A money, permission or rate problem is never called a wrong key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from aiconnect.adapters.values import count, entries, mapping, parse, text
from aiconnect.adapters.waiting import retry_after
from aiconnect.errors import ProviderError
from aiconnect.secret import Secret
from aiconnect.wire.redact import redact
from aiconnect.wire.types import Reply

MONEY = {
    "insufficient_quota", "billing_hard_limit_reached", "credit_balance_exhausted",
    "billing_not_active", "billing_error", "payment_required", "payment_required_error",
    "enforced_spend_limit_reached", "contract_spend_limit_reached",
}  # fmt: skip
KEY = {"invalid_api_key", "wrong_api_key", "authentication_error", "api_key_invalid"}
MODEL = {"model_not_found", "model_decommissioned", "deploymentnotfound", "no_endpoints",
         "model_deprecated", "invalid_model"}  # fmt: skip
TOO_LONG = {"context_length_exceeded", "exceed_context_size_error"}
CONTENT = {"content_filter", "content_policy_violation", "invalid_prompt"}
BUSY = {"queue_exceeded", "capacity_exceeded", "openrouter_in_flight_budget"}

_MONEY = re.compile(
    r"(?i)credit balance is too low|insufficient (?:balance|credits|funds)|key limit exceeded"
    r"|(?:used|spent) all (?:available |your )?credits|any credits|credits? (?:are|is) depleted"
    r"|spending limit"
)
_KEY = re.compile(
    r"(?i)incorrect api key|invalid api key|api key (?:is )?not valid|api key expired"
)
_RIGHT = re.compile(
    r"(?i)member of an organi[sz]ation|ip_not_authorized|not authorized from this ip"
)
_SCOPE = re.compile(r"(?i)api\.model\.read|missing scopes")
_MODEL = re.compile(
    r"(?i)\bmodel\b.{0,200}(?:not found|does not exist)|is not a valid model id|no models loaded"
)
_TOO_LONG = re.compile(
    r"(?i)context (?:length|size)|prompt is too long|maximum prompt length|too large for model"
)
_WANTS_TLS = re.compile(r"(?i)http request (?:was sent )?to (?:an )?https (?:server|port)")
_TITLE = re.compile(r"(?is)<title[^>]*>(.{0,300}?)</title>")


@dataclass(frozen=True, slots=True)
class Said:
    """An error body, whatever its shape: its words, every code in it, a status of its own."""

    message: str = ""
    codes: frozenset[str] = frozenset()
    status: int | None = None
    is_error: bool = False


def failure(reply: Reply, secrets: Iterable[Secret] = ()) -> ProviderError:
    """The finding for a reply that is not what was asked for. `secrets` are hidden in its words."""
    said = read_error(reply)
    status = reply.status
    if status == 200 and said.status:  # OpenRouter: the error's own status, in a body sent with 200
        status = said.status
    facts = {"status": str(reply.status)}
    if detail := redact(said.message, secrets)[:300]:
        facts["detail"] = detail
    return ProviderError(
        _code(status, said, reply),
        status=status,
        retry_after=retry_after(reply.headers, said.message),
        facts=facts,
    )


def is_page(reply: Reply) -> bool:
    """Whether a web page came instead of an answer."""
    start = reply.body[:200].lstrip().lower()
    return reply.content_type == "text/html" or start.startswith((b"<!doctype", b"<html"))


def page(reply: Reply) -> ProviderError:
    """The finding for a web page where an API should be."""
    facts = {"status": str(reply.status), "title": redact(read_error(reply).message)}
    return ProviderError("not_an_api", status=reply.status, facts=facts)


def read_error(reply: Reply) -> Said:
    """The error in a body of any of the shapes that providers and what stands before them use."""
    if is_page(reply):
        title = _TITLE.search(reply.body[:20_000].decode("utf-8", "replace"))
        return Said(text(unescape(title[1])) if title else "")
    body = parse(reply.body)
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return Said(text(reply.body[:300].decode("utf-8", "replace")) if body is None else "")
    error = body.get("error")
    inner = mapping(error)
    message = _first_text(
        inner.get("message"), error, body.get("message"),
        _detail(mapping(body.get("message")).get("detail")), _detail(body.get("detail")),
        body.get("title"),
    )  # fmt: skip
    own = count(inner.get("code")) or 0
    is_error = bool(error) or body.get("object") == "error"
    return Said(message, _codes(body, inner), own if 400 <= own < 600 else None, is_error)


def _codes(body: Mapping[str, Any], inner: Mapping[str, Any]) -> frozenset[str]:
    metadata, availability = mapping(inner.get("metadata")), mapping(body.get("availability"))
    found = [
        *(inner.get(name) for name in ("code", "type", "status")),
        *(metadata.get(name) for name in ("error_type", "limit_source")),
        mapping(inner.get("availability")).get("code"), availability.get("code"),
        mapping(inner.get("details")).get("error_code"),
        *(detail.get("reason") for detail in entries(inner.get("details"))),
        body.get("code"), body.get("type"),
    ]  # fmt: skip
    codes = {one.lower() for one in found if isinstance(one, str)}
    return frozenset(codes | ({"moderation"} if metadata.get("reasons") else set()))


def _detail(value: object) -> str:
    if isinstance(value, list):
        return next((said for one in entries(value) if (said := text(one.get("msg")))), "")
    if isinstance(value, dict):
        return text(value.get("error")) or text(mapping(value.get("error")).get("message"))
    return text(value)


def _first_text(*values: object) -> str:
    return next((found for value in values if (found := text(value))), "")


def _code(status: int, said: Said, reply: Reply) -> str:
    if status in _BY_STATUS:
        return _BY_STATUS[status](said)
    if status >= 500 or status in {408, 498}:
        return "model_loading" if "loading model" in said.message.lower() else "provider_down"
    if is_page(reply):
        return "not_an_api"
    if 300 <= status < 400:
        return "redirected"
    if 400 <= status < 500:
        return _refusal(said)
    return _from_words(said) if said.is_error else "unknown_answer"


def _unauthorized(said: Said) -> str:
    if _is_money(said):
        return "no_credit"
    return "no_permission" if _RIGHT.search(said.message) else "key_refused"


def _payment(said: Said) -> str:
    return "rate_limited" if "openrouter_in_flight_budget" in said.codes else "no_credit"


def _forbidden(said: Said) -> str:
    if _is_money(said):
        return "no_credit"
    if said.codes & (CONTENT | {"moderation"}):
        return "content_refused"
    return "key_refused" if said.codes & KEY else "no_permission"


def _not_found(said: Said) -> str:
    is_model = said.codes & MODEL or _MODEL.search(said.message)
    return "model_not_found" if is_model else "wrong_path"


def _too_many(said: Said) -> str:
    if _is_money(said):
        return "no_credit"
    return "provider_down" if said.codes & BUSY else "rate_limited"


def _refusal(said: Said) -> str:
    """400 and its kin: some hosts say everything with it."""
    if _WANTS_TLS.search(said.message):
        return "https_expected"
    found = _from_words(said)
    return "request_refused" if found == "unknown_answer" else found


def _from_words(said: Said) -> str:
    if said.codes & KEY or _KEY.search(said.message):
        return "key_refused"
    if _is_money(said):
        return "no_credit"
    if said.codes & TOO_LONG or _TOO_LONG.search(said.message):
        return "too_long"
    if said.codes & MODEL or _MODEL.search(said.message):
        return "model_not_found"
    return "content_refused" if said.codes & CONTENT else "unknown_answer"


def _is_money(said: Said) -> bool:
    return bool(said.codes & MONEY or _MONEY.search(said.message))


def may_not_list(error: ProviderError) -> bool:
    """Whether a key works and only may not list models (OpenAI's restricted keys)."""
    return error.code == "no_permission" and bool(
        _SCOPE.search(error.finding.facts.get("detail", ""))
    )


_BY_STATUS = {
    401: _unauthorized,
    402: _payment,
    403: _forbidden,
    404: _not_found,
    405: lambda _said: "wrong_path",
    429: _too_many,
}
