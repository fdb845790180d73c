"""An answer that comes in one piece, and what to do when a stream's answer is none."""

from __future__ import annotations

from dataclasses import dataclass

from aiconnect.adapters.estimating import said_in
from aiconnect.calls.dispatch import Call
from aiconnect.calls.failing import refusal_error, rejects_stream_options
from aiconnect.calls.ways import Whole
from aiconnect.errors import CallError, ProviderError
from aiconnect.gateway.answers import Headers, call_headers
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.tries import Sent, Tries
from aiconnect.gateway.turn import NotAStream, Turn
from aiconnect.wire.relay import Exchange, Stale
from aiconnect.wire.types import Reply

REFUSAL_SECONDS = 15.0
REFUSAL_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer for the caller."""

    headers: Headers
    body: bytes


def complete(parts: Parts, tries: Tries) -> Answer:
    """Go through the attempts to a whole answer. Raises CallError where none gives one."""
    sent = tries.first()
    while True:
        try:
            found = sent.way.whole(_receive(parts, tries, sent))
        except Stale:
            sent = tries.fresh(sent)
        except ProviderError as error:
            sent = tries.after(refusal_error(sent.attempt, error, tries.request.wire))
        else:
            return _answer(tries.call, sent, tries, found)


def _receive(parts: Parts, tries: Tries, sent: Sent) -> Reply:
    """The whole reply. Raises ProviderError where it does not come, and Stale."""
    exchange, limits = sent.exchange, parts.limits
    try:
        first = exchange.read_head(sent.patience)
        reply = _reply(exchange, first, limits.silence, tries.seconds_left, limits.answer_bytes)
    except ProviderError:
        exchange.close()
        raise
    tries.heard(sent)
    parts.keep(exchange)
    return reply


def _reply(exchange: Exchange, first: bytes, silence: float, total: float, limit: int) -> Reply:
    body = exchange.read_body(first, silence=silence, total=total, limit=limit)
    if exchange.head is None:
        raise ProviderError("broke")
    return Reply(exchange.head.status, exchange.head.headers, body)


def _answer(call: Call, sent: Sent, tries: Tries, found: Whole) -> Answer:
    tries.answered(sent)
    code = found.refused or None
    if call.words is not None:
        call.words.answer(found.body, found.media_type)
    if found.usage is not None:
        call.settle("ok", status=200, code=code, usage=found.usage)
    elif found.text:
        call.settle_estimated("ok", status=200, code=code, output=said_in(found.body))
    else:
        call.settle("ok", status=200, code=code)
    headers = [("Content-Type", found.media_type), ("Content-Length", str(len(found.body)))]
    return Answer([*headers, *call_headers(call, sent)], found.body)


def try_again(parts: Parts, turn: Turn, reason: Stale | NotAStream | CallError) -> Turn | Answer:
    """What follows where a stream did not begin: another turn, an answer, or CallError."""
    tries, sent = turn.tries, turn.sent
    if isinstance(reason, Stale):
        return Turn(tries, tries.fresh(sent))
    if isinstance(reason, CallError):
        sent.exchange.close()
        return Turn(tries, tries.after(reason))
    try:
        reply = _refusal(parts, turn, reason.first)
        if _wants_no_options(sent, reply):
            return Turn(tries, tries.without_stream_options(sent))
        return _answer(tries.call, sent, tries, sent.way.whole(reply))
    except ProviderError as error:
        return Turn(tries, tries.after(refusal_error(sent.attempt, error, tries.request.wire)))


def _wants_no_options(sent: Sent, reply: Reply) -> bool:
    is_known = sent.attempt.opened.no_stream_options
    options = sent.way.request.body.get("stream_options")
    is_ours = not isinstance(options, dict) or options.keys() <= {"include_usage"}
    return is_ours and not is_known and rejects_stream_options(reply.status, reply.body)


def _refusal(parts: Parts, turn: Turn, first: bytes) -> Reply:
    exchange, limits = turn.exchange, parts.limits
    is_answer = exchange.head is not None and exchange.head.status == 200
    patience = turn.tries.seconds_left if is_answer else REFUSAL_SECONDS
    silence = limits.silence if is_answer else REFUSAL_SECONDS
    try:
        reply = _reply(exchange, first, silence, patience, REFUSAL_BYTES)
    except ProviderError:
        exchange.close()
        raise
    turn.tries.heard(turn.sent)
    parts.keep(exchange)
    return reply
