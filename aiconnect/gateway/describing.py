"""What programs may call, as an OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.1).

`openapi.json` holds the parts that are words; the paths are the table of `operations`, and which
error comes with which status is taken from `errors.KINDS`, so that neither can be told wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from aiconnect.errors import KINDS
from aiconnect.gateway.operations import (
    CALL_STATUSES,
    JSON,
    NDJSON,
    OPERATIONS,
    PATHS,
    SSE,
    TEXT,
    Operation,
)

__all__ = ["PATHS", "describe"]

Json = dict[str, Any]

SCHEMAS = {SSE: "Events", NDJSON: "Lines", TEXT: "Plain", "audio/*": "Binary"}

WORDS = Path(__file__).with_name("openapi.json")
MAY_WAIT = (429, 503)


@cache
def describe(public_url: str, version: str) -> bytes:
    """The document; `public_url` is where programs reach this server, "" where that is unknown."""
    parts = _parts()
    components = parts["components"]
    components["schemas"]["ErrorCode"] = {"type": "string", "examples": sorted(KINDS)}
    components["responses"] = dict(_refusals())
    document = {
        "openapi": "3.1.1",
        "info": {**parts["info"], "version": version},
        "servers": [{"url": public_url.rstrip("/") or "/"}],
        "tags": parts["tags"],
        "security": [{"bearer": []}, {"key": []}],
        "paths": {one.path: {one.method.lower(): _operation(one)} for one in OPERATIONS},
        "components": components,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _parts() -> Json:
    parts: Json = json.loads(WORDS.read_text(encoding="utf-8"))
    return parts


def _operation(one: Operation) -> Json:
    told: Json = {
        "operationId": _id(one),
        "tags": [one.dialect],
        "summary": one.summary,
        "parameters": [_ref("parameters", name) for name in one.named],
        "responses": {"200": _answer(one)} | {str(s): _refusal(one, s) for s in one.refuses},
    }
    if one.asks:
        told["requestBody"] = {"required": True, "content": {one.takes: _schema(one.asks)}}
    return told | ({"security": []} if one.is_open else {})


def _id(one: Operation) -> str:
    """`postV1ChatCompletions`: generators make a function's name of it."""
    words = one.path.replace("{", "").replace("}", "").replace("_", "/").replace(".", "/")
    return one.method.lower() + "".join(word.title() for word in words.split("/"))


def _answer(one: Operation) -> Json:
    content = {kind: _schema(SCHEMAS.get(kind, "Answer")) for kind in one.gives}
    headers = _headers("RequestId", *(OF_CALLS if one.is_call else ()))
    is_ours = one.dialect == "Server"
    return {"description": one.summary, "content": content} | ({} if is_ours else headers)


def _refusal(one: Operation, status: int) -> Json:
    if one.dialect != "Server":
        return _ref("responses", f"{one.dialect}{status}")
    return {"description": "Not now, or not for you", "content": {TEXT: _schema("Plain")}}


def _refusals() -> Iterable[tuple[str, Json]]:
    """Each status in each dialect, with the codes that it comes with."""
    for dialect in ("OpenAI", "Anthropic", "Ollama"):
        for status in CALL_STATUSES:
            codes = [code for code, kind in KINDS.items() if kind.status == status]
            waits = ("RetryAfter",) if status in MAY_WAIT else ()
            yield (
                f"{dialect}{status}",
                {
                    "description": ", ".join(f"`{code}`" for code in codes),
                    "content": {JSON: _schema(f"{dialect}Error")},
                    **_headers("RequestId", *waits),
                },
            )


OF_CALLS = ("Model", "Attempts", "Skipped", "Dropped")
NAMES = {
    "RequestId": "x-request-id",
    "Model": "x-aiconnect-model",
    "Attempts": "x-aiconnect-attempts",
    "Dropped": "x-aiconnect-dropped",
    "Skipped": "x-aiconnect-skipped",
    "RetryAfter": "Retry-After",
}


def _headers(*names: str) -> Json:
    return {"headers": {NAMES[name]: _ref("headers", name) for name in names}}


def _schema(name: str) -> Json:
    return {"schema": _ref("schemas", name)}


def _ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}
