"""Errors as OpenAI's callers expect them."""

from __future__ import annotations

import json
from typing import Any

from aiconnect.errors import CallError
from aiconnect.wire import sse

HELP = "/help/errors"


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


def error_event(error: CallError, request_id: str) -> bytes:
    """The event that ends a stream after its first content."""
    return event(error_object(error, request_id))


def event(value: object) -> bytes:
    """One event that carries this JSON."""
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


DONE = sse.encode(b"[DONE]")
