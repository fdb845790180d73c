"""The gateway's WSGI application: what programs call. No Flask, no database, no disk wait."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from aiconnect.calls.journal import Journal
from aiconnect.calls.meters import Capacity
from aiconnect.calls.snapshot import Snapshot
from aiconnect.errors import CallError
from aiconnect.gateway.answers import Headers, error_body, error_headers, status_line
from aiconnect.gateway.back_room import BackRoom
from aiconnect.gateway.cors import Origins, is_preflight
from aiconnect.gateway.endpoints import openai
from aiconnect.gateway.limits import Limits
from aiconnect.gateway.line import Line, Open, Reason
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.pool import Pool
from aiconnect.gateway.requests import Environ
from aiconnect.gateway.stream import Relay
from aiconnect.ids import uuid7
from aiconnect.wire.relay import Upstream

log = logging.getLogger("aiconnect.gateway")

BACK_ROOM = 32
NOBODY = Origins()

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Endpoint = Callable[[Parts, Environ, StartResponse], Iterable[bytes]]

ENDPOINTS: dict[str, tuple[str, Endpoint]] = {
    "/v1/models": ("GET", openai.list_models),
    "/v1/chat/completions": ("POST", openai.chat),
}
PREFIXES: dict[str, tuple[str, Endpoint]] = {"/v1/models/": ("GET", openai.show_model)}


class Gateway:
    """Finds the endpoint of a path and answers; owns the relay thread and the back room."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        journal: Journal,
        upstream: Upstream,
        limits: Limits,
        origins: Origins = NOBODY,
    ) -> None:
        self._origins = origins
        self.capacity = Capacity(limits.threads_for_calls)
        self._pool: Pool[tuple[Open, Reason]] = Pool(BACK_ROOM, self._settle, name="back-room")
        self.relay = Relay(limits, self._to_back_room, upstream.keep)
        self.parts = Parts(snapshot, journal, upstream, limits, self.capacity, self.relay)
        self._back_room = BackRoom(self.parts)

    def start(self, detach: Callable[[Environ], Line] | None = None) -> None:
        """Start the relay thread; in the worker process only."""
        self.parts = replace(self.parts, detach=detach)
        self.relay.start()

    def stop(self) -> None:
        self.relay.stop()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request_id = environ["aiconnect.request_id"] = uuid7()
        extra = environ["aiconnect.headers"] = self._origins.headers(environ)
        if extra:
            start_response = _with(extra, start_response)
        try:
            if is_preflight(environ):
                return _allow(self._origins.preflight(environ), start_response)
            answer = _endpoint(environ)(self.parts, environ, start_response)
        except CallError as error:
            return _refuse(error, request_id, start_response)
        except Exception:
            log.exception("call failed", extra={"request_id": request_id})
            return _refuse(CallError("internal"), request_id, start_response)
        if answer is openai.HANDED_OVER:
            raise StopIteration  # gunicorn leaves a request that ends like this alone
        return answer

    def _to_back_room(self, one: Open, reason: Reason) -> None:
        self._pool.put((one, reason))

    def _settle(self, work: tuple[Open, Reason]) -> None:
        self._back_room.settle(*work)


def _endpoint(environ: Environ) -> Endpoint:
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    found = ENDPOINTS.get(path) or next((PREFIXES[p] for p in PREFIXES if path.startswith(p)), None)
    if found is None:
        raise CallError("unknown_path", path=path[:200])
    if found[0] != method and not (found[0] == "GET" and method == "HEAD"):
        raise CallError("method_not_allowed", path=path[:200], method=method)
    return found[1]


def _with(extra: Headers, start_response: StartResponse) -> StartResponse:
    """Every answer's headers, and these."""

    def start(status: str, headers: Headers) -> Any:
        known = {name for name, _ in headers}
        return start_response(status, headers + [one for one in extra if one[0] not in known])

    return start


def _allow(headers: Headers, start_response: StartResponse) -> Iterable[bytes]:
    start_response("204 No Content", headers)
    return []


def _refuse(error: CallError, request_id: str, start_response: StartResponse) -> Iterable[bytes]:
    body = error_body(error, request_id)
    headers = error_headers(error, request_id)
    start_response(status_line(error.status), [*headers, ("Content-Length", str(len(body)))])
    return [body]
