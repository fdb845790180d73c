"""What those who run the server and those who write programs ask it about itself."""

from __future__ import annotations

from collections.abc import Iterable

from aiconnect.calls.snapshot import Caller
from aiconnect.errors import CallError
from aiconnect.gateway import metrics
from aiconnect.gateway.describing import describe
from aiconnect.gateway.endpoints.calling import StartResponse, admitted
from aiconnect.gateway.merging import merged
from aiconnect.gateway.parts import Parts
from aiconnect.gateway.requests import Environ

JSON = "application/json"


def show_metrics(parts: Parts, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """GET /metrics, for Prometheus. Raises CallError (401, 403) for others."""
    caller = _caller(parts, environ)
    if not metrics.may_read(environ, caller, parts.about.trusted_proxies):
        raise CallError("metrics_not_allowed") if caller else CallError("no_access_token")
    fellows = parts.fellows()
    body, kind = parts.reach.metrics.render()
    if fellows:
        body = merged([parts.word(body), *fellows])
    return _answer(environ, start_response, body, kind)


def show_description(
    parts: Parts, environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    """GET /openapi.json: every path for programs (OpenAPI 3.1)."""
    body = describe(parts.about.public_url, parts.about.version)
    return _answer(environ, start_response, body, JSON)


def _caller(parts: Parts, environ: Environ) -> Caller | None:
    is_named = "HTTP_AUTHORIZATION" in environ or "HTTP_X_API_KEY" in environ
    return admitted(parts, environ) if is_named else None


def _answer(
    environ: Environ, start_response: StartResponse, body: bytes, kind: str
) -> Iterable[bytes]:
    headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
    start_response("200 OK", [*headers, ("x-request-id", environ["aiconnect.request_id"])])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
