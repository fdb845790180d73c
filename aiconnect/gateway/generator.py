"""The way of a stream on any WSGI server: the worker's thread carries it as a generator."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from aiconnect.calls.failing import call_error
from aiconnect.errors import CallError, ProviderError
from aiconnect.gateway.answers import Headers, call_headers
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.turn import NotAStream, Turn
from aiconnect.gateway.whole import Answer, try_again
from aiconnect.wire.relay import READ_SIZE, Stale


def begin(parts: Parts, turn: Turn) -> tuple[Turn, bytes] | Answer:
    """Read up to the first content. Raises CallError before anything reached the caller."""
    while True:
        try:
            first = _until_committed(turn, turn.sent.patience)
        except (Stale, NotAStream, CallError) as reason:
            following = try_again(parts, turn, reason)
            if isinstance(following, Answer):
                return following
            turn = following
        else:
            return turn, first


def _until_committed(turn: Turn, patience: float) -> bytes:
    deadline = monotonic() + patience
    while True:
        out = turn.take(_receive(turn, deadline - monotonic(), patience))
        if turn.committed:
            return out


def rest(parts: Parts, turn: Turn, first: bytes) -> Iterator[bytes]:
    """The stream from its first content on; closing it means that the caller has left."""
    carried = _carry(parts, turn, first)
    next(carried)  # now it has begun, so that it is settled even if nobody ever asks for a part
    return carried


def _carry(parts: Parts, turn: Turn, first: bytes) -> Iterator[bytes]:
    with parts.capacity.keep_thread():
        try:
            yield b""
            yield first
            while not turn.ended:
                yield _next(parts, turn)
        finally:
            if not turn.ended:
                turn.leave()
            parts.keep(turn.exchange)


def _next(parts: Parts, turn: Turn) -> bytes:
    silence = parts.limits.silence
    try:
        return turn.take(_receive(turn, silence, silence))
    except CallError:  # `_receive` found it silent: after the first content that is an event
        return turn.fail(ProviderError("silent", facts={"seconds": f"{silence:g}"}))


def headers(turn: Turn) -> Headers:
    """The head of a stream."""
    named = call_headers(turn.call, turn.sent)
    return [("Content-Type", turn.media_type), ("Cache-Control", "no-cache"), *named]


def _receive(turn: Turn, patience: float, told: float) -> bytes:
    turn.exchange.sock.settimeout(max(patience, 0.001))
    try:
        return turn.exchange.sock.recv(READ_SIZE)
    except TimeoutError:
        silent = ProviderError("silent", facts={"seconds": f"{told:g}"})
        raise call_error(turn.attempt, silent) from None
    except OSError:
        return b""
