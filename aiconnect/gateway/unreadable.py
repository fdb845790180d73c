"""Requests of programs that are no HTTP: refused as every other error is, in their own dialect."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)

from aiconnect.adapters.values import text
from aiconnect.errors import CallError
from aiconnect.gateway.answers import error_body, error_headers, raw_head
from aiconnect.gateway.paths import dialect_of
from aiconnect.ids import uuid7

STATUSES: Mapping[type[Exception], int] = {
    ExpectationFailed: 417,
    LimitRequestLine: 414,
    LimitRequestHeaders: 431,
}
FIRST_LINE = 300
_PATH = re.compile(rb"\S+ (/[^\s?]*)")


def refusal(error: ParseException, first: bytes) -> bytes:
    """The whole answer; `first` are the bytes that the request began with."""
    detail = f"This is no valid HTTP request: {text(str(error), 200)}"
    refused = CallError("bad_request", status=STATUSES.get(type(error)), detail=detail)
    found = _PATH.match(first)
    dialect = dialect_of({"PATH_INFO": found[1].decode("latin-1") if found else ""})
    request_id = uuid7()
    body = error_body(refused, request_id, dialect)
    headers = [*error_headers(refused, request_id), ("Content-Length", str(len(body)))]
    return raw_head(refused.status, headers) + body
