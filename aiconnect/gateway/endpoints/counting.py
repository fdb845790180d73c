"""POST /v1/messages/count_tokens: asked of a provider that counts, else guessed, and then said."""

from __future__ import annotations

from collections.abc import Iterable

from aiconnect.calls.dispatch import Call
from aiconnect.calls.plan import plan
from aiconnect.calls.request import read
from aiconnect.calls.ways import COUNT, counts
from aiconnect.errors import CallError
from aiconnect.gateway import whole
from aiconnect.gateway.answers import dump
from aiconnect.gateway.endpoints.calling import StartResponse, admitted
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.requests import Environ, passed_on, read_body
from aiconnect.gateway.tries import Tries


def count_tokens(parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """How many tokens a request would read: `{"input_tokens": n}`."""
    caller = admitted(parts, environ)
    with parts.capacity.thread():
        raw = read_body(environ, parts.limits.body_bytes)
        request = read(COUNT, raw, passed_on(environ))
        found = plan(parts.snapshot(), caller, request.model)
        if not counts(found.attempts[0]):
            return _guess(environ, start_response, request.estimated_tokens)
        call = Call(
            parts.reach.journal, caller, request.model, is_stream=False, wire=COUNT,
            id=environ["aiconnect.request_id"], attempt=found.attempts[0],
            observe=parts.reach.observe,
        )  # fmt: skip
        try:
            parts.reach.counting.admit(call, 0)
            done = whole.complete(parts, Tries(parts.reach, call, request, found.only_first))
        except CallError as error:
            call.settle_error(error)
            raise
        except Exception:
            call.settle_error(CallError("internal"))  # else its places would never be free again
            raise
    start_response("200 OK", done.headers)
    return [done.body]


def _guess(environ: Environ, start_response: StartResponse, tokens: int) -> Iterable[bytes]:
    body = dump({"input_tokens": max(1, tokens)})
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("x-request-id", environ["aiconnect.request_id"]),
        ("x-aiconnect-estimated", "true"),
    ]
    start_response("200 OK", headers)
    return [body]
