"""The way of a stream on any WSGI server: the worker's thread carries it as a generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic

from aiconnect.calls.failing import call_error
from aiconnect.errors import CallError, ProviderError
from aiconnect.gateway.answers import Headers, call_headers
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.turn import NotAStream, Turn
from aiconnect.gateway.whole import Answer, try_again
from aiconnect.wire.relay import READ_SIZE, Stale

LOOKS_EVERY = 0.25
Gone = Callable[[], bool]


class _Left(Exception):
    """The caller has gone."""


def stays() -> bool:
    """Of a caller whose leaving shows only when something is written to it."""
    return False


def begin(parts: Parts, turn: Turn, gone: Gone = stays) -> tuple[Turn, bytes] | Answer:
    """Read up to the first content. Raises CallError before anything reached the caller.

    `gone` is asked a few times in a second whether the caller has left: then there is nobody for
    an answer to reach.
    """
    while True:
        try:
            first = _until_committed(turn, turn.sent.patience, gone)
        except _Left:
            turn.leave()
            turn.exchange.close()
            return Answer([], b"")
        except (Stale, NotAStream, CallError) as reason:
            following = try_again(parts, turn, reason)
            if isinstance(following, Answer):
                return following
            turn = following
        else:
            return turn, first


def _until_committed(turn: Turn, patience: float, gone: Gone) -> bytes:
    deadline = monotonic() + patience
    while True:
        out = turn.take(_receive(turn, deadline - monotonic(), patience, gone))
        if turn.committed:
            return out


def rest(parts: Parts, turn: Turn, first: bytes, gone: Gone = stays) -> Iterator[bytes]:
    """The stream from its first content on; closing it means that the caller has left."""
    carried = _carry(parts, turn, first, gone)
    next(carried)  # now it has begun, so that it is settled even if nobody ever asks for a part
    return carried


def _carry(parts: Parts, turn: Turn, first: bytes, gone: Gone) -> Iterator[bytes]:
    with parts.capacity.keep_thread():
        try:
            yield b""
            yield first
            while not turn.ended:
                yield _next(parts, turn, gone)
        finally:
            if not turn.ended:
                turn.leave()
            parts.keep(turn.exchange)


def _next(parts: Parts, turn: Turn, gone: Gone) -> bytes:
    silence = parts.limits.silence
    try:
        return turn.take(_receive(turn, silence, silence, gone))
    except _Left:
        turn.leave()
        return b""
    except CallError:  # `_receive` found it silent: after the first content that is an event
        return turn.fail(ProviderError("silent", facts={"seconds": f"{silence:g}"}))


def headers(turn: Turn) -> Headers:
    """The head of a stream."""
    named = call_headers(turn.call, turn.sent)
    return [("Content-Type", turn.media_type), ("Cache-Control", "no-cache"), *named]


def _receive(turn: Turn, patience: float, told: float, gone: Gone) -> bytes:
    deadline = monotonic() + patience
    while True:
        turn.exchange.sock.settimeout(max(min(deadline - monotonic(), LOOKS_EVERY), 0.001))
        try:
            return turn.exchange.sock.recv(READ_SIZE)
        except TimeoutError:
            _check(turn, deadline, told, gone)
        except OSError:
            return b""


def _check(turn: Turn, deadline: float, told: float, gone: Gone) -> None:
    """What a pause means. Raises CallError where it was too long, _Left where nobody waits."""
    if gone():
        raise _Left
    if monotonic() >= deadline:
        silent = ProviderError("silent", facts={"seconds": f"{told:g}"})
        raise call_error(turn.attempt, silent) from None
