"""An answer that comes in one piece, and what to do when a stream's answer is none."""

from __future__ import annotations

from dataclasses import dataclass

from aiconnect.calls.dispatch import Call, call_error, rejects_stream_options, usage_of
from aiconnect.calls.plan import Attempt
from aiconnect.errors import ProviderError
from aiconnect.gateway.answers import Headers, call_headers
from aiconnect.gateway.limits import Limits
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.turn import NotAStream, Turn
from aiconnect.wire.relay import Exchange, Stale
from aiconnect.wire.types import Reply

REFUSAL_SECONDS = 15.0
REFUSAL_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer for the caller, as the provider gave it."""

    headers: Headers
    body: bytes


def receive(exchange: Exchange, attempt: Attempt, limits: Limits) -> Reply:
    """The whole reply. Raises CallError where it does not come, and Stale."""
    try:
        first = exchange.read_head(attempt.opened.first_byte or limits.first_byte)
        return _reply(exchange, first, limits.silence, limits.total, limits.answer_bytes)
    except ProviderError as error:
        exchange.close()
        raise call_error(attempt, error) from None


def _reply(exchange: Exchange, first: bytes, silence: float, total: float, limit: int) -> Reply:
    body = exchange.read_body(first, silence=silence, total=total, limit=limit)
    if exchange.head is None:
        raise ProviderError("broke")
    return Reply(exchange.head.status, exchange.head.headers, body)


def settle(call: Call, attempt: Attempt, reply: Reply) -> Answer:
    """Settle a call by its whole reply. Raises CallError where that is no answer."""
    usage = usage_of(attempt, reply)
    if usage is not None:
        call.settle("ok", status=200, usage=usage)
    else:
        call.settle_estimated("ok", status=200, output=len(reply.body) // 8)
    content_type = reply.headers.get("content-type", "application/json")
    headers = [("Content-Type", content_type), ("Content-Length", str(len(reply.body)))]
    return Answer([*headers, *call_headers(call.id, attempt.name, call.attempts)], reply.body)


def try_again(parts: Parts, turn: Turn, reason: Stale | NotAStream) -> Turn | Answer:
    """What follows where a stream did not begin: the call once more, an answer, or CallError."""
    call, request, attempt = turn.call, turn.request, turn.attempt
    if isinstance(reason, Stale):
        turn.exchange.close()
        return Turn(call, request, attempt, parts.send(call, request, attempt, fresh=True))
    reply = _refusal(parts, turn, reason.first)
    if rejects_stream_options(reply.status, reply.body) and not attempt.opened.no_stream_options:
        attempt = parts.learn_no_stream_options(attempt)
        return Turn(call, request, attempt, parts.send(call, request, attempt))
    return settle(call, attempt, reply)


def _refusal(parts: Parts, turn: Turn, first: bytes) -> Reply:
    exchange, limits = turn.exchange, parts.limits
    is_answer = exchange.head is not None and exchange.head.status == 200
    patience = limits.total if is_answer else REFUSAL_SECONDS
    silence = limits.silence if is_answer else REFUSAL_SECONDS
    try:
        reply = _reply(exchange, first, silence, patience, REFUSAL_BYTES)
    except ProviderError as error:
        exchange.close()
        raise call_error(turn.attempt, error) from None
    parts.upstream.keep(exchange)
    return reply
