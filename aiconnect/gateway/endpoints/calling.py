"""A call from its request to its answer: one walk for every wire that programs speak."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from aiconnect.calls.admission import admit
from aiconnect.calls.dispatch import Call
from aiconnect.calls.opaque import FORM
from aiconnect.calls.plan import plan
from aiconnect.calls.request import Request, read, read_form
from aiconnect.calls.snapshot import Caller
from aiconnect.calls.texts import Words
from aiconnect.errors import CallError
from aiconnect.gateway import generator, whole
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.requests import Environ, passed_on, read_body
from aiconnect.gateway.tries import Tries
from aiconnect.gateway.turn import Turn

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Endpoint = Callable[[Parts, Environ, StartResponse], Iterable[bytes]]

OWN_CALLER = "aiconnect.caller"
"""Where pages of ours put who calls. Headers become HTTP_ keys: no program can set this one."""
OWN_GONE = "aiconnect.gone"
"""Where they put how to see that their reader has left."""

HANDED_OVER: tuple[bytes, ...] = ()
"""What an endpoint gives where the relay has the caller's socket: nothing is left to answer."""


def calling(wire: str) -> Endpoint:
    """The endpoint that answers calls of this wire."""
    return partial(answer, wire)


def admitted(parts: Parts, environ: Environ) -> Caller:
    """Who calls. Raises CallError (401)."""
    own = environ.get(OWN_CALLER)
    if isinstance(own, Caller):
        return own
    presented = environ.get("HTTP_AUTHORIZATION"), environ.get("HTTP_X_API_KEY")
    return admit(parts.snapshot(), *presented)


def answer(
    wire: str, parts: Parts, environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    """Admit, plan, hold, begin, try, answer, settle."""
    caller = admitted(parts, environ)
    call = Call(
        parts.reach.journal, caller, "", is_stream=False, id=environ["aiconnect.request_id"],
        wire=wire, observe=parts.reach.observe,
    )  # fmt: skip
    environ["aiconnect.call"] = call
    try:
        with parts.capacity.thread():
            request = _read(parts, environ, call)
            found = plan(parts.snapshot(), caller, request.model, request.needs)
            call.attempt = found.attempts[0]
            parts.reach.counting.admit(call, request.reserved_tokens)
            tries = Tries(parts.reach, call, request, found)
            if request.is_stream:
                return _stream(parts, environ, start_response, tries)
            done = whole.complete(parts, tries)
    except CallError as error:
        call.settle_error(error)
        raise
    except Exception:
        call.settle_error(CallError("internal"))
        raise
    start_response("200 OK", done.headers)
    return [done.body]


def _read(parts: Parts, environ: Environ, call: Call) -> Request:
    raw = read_body(environ, parts.limits.body_bytes)
    is_form = environ.get("CONTENT_TYPE", "").lower().startswith(FORM)
    request = (read_form if is_form else read)(call.wire, raw, passed_on(environ, is_form=is_form))
    call.model, call.is_stream, call.request_bytes = request.model, request.is_stream, len(raw)
    call.asked = request
    if parts.snapshot().keeps_texts and not is_form:  # a form has a file in it
        call.words = Words(call.wire, raw, parts.reach.texts.put)
    return request


def _stream(
    parts: Parts, environ: Environ, start_response: StartResponse, tries: Tries
) -> Iterable[bytes]:
    if parts.detach is None or OWN_CALLER in environ:
        gone = environ.get(OWN_GONE, generator.stays)
        return _generate(parts, start_response, Turn(tries, tries.first()), gone)
    parts.capacity.enter_stream()
    try:
        turn = Turn(tries, tries.first())
    except Exception:
        parts.capacity.leave_stream()
        raise
    parts.relay.add(turn, parts.detach(environ))
    return HANDED_OVER


def _generate(
    parts: Parts, start_response: StartResponse, turn: Turn, gone: generator.Gone
) -> Iterable[bytes]:
    begun = generator.begin(parts, turn, gone)
    if isinstance(begun, whole.Answer):
        start_response("200 OK", begun.headers)
        return [begun.body]
    turn, first = begun
    start_response("200 OK", generator.headers(turn))
    return generator.rest(parts, turn, first, gone)
