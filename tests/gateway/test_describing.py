"""The description of what programs may call holds together, and says what is so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aiconnect.adapters.dialects.anthropic.errors import error_object as anthropic_error
from aiconnect.adapters.dialects.ollama.errors import error_object as ollama_error
from aiconnect.adapters.dialects.openai.errors import error_object as openai_error
from aiconnect.errors import KINDS, CallError
from aiconnect.gateway.describing import PATHS, describe

DOCUMENT: dict[str, Any] = json.loads(describe("https://ai.example.org/", "9.9.9"))
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
BROKE = CallError("provider_broke", connection="c")


def found(ref: str) -> Any:
    value: Any = DOCUMENT
    for name in ref.removeprefix("#/").split("/"):
        value = value[name]
    return value


def refs(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs(inner)


def test_it_is_openapi_of_this_server() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert DOCUMENT["info"]["title"] == "aiconnect"
    assert DOCUMENT["info"]["version"] == "9.9.9"
    assert DOCUMENT["servers"] == [{"url": "https://ai.example.org"}]
    assert json.loads(describe("", "1"))["servers"] == [{"url": "/"}]


def test_every_reference_leads_somewhere_and_every_part_is_used() -> None:
    used = set(refs(DOCUMENT))
    for ref in used:
        found(ref)
    kinds = ("schemas", "parameters", "headers")
    defined = {f"#/components/{kind}/{name}" for kind in kinds
               for name in DOCUMENT["components"][kind]}  # fmt: skip
    assert defined <= used


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_an_operation_says_all_that_a_generator_needs(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    assert method in {"get", "post"}
    assert operation["operationId"].isalnum()
    assert operation["summary"]
    assert {tag["name"] for tag in DOCUMENT["tags"]} >= set(operation["tags"])
    answer = operation["responses"]["200"]
    assert answer["description"]
    assert answer["content"]
    parameters = [found(one["$ref"]) for one in operation["parameters"]]
    in_path = [one["name"] for one in parameters if one["in"] == "path"]
    assert in_path == (["id"] if "{id}" in path else [])
    assert ("requestBody" in operation) == (method == "post")
    for status in operation["responses"]:
        assert 200 <= int(status) < 600


def test_ids_of_operations_are_each_their_own() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(ids)) == len(ids) == len(PATHS)


def test_an_access_token_may_be_sent_in_two_ways() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert DOCUMENT["security"] == [{name: []} for name in schemes]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert (schemes["key"]["in"], schemes["key"]["name"]) == ("header", "x-api-key")


def test_only_what_says_nothing_of_the_team_is_open() -> None:
    is_open = {path for path, _, operation in OPERATIONS if operation.get("security") == []}
    assert is_open == {"/api/version", "/openapi.json", "/healthz", "/readyz"}


def test_every_code_stands_at_its_status_in_every_dialect() -> None:
    responses = DOCUMENT["components"]["responses"]
    for code, kind in KINDS.items():
        for dialect in ("OpenAI", "Anthropic", "Ollama"):
            assert f"`{code}`" in responses[f"{dialect}{kind.status}"]["description"]


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/api/chat"]
)
def test_a_call_tells_its_headers_and_how_it_streams(path: str) -> None:
    answer = DOCUMENT["paths"][path]["post"]["responses"]["200"]
    assert set(answer["headers"]) == {
        "x-request-id", "x-aiconnect-model", "x-aiconnect-attempts", "x-aiconnect-skipped",
        "x-aiconnect-dropped",
    }  # fmt: skip
    stream = "application/x-ndjson" if path.startswith("/api") else "text/event-stream"
    assert set(answer["content"]) == {"application/json", stream}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("OpenAIError", openai_error(BROKE, "req")),
        ("AnthropicError", anthropic_error(BROKE, "req")),
        ("OllamaError", ollama_error(BROKE, "req")),
    ],
)
def test_an_error_has_the_fields_that_are_described(name: str, error: dict[str, Any]) -> None:
    assert _fields(found(f"#/components/schemas/{name}")) == _names(error)


def test_a_path_that_the_contract_has_is_described() -> None:
    assert set(PATHS) == {
        "/v1/models", "/v1/models/{id}", "/v1/chat/completions", "/v1/completions",
        "/v1/embeddings", "/v1/responses", "/v1/moderations", "/v1/images/generations",
        "/v1/images/edits", "/v1/images/variations", "/v1/audio/speech",
        "/v1/audio/transcriptions", "/v1/audio/translations", "/v1/messages",
        "/v1/messages/count_tokens", "/api/chat", "/api/generate", "/api/embed", "/api/tags",
        "/api/show", "/api/version", "/openapi.json", "/healthz", "/readyz", "/metrics",
    }  # fmt: skip


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: _fields(one) if one.get("type") == "object" else None
            for name, one in schema["properties"].items()}  # fmt: skip


def _names(error: dict[str, Any]) -> dict[str, Any]:
    return {name: _names(one) if isinstance(one, dict) else None for name, one in error.items()}
