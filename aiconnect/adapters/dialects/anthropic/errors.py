"""Errors and events in Anthropic's shape.

Source: https://platform.claude.com/docs/en/api/errors, read 2026-11.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiconnect.errors import CallError
from aiconnect.wire import sse

HELP = "/help/errors"

TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def error_object(error: CallError, request_id: str) -> dict[str, Any]:
    """An error as Anthropic's clients read it, with our stable code and where it is explained."""
    usual = "api_error" if error.status >= 500 else "invalid_request_error"
    return {
        "type": "error",
        "error": {
            "type": TYPES.get(error.status, usual),
            "message": str(error),
            "code": error.code,
            "help_url": f"{HELP}#{error.code}",
        },
        "request_id": request_id,
    }


def error_event(error: CallError, request_id: str) -> bytes:
    """The event that ends a stream badly."""
    return event("error", error_object(error, request_id))


def event(kind: str, told: Mapping[str, Any]) -> bytes:
    """One event of a stream: its name stands before its data."""
    return b"event: " + kind.encode() + b"\n" + sse.encode(_dump(told))


def _dump(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":")).encode()
