"""Errors as Ollama words them: one string, and beside it what this server adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiconnect.adapters.chat import Failed
from aiconnect.adapters.values import mapping, text
from aiconnect.errors import CallError
from aiconnect.wire import ndjson

HELP = "/help/errors"


def error_object(error: CallError, request_id: str) -> dict[str, Any]:
    """`{"error": message}` with our stable code and where it is explained."""
    return {
        "error": str(error),
        "code": error.code,
        "help_url": f"{HELP}#{error.code}",
        "request_id": request_id,
    }


def error_line(error: CallError, request_id: str) -> bytes:
    """The line that ends a stream badly."""
    return ndjson.encode(error_object(error, request_id))


def failed(line: Mapping[str, Any]) -> Failed | None:
    """The error that a line reports; None where it reports none."""
    error = line.get("error")
    if not error:
        return None
    said = mapping(error)
    kind = text(said.get("type")) or text(said.get("code"))
    return Failed(text(error) or text(said.get("message")) or "an error without words", kind)
