"""A program's request as the gateway reads it from WSGI."""

from __future__ import annotations

import time
from typing import Any

from gunicorn.http.errors import ParseException

from aiconnect.errors import CallError

Environ = dict[str, Any]
PIECE = 256 * 1024
READ_SECONDS = 60.0

# What of the caller's headers goes on to the provider, and nothing else.
PASSED_ON = {
    "HTTP_ACCEPT": "Accept",
    "HTTP_ANTHROPIC_VERSION": "anthropic-version",
    "HTTP_ANTHROPIC_BETA": "anthropic-beta",
    "HTTP_OPENAI_BETA": "OpenAI-Beta",
    "HTTP_IDEMPOTENCY_KEY": "Idempotency-Key",
    "HTTP_TRACEPARENT": "traceparent",
}


def speaks_anthropic(environ: Environ) -> bool:
    """Whether the caller is a client of Anthropic's, at a path that others ask for too."""
    return "HTTP_ANTHROPIC_VERSION" in environ


def passed_on(environ: Environ, *, is_form: bool = False) -> dict[str, str]:
    """Headers for the provider: a body is JSON, whatever the caller called it, or else a form."""
    kind = environ.get("CONTENT_TYPE", "") if is_form else "application/json"
    headers = {"Content-Type": kind, "Accept": "*/*"}
    for key, name in PASSED_ON.items():
        value = environ.get(key)
        if value and value.isprintable():  # some servers let a folded line through
            headers[name] = value
    return headers


def read_body(environ: Environ, limit: int) -> bytes:
    """The whole request body. Raises CallError where it is too large or does not come."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length and (not length.isdigit() or int(length) > limit):
        raise CallError("too_large", limit=limit // (1024 * 1024))
    if not length and not environ.get("wsgi.input_terminated"):
        return b""  # PEP 3333: there is nothing to read, and reading might wait for ever
    body = _read(environ["wsgi.input"], int(length) if length else limit + 1)
    if len(body) > limit:
        raise CallError("too_large", limit=limit // (1024 * 1024))
    if length and len(body) < int(length):
        raise CallError("bad_request", detail="The request body ended early.")
    return body


def _read(stream: Any, length: int) -> bytes:
    deadline = time.monotonic() + READ_SECONDS
    parts: list[bytes] = []
    left = length
    try:
        while left > 0 and (part := stream.read(min(left, PIECE))):
            parts.append(part)
            left -= len(part)
            if time.monotonic() > deadline:
                raise CallError("request_timeout")
    except (TimeoutError, BlockingIOError):  # the kernel's own receive timeout is EAGAIN
        raise CallError("request_timeout") from None
    except (OSError, ParseException):  # the second: chunks that are none
        raise CallError("bad_request", detail="The request body did not arrive.") from None
    return b"".join(parts)
