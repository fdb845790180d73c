"""OpenAI's paths: the model list and chat completions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from aiconnect.calls.admission import admit
from aiconnect.calls.dispatch import Call, ChatRequest, read_chat
from aiconnect.calls.plan import find, plan
from aiconnect.calls.snapshot import Caller, Served, Snapshot
from aiconnect.errors import CallError
from aiconnect.gateway import generator, whole
from aiconnect.gateway.answers import JSON, dump
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.requests import Environ, passed_on, read_body
from aiconnect.gateway.turn import Turn
from aiconnect.wire.relay import Stale

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
HANDED_OVER: tuple[bytes, ...] = ()
"""What `chat` gives where the relay has the caller's socket: nothing is left to answer."""


def list_models(parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """GET /v1/models: what this access token may use."""
    caller = _admit(parts, environ)
    snapshot = parts.snapshot()
    models = [_model(one) for one in snapshot.served if _is_for(snapshot, caller, one)]
    return _json(environ, start_response, {"object": "list", "data": models})


def show_model(parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """GET /v1/models/{id}: one of them, by any of its names."""
    caller = _admit(parts, environ)
    name = _text(environ["PATH_INFO"]).removeprefix("/v1/models/")
    attempt = find(parts.snapshot(), caller, name)
    if attempt is None or not attempt.opened.enabled or not caller.may_use(attempt.name):
        raise CallError("model_not_found", model=name[:200])
    served = parts.snapshot().by_name.get(attempt.name)
    served = served or Served(attempt.opened.id, attempt.opened.name, attempt.model_id)
    return _json(environ, start_response, _model(served))


def chat(parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """POST /v1/chat/completions."""
    caller = _admit(parts, environ)
    call = Call(parts.journal, caller, "", is_stream=False, id=environ["aiconnect.request_id"])
    try:
        with parts.capacity.thread():
            request = _read(parts, environ, call)
            call.attempt = plan(parts.snapshot(), caller, request.model)
            call.begin()
            if request.is_stream:
                return _stream(parts, environ, start_response, call, request)
            return _whole(parts, start_response, call, request)
    except CallError as error:
        call.settle_error(error)
        raise
    except Exception:
        call.settle_error(CallError("internal"))
        raise


def _read(parts: Parts, environ: Environ, call: Call) -> ChatRequest:
    raw = read_body(environ, parts.limits.body_bytes)
    request = read_chat(raw, passed_on(environ))
    call.model, call.is_stream, call.request_bytes = request.model, request.is_stream, len(raw)
    return request


def _whole(
    parts: Parts, start_response: StartResponse, call: Call, request: ChatRequest
) -> Iterable[bytes]:
    attempt = call.attempt
    assert attempt is not None  # noqa: S101 (planned just before)
    exchange = parts.send(call, request, attempt)
    try:
        reply = whole.receive(exchange, attempt, parts.limits)
    except Stale:
        exchange.close()
        exchange = parts.send(call, request, attempt, fresh=True)
        reply = whole.receive(exchange, attempt, parts.limits)
    parts.upstream.keep(exchange)
    answer = whole.settle(call, attempt, reply)
    start_response("200 OK", answer.headers)
    return [answer.body]


def _stream(
    parts: Parts, environ: Environ, start_response: StartResponse, call: Call, request: ChatRequest
) -> Iterable[bytes]:
    attempt = call.attempt
    assert attempt is not None  # noqa: S101 (planned just before)
    if parts.detach is None:
        return _generate(
            parts, start_response, Turn(call, request, attempt, parts.send(call, request, attempt))
        )
    parts.capacity.enter_stream()
    try:
        turn = Turn(call, request, attempt, parts.send(call, request, attempt))
    except Exception:
        parts.capacity.leave_stream()
        raise
    parts.relay.add(turn, parts.detach(environ))
    return HANDED_OVER


def _generate(parts: Parts, start_response: StartResponse, turn: Turn) -> Iterable[bytes]:
    begun = generator.begin(parts, turn)
    if isinstance(begun, whole.Answer):
        start_response("200 OK", begun.headers)
        return [begun.body]
    turn, first = begun
    start_response("200 OK", generator.headers(turn))
    return generator.rest(parts, turn, first)


def _admit(parts: Parts, environ: Environ) -> Caller:
    return admit(parts.snapshot(), environ.get("HTTP_AUTHORIZATION"), environ.get("HTTP_X_API_KEY"))


def _text(path: str) -> str:
    """A path as it was meant: WSGI gives its bytes, no longer quoted, as if they were Latin-1."""
    return path.encode("latin-1", "replace").decode("utf-8", "replace")


def _is_for(snapshot: Snapshot, caller: Caller, served: Served) -> bool:
    opened = snapshot.connections[served.connection]
    return opened.enabled and opened.serves(caller.person_id) and caller.may_use(served.name)


def _model(served: Served) -> dict[str, Any]:
    return {
        "id": served.name,
        "object": "model",
        "created": served.made,
        "owned_by": served.connection,
        "type": served.type,
    }


def _json(environ: Environ, start_response: StartResponse, value: object) -> Iterable[bytes]:
    body = dump(value)
    headers = [("Content-Type", JSON), ("Content-Length", str(len(body)))]
    start_response("200 OK", [*headers, ("x-request-id", environ["aiconnect.request_id"])])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
