"""Headers of every answer: no scripts, no framing, no leaking, no keeping; and the request's id."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, request

from aiconnect.ids import uuid7

log = logging.getLogger(__name__)

POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def init_app(app: Flask) -> None:
    """Give each request an id and each answer its headers."""
    app.before_request(_begin)
    app.after_request(_dress)


def request_id() -> str:
    """The id that ties a page to its lines in the log."""
    return str(g.get("request_id", ""))


def _begin() -> None:
    g.request_id = uuid7()


def _dress(response: Response) -> Response:
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = request_id()
    # With no-referrer a browser sends `Origin: null` with a form, and a POST could not be told
    # from a foreign one; same-origin gives other sites just as little.
    has_forms = response.mimetype == "text/html"
    policy = "same-origin" if has_forms else "no-referrer"
    response.headers.setdefault("Referrer-Policy", policy)  # a view may be stricter
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response
