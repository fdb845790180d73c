"""What programs get back: bodies, status lines, headers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aiconnect.adapters.wires import ERRORS
from aiconnect.calls.dispatch import Call
from aiconnect.errors import CallError
from aiconnect.gateway.requests import Environ
from aiconnect.gateway.tries import Sent

JSON = "application/json"
Headers = list[tuple[str, str]]
MOST_DROPPED = 500
_write = json.JSONEncoder(separators=(",", ":")).encode


def dump(value: object) -> bytes:
    """Compact JSON."""
    return _write(value).encode()


def error_body(error: CallError, request_id: str, dialect: str = "openai") -> bytes:
    """An error in the caller's dialect, with our stable code and where it is explained."""
    return dump(ERRORS[dialect](error, request_id))


def status_line(status: int) -> str:
    """`404 Not Found`, for WSGI."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Answer"


def error_headers(error: CallError, request_id: str, call: Call | None = None) -> Headers:
    """The headers of an error, with how long to wait and what was tried, where that is known."""
    headers: Headers = [("Content-Type", JSON), ("x-request-id", request_id)]
    if call is not None:
        headers += _tried(call)
    if error.retry_after is not None:
        headers.append(("Retry-After", str(error.retry_after)))
    return headers


def call_headers(call: Call, sent: Sent) -> Headers:
    """The headers of every answer that a provider gave."""
    headers = [
        ("x-request-id", call.id),
        ("x-aiconnect-model", _ascii(sent.attempt.name)),
        *_tried(call),
    ]
    if sent.way.dropped:
        headers.append(("x-aiconnect-dropped", _ascii(", ".join(sent.way.dropped)[:MOST_DROPPED])))
    return headers


def _tried(call: Call) -> Headers:
    attempts = [("x-aiconnect-attempts", str(call.attempts))]
    return [*attempts, ("x-aiconnect-skipped", _ascii(_skipped(call)))] if call.tries else attempts


def _skipped(call: Call) -> str:
    """What was not asked, or has failed, before the one that answers; and why."""
    said = (f"{connection}/{model}: {why}" for connection, model, why, _ in call.tries)
    return ", ".join(said)[:MOST_DROPPED]


def _ascii(value: str) -> str:
    """Text that a header can hold."""
    return "".join(one if " " <= one <= "~" else "?" for one in value)


def raw_head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    """An HTTP/1.1 head for a socket that we write ourselves. The connection closes after it."""
    lines = [f"HTTP/1.1 {status_line(status)}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join([*lines, "Connection: close", "", ""])).encode("latin-1", "replace")


def json_answer(environ: Environ, start_response: Any, value: object) -> list[bytes]:
    """Answer with this value; to HEAD with its headers alone."""
    body = dump(value)
    headers = [("Content-Type", JSON), ("Content-Length", str(len(body)))]
    start_response("200 OK", [*headers, ("x-request-id", environ["aiconnect.request_id"])])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
