"""How a provider's failure is told to the program that called, and whether another may help."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from aiconnect.adapters.chat import Failed
from aiconnect.adapters.refusing import FILTER, MODEL, ROUTER
from aiconnect.calls.faults import code_of
from aiconnect.calls.plan import Attempt
from aiconnect.errors import CallError, ProviderError
from aiconnect.secret import Secret
from aiconnect.wire.types import Reply

OWN_FAULTS = {400, 409, 413, 415, 422}
CALLERS_FAULTS = {"too_long", "request_refused"}

FALLS_OVER = {
    "provider_auth", "provider_no_credit", "provider_rate_limited", "provider_error",
    "provider_unreachable", "provider_broke", "provider_silent", "provider_paused",
    "address_refused", "model_not_found", "connection_limited", "cannot_carry",
}  # fmt: skip
"""After these the next step is tried; never after what is the caller's own fault."""

CHATS = {"openai.chat", "anthropic.messages", "ollama.chat", "ollama.generate"}
PASSING = {500, 502, 503, 529}
"""Statuses of a provider that may be over in a moment."""

FINDING_CODES: Mapping[str, str] = {
    "key_refused": "provider_auth",
    "no_permission": "provider_auth",
    "no_credit": "provider_no_credit",
    "no_credit.in_flight": "provider_rate_limited",
    "rate_limited": "provider_rate_limited",
    "address_refused": "address_refused",
    "silent": "provider_silent",
    "broke": "provider_broke",
    "name_not_found": "provider_unreachable",
    "refused": "provider_unreachable",
    "timeout": "provider_unreachable",
    "reset": "provider_unreachable",
    "unsent": "provider_unreachable",
    "plain_http": "provider_unreachable",
    "tls_untrusted": "provider_unreachable",
    "tls_name": "provider_unreachable",
    "tls_expired": "provider_unreachable",
    "tls_failed": "provider_unreachable",
    "https_expected": "provider_unreachable",
    "proxy_auth": "provider_unreachable",
    "proxy_refused": "provider_unreachable",
    "proxy_unreachable": "provider_unreachable",
}


_UNREACHED_WORDS = {
    "name_not_found": "its name is not known here",
    "refused": "nothing answers at its address",
    "timeout": "no answer from its address",
    "reset": "it closed the connection without an answer",
    "unsent": "it closed the connection before it had read the request, which may be too large",
    "plain_http": "its address says https, but plain http is spoken there",
    "https_expected": "its address says http, but https is spoken there",
    "tls_untrusted": "its certificate is not trusted here",
    "tls_name": "its certificate is for another name",
    "tls_expired": "its certificate is not valid at this time",
    "tls_failed": "no encryption could be agreed on",
    "proxy_auth": "the outgoing proxy wants a login",
    "proxy_refused": "the outgoing proxy refuses to connect to it",
    "proxy_unreachable": "the outgoing proxy cannot be reached",
}
"""For programs: what stands in the way, without hosts and ports of the inside."""


def refusal_error(attempt: Attempt, error: ProviderError, wire: str) -> CallError:
    """The same for a provider that has answered with a refusal: it may be asked once more.

    A server without the path of such calls has none of their kind, and nothing is wrong with it.
    """
    found = call_error(attempt, error)
    if error.code == "wrong_path" and wire not in CHATS:
        kind = wire.partition(".")[2].replace(".", "/")
        told = CallError("cannot_carry", model=attempt.name, what=f"calls of {kind}")
        told.finding = found.finding
        return told
    is_passing = found.code == "provider_error" and error.status in PASSING
    found.may_repeat = is_passing or found.code == "provider_rate_limited"
    return found


def call_error(attempt: Attempt, error: ProviderError) -> CallError:
    """How a provider's failure is told to the caller; what was found is kept beside it."""
    told = _told(attempt, error)
    told.finding = code_of(error)
    return told


def _told(attempt: Attempt, error: ProviderError) -> CallError:
    """The words and the status.

    The caller's own faults keep their status and quote the provider's redacted words; ours and
    the provider's say a fixed sentence.
    """
    facts = error.finding.facts
    connection = attempt.opened.name
    detail = facts.get("detail") or _UNREACHED_WORDS.get(error.code) or error.code.replace("_", " ")
    case = f"{error.code}.{facts.get('reason', '')}"
    code = FINDING_CODES.get(case) or FINDING_CODES.get(error.code)
    if case == "request_refused.unsupported":  # another model may take it
        return CallError(
            "cannot_carry", model=attempt.name, what=f"something in this request ({detail})"
        )
    if error.code == "content_refused":
        return _refused(attempt, facts, detail)
    if error.code in CALLERS_FAULTS or (code is None and error.status in OWN_FAULTS):
        status = 413 if error.status == 413 else 400
        return CallError("provider_refused", status=status, connection=connection, detail=detail)
    if error.code == "model_not_found":
        return CallError("model_not_found", model=attempt.name)
    after = None if error.retry_after is None else max(1, round(error.retry_after))
    seconds = facts.get("seconds", "?")
    return CallError(
        code or "provider_error",
        retry_after=after,
        may_repeat=code == "provider_unreachable" and error.code != "unsent",
        connection=connection,
        detail=detail,
        seconds=seconds,
    )


REFUSED_BY: Mapping[str, str] = {"moderation": ROUTER, "model": MODEL}


def _refused(attempt: Attempt, facts: Mapping[str, str], detail: str) -> CallError:
    """Who would not have the content. Nothing is wrong with the connection."""
    about = ", ".join(facts[name] for name in ("flagged", "upstream") if facts.get(name))
    return CallError(
        REFUSED_BY.get(facts.get("reason", ""), FILTER),
        connection=attempt.opened.name,
        model=attempt.name,
        detail=f"{detail} ({about})" if about else detail,
    )


_STATUS_OF = {
    "content_filter": 400, "content_policy_violation": 400, "invalid_prompt": 400,
    "refusal": 400, "moderation": 403,
    "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402,
    "permission_error": 403, "not_found_error": 404, "request_too_large": 413,
    "rate_limit_error": 429, "rate_limit_exceeded": 429, "insufficient_quota": 429,
    "server_error": 500, "api_error": 500, "internal_server_error": 500,
    "overloaded_error": 529, "timeout_error": 504,
}  # fmt: skip
"""The status that an error in a stream would have had as a whole answer."""


def said_in_stream(attempt: Attempt, failed: Failed, secrets: Iterable[Secret]) -> ProviderError:
    """The finding for an error that a provider reports in its stream, after status 200."""
    status = _STATUS_OF.get(failed.kind.lower(), 0)
    if failed.kind.isdecimal() and 400 <= int(failed.kind[:4]) < 600:  # "²" is a digit, no more
        status = int(failed.kind[:4])
    error = {"message": failed.message, "type": failed.kind, "code": failed.kind}
    reply = Reply(status or 500, {}, json.dumps({"error": error}).encode())
    return attempt.opened.adapter.failure(reply, secrets)


def rejects_stream_options(status: int, body: bytes) -> bool:
    """Whether an endpoint says that it does not know `stream_options`, which we asked for."""
    return status in {400, 422} and b"stream_options" in body
