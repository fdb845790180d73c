"""One call from its begin to its settling, whoever carries its bytes (a thread or the relay)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.openai import read_usage
from aiconnect.adapters.types import Usage
from aiconnect.calls.journal import Journal, LedgerFull
from aiconnect.calls.plan import Attempt
from aiconnect.calls.snapshot import Caller
from aiconnect.errors import CallError, ProviderError
from aiconnect.ids import uuid7
from aiconnect.wire.types import Reply

BYTES_PER_TOKEN = 4
NAME_LENGTH = 200
OWN_FAULTS = {400, 409, 413, 415, 422}
CALLERS_FAULTS = {"too_long", "content_refused", "request_refused"}

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


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """The caller's body, read, and what of its headers goes on.

    `wants_usage` is whether the caller itself asked for usage in the stream.
    """

    body: dict[str, Any]
    model: str
    is_stream: bool
    wants_usage: bool
    size: int
    headers: Mapping[str, str]

    def encode(self, attempt: Attempt) -> bytes:
        """The body for the provider: only the model's name and `stream_options` change.

        Raises CallError (400) where it cannot be said in JSON again.
        """
        body = self.body | {"model": attempt.model_id}
        if self.is_stream:
            if attempt.opened.no_stream_options:
                body.pop("stream_options", None)
            else:
                body["stream_options"] = {
                    **(body.get("stream_options") or {}),
                    "include_usage": True,
                }
        try:
            return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()
        except (ValueError, RecursionError):  # 1e999 was read as infinity; or nested to the brim
            raise CallError("invalid_json") from None


def read_chat(raw: bytes, headers: Mapping[str, str]) -> ChatRequest:
    """Read a chat completion request. Raises CallError (400)."""
    try:
        body = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise CallError("invalid_json") from None
    if not isinstance(body, dict):
        raise CallError("invalid_json")
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise CallError("model_missing")
    if not model.isprintable():  # half a character, a line break: it goes into headers and records
        raise CallError("bad_request", detail="`model` must be text on one line.")
    stream, options = body.get("stream"), body.get("stream_options")
    if not isinstance(stream, bool | None):
        raise CallError("bad_request", detail="`stream` must be true or false.")
    if not isinstance(options, dict | None):
        raise CallError("bad_request", detail="`stream_options` must be an object.")
    wants_usage = bool((options or {}).get("include_usage"))
    return ChatRequest(body, model, bool(stream), wants_usage, len(raw), headers)


def _refuse_constant(_text: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


@dataclass(slots=True)
class Call:
    """A call under way. `settle` may be called from any end of it; only the first one counts."""

    journal: Journal
    caller: Caller
    model: str
    is_stream: bool
    attempt: Attempt | None = None
    id: str = field(default_factory=uuid7)
    attempts: int = 0
    request_bytes: int = 0
    _at: int = 0
    _began: float = 0.0
    _first: float | None = None
    _is_open: bool = False

    def begin(self) -> None:
        """Write the begin, once. Raises CallError `ledger_full` for calls that may cost money.

        A free call goes on unrecorded then: nothing is owed for it.
        """
        if self._at:
            return
        self._at = time.time_ns() // 1_000_000
        self._began = time.monotonic()
        try:
            self.journal.begin({"k": "b", **self._facts()})
            self._is_open = True
        except LedgerFull:
            if self.attempt is not None and not self.attempt.opened.is_free:
                raise CallError("ledger_full") from None

    def mark_first(self) -> None:
        """The first content is here."""
        if self._first is None:
            self._first = time.monotonic()

    def settle(
        self,
        outcome: str,
        *,
        status: int | None,
        code: str | None = None,
        usage: Usage | None = None,
        estimated: bool = False,
    ) -> None:
        """Write the end, once."""
        if not self._is_open:
            return
        self._is_open = False
        facts = self._facts()
        facts["f"] = facts["f"] or outcome == "refused" or code in UNREACHED
        self.journal.end({
            "k": "e", **facts,
            "ms": self._ms(time.monotonic()), "ft": self._ms(self._first),
            "o": outcome, "st": status, "cd": code, "n": self.attempts,
            "u": _parts(usage) if usage else None, "es": estimated,
            "gm": usage.generation_ms if usage else None,
        })  # fmt: skip

    def settle_estimated(
        self, outcome: str, *, status: int | None, output: int, code: str | None = None
    ) -> None:
        """Write the end of a call whose usage the provider never told: sizes stand for tokens."""
        usage = Usage(input=self.request_bytes // BYTES_PER_TOKEN, output=output)
        self.settle(outcome, status=status, code=code, usage=usage, estimated=True)

    def settle_error(self, error: CallError) -> None:
        """Write a call that failed before anything reached the caller, begun or not."""
        self.begin()
        outcome = "refused" if error.status < 500 or error.code in REFUSALS else "failed"
        self.settle(outcome, status=error.status, code=error.code)

    def _ms(self, moment: float | None) -> int | None:
        return None if moment is None else round((moment - self._began) * 1000)

    def _facts(self) -> dict[str, Any]:
        opened = self.attempt.opened if self.attempt else None
        model = self.attempt.model_id if self.attempt else self.model
        return {
            "id": self.id, "at": self._at, "s": self.is_stream, "m": model[:NAME_LENGTH],
            "p": self.caller.person_id, "pn": self.caller.person,
            "t": self.caller.token_id, "tn": self.caller.token_name,
            "c": opened.id if opened else None, "cn": opened.name if opened else "",
            "f": opened.is_free if opened else True, "rb": self.request_bytes,
        }  # fmt: skip


UNREACHED = {"provider_unreachable", "address_refused"}
"""Where no provider has seen the call, nothing is owed for it; nor for one that was refused."""
REFUSALS = {"provider_auth", "provider_no_credit", "ledger_full", "no_capacity"}


def _parts(usage: Usage) -> list[int | None]:
    return [usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning]


_UNREACHED_WORDS = {
    "name_not_found": "its name is not known here",
    "refused": "nothing answers at its address",
    "timeout": "no answer from its address",
    "reset": "it closed the connection without an answer",
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


def call_error(attempt: Attempt, error: ProviderError) -> CallError:
    """How a provider's failure is told to the caller.

    The caller's own faults keep their status and quote the provider's redacted words; ours and
    the provider's say a fixed sentence.
    """
    facts = error.finding.facts
    connection = attempt.opened.name
    detail = facts.get("detail") or _UNREACHED_WORDS.get(error.code) or error.code.replace("_", " ")
    case = f"{error.code}.{facts.get('reason', '')}"
    code = FINDING_CODES.get(case) or FINDING_CODES.get(error.code)
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
        connection=connection,
        detail=detail,
        seconds=seconds,
    )


def usage_of(attempt: Attempt, reply: Reply) -> Usage | None:
    """The usage in a whole answer, None where it says nothing.

    Raises CallError where it is no answer: a status other than 200, a web page, broken JSON, or
    an error with status 200.
    """
    answer = _object(reply.body) if reply.status == 200 else None
    if answer is None or answer.get("error"):
        target = attempt.opened.target
        adapter = ADAPTERS[target.provider.dialect]
        raise call_error(attempt, adapter.failure(reply, target.secrets))
    return read_usage(answer)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def rejects_stream_options(status: int, body: bytes) -> bool:
    """Whether an endpoint says that it does not know `stream_options`, which we asked for."""
    return status in {400, 422} and b"stream_options" in body
