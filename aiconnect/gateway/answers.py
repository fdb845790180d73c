"""What programs get back: bodies, status lines, headers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aiconnect.errors import CallError

JSON = "application/json"
Headers = list[tuple[str, str]]
HELP = "/help/errors"


def dump(value: object) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def error_object(error: CallError, request_id: str) -> dict[str, Any]:
    """An error in OpenAI's shape, with our stable code and where it is explained."""
    return {
        "error": {
            "message": str(error),
            "type": error.type,
            "param": None,
            "code": error.code,
            "help_url": f"{HELP}#{error.code}",
            "request_id": request_id,
        }
    }


def error_body(error: CallError, request_id: str) -> bytes:
    """The JSON of `error_object`."""
    return dump(error_object(error, request_id))


def status_line(status: int) -> str:
    """`404 Not Found`, for WSGI."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Answer"


def error_headers(error: CallError, request_id: str) -> Headers:
    """The headers of an error, with how long to wait where that is known."""
    headers: Headers = [("Content-Type", JSON), ("x-request-id", request_id)]
    if error.retry_after is not None:
        headers.append(("Retry-After", str(error.retry_after)))
    return headers


def call_headers(request_id: str, model: str, attempts: int) -> Headers:
    """The headers of every answer that a provider gave."""
    return [
        ("x-request-id", request_id),
        ("x-aiconnect-model", model.encode("ascii", "replace").decode()),
        ("x-aiconnect-attempts", str(attempts)),
    ]


def raw_head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    """An HTTP/1.1 head for a socket that we write ourselves. The connection closes after it."""
    lines = [f"HTTP/1.1 {status_line(status)}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join([*lines, "Connection: close", "", ""])).encode("latin-1", "replace")
