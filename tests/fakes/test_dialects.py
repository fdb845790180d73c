"""What single fakes want of a call: their tests would prove nothing if a fake took everything."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.fakes import Fakes
from tests.fakes.dialects import OpenAI

ANTHROPIC = {"x-api-key": "k", "anthropic-version": "2023-06-01"}


def ask(
    fake: OpenAI, path: str, headers: dict[str, str] | None = None, body: object = None
) -> tuple[int, Any]:
    """One call: its status, and its body read as JSON."""
    connection = HTTPConnection("127.0.0.1", fake.port, timeout=20)
    try:
        raw = None if body is None else json.dumps(body)
        connection.request("POST" if raw else "GET", path, raw, headers or {})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read() or b"null")
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (ANTHROPIC, 200),
        ({"authorization": "Bearer k", "anthropic-version": "2026-10-21"}, 200),
        ({"x-api-key": "k"}, 400),
        (ANTHROPIC | {"anthropic-version": "2019-01-01"}, 400),
        (ANTHROPIC | {"authorization": "Bearer k"}, 400),
        ({"anthropic-version": "2023-06-01"}, 401),
    ],
)
def test_anthropic_wants_one_key_and_a_version(
    fakes: Fakes, headers: dict[str, str], status: int
) -> None:
    assert ask(fakes["anthropic"], "/v1/models", headers)[0] == status


def test_anthropic_gives_twenty_models_at_a_time(fakes: Fakes) -> None:
    fakes["anthropic"].serve_models([f"m{n}" for n in range(25)])
    first = ask(fakes["anthropic"], "/v1/models", ANTHROPIC)[1]
    second = ask(fakes["anthropic"], f"/v1/models?after_id={first['last_id']}", ANTHROPIC)[1]
    assert (len(first["data"]), first["has_more"]) == (20, True)
    assert (len(second["data"]), second["has_more"]) == (5, False)
    assert ask(fakes["anthropic"], "/v1/models?limit=1001", ANTHROPIC)[0] == 400


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1beta/models", {"x-goog-api-key": "k"}, 200),
        ("/v1beta/models", {"authorization": "Bearer k"}, 403),
        ("/v1beta/models", {}, 403),
        ("/v1beta/models?key=k", {"x-goog-api-key": "k"}, 400),
        ("/v1beta/models", {"x-goog-api-key": "k", "authorization": "Bearer k"}, 400),
        ("/v1beta/openai/models", {"authorization": "Bearer k"}, 200),
        ("/v1beta/openai/models", {"x-goog-api-key": "k"}, 403),
    ],
)
def test_gemini_wants_one_credential_where_it_belongs(
    fakes: Fakes, path: str, headers: dict[str, str], status: int
) -> None:
    assert ask(fakes["gemini"], path, headers)[0] == status


def test_gemini_gives_fifty_models_at_a_time(fakes: Fakes) -> None:
    fakes["gemini"].serve_models([f"m{n}" for n in range(60)])
    key = {"x-goog-api-key": "k"}
    first = ask(fakes["gemini"], "/v1beta/models", key)[1]
    mark = first["nextPageToken"]
    second = ask(fakes["gemini"], f"/v1beta/models?pageToken={mark}", key)[1]
    assert (len(first["models"]), len(second["models"])) == (50, 10)
    assert "nextPageToken" not in second


def test_geminis_openai_path_puts_errors_into_an_array_and_may_refuse_new_keys(
    fakes: Fakes,
) -> None:
    chat, new = {"model": "m", "messages": []}, {"authorization": "Bearer AQ.new"}
    path = "/v1beta/openai/chat/completions"
    assert ask(fakes["gemini"], path, new, chat)[0] == 200
    fakes["gemini"].refuses_new_keys = True
    status, body = ask(fakes["gemini"], path, new, chat)
    assert (status, body[0]["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert ask(fakes["gemini"], "/v1beta/models", {"x-goog-api-key": "AQ.new"})[0] == 200


def test_openrouter_gives_pages_with_links_where_they_are_asked_for(fakes: Fakes) -> None:
    fakes["openrouter"].serve_models([f"m{n}" for n in range(5)])
    whole = ask(fakes["openrouter"], "/api/v1/models")[1]
    page = ask(fakes["openrouter"], "/api/v1/models?limit=2&output_modalities=all")[1]
    assert (len(whole["data"]), whole["links"]["next"]) == (5, None)
    assert len(page["data"]) == 2
    query = page["links"]["next"].partition("?")[2]
    assert set(query.split("&")) == {"limit=2", "output_modalities=all", "offset=2"}


def test_openrouter_lists_for_everyone_and_proves_with_the_key(fakes: Fakes) -> None:
    fakes["openrouter"].demand("right")
    wrong, right = {"authorization": "Bearer wrong"}, {"authorization": "Bearer right"}
    assert ask(fakes["openrouter"], "/api/v1/models", wrong)[0] == 200
    for path in ("/api/v1/key", "/api/v1/models/user"):
        assert ask(fakes["openrouter"], path)[0] == 401
        assert ask(fakes["openrouter"], path, wrong)[0] == 401
        assert ask(fakes["openrouter"], path, right)[0] == 200


def test_azure_takes_the_key_in_its_own_header_only(fakes: Fakes) -> None:
    path = "/openai/v1/models"
    assert ask(fakes["azure"], path, {"api-key": "k"})[0] == 200
    assert ask(fakes["azure"], path, {"authorization": "Bearer k"})[0] == 401


def test_mistral_refuses_fields_that_it_does_not_know(fakes: Fakes) -> None:
    key, path = {"authorization": "Bearer k"}, "/v1/chat/completions"
    chat = {"model": "m", "messages": [], "max_tokens": 1}
    assert ask(fakes["mistral"], path, key, chat)[0] == 200
    status, body = ask(fakes["mistral"], path, key, chat | {"max_completion_tokens": 1})
    assert status == 422
    assert body["message"]["detail"][0]["loc"] == ["body", "max_completion_tokens"]


def test_togethers_list_is_a_bare_array(fakes: Fakes) -> None:
    status, body = ask(fakes["together"], "/v1/models", {"authorization": "Bearer k"})
    assert status == 200
    assert isinstance(body, list)


def test_xai_tells_of_a_blocked_key(fakes: Fakes) -> None:
    key = {"authorization": "Bearer k"}
    assert ask(fakes["xai"], "/v1/api-key", key)[1]["api_key_blocked"] is False
    fakes["xai"].block()
    assert ask(fakes["xai"], "/v1/api-key", key)[1]["api_key_blocked"] is True


def test_perplexity_has_no_v1(fakes: Fakes) -> None:
    key, chat = {"authorization": "Bearer k"}, {"model": "m", "messages": []}
    assert ask(fakes["perplexity"], "/chat/completions", key, chat)[0] == 200
    assert ask(fakes["perplexity"], "/v1/chat/completions", key, chat)[0] == 404


def test_what_a_host_sends_always_is_with_refusals_too(fakes: Fakes) -> None:
    fakes["anthropic"].limit()
    connection = HTTPConnection("127.0.0.1", fakes["anthropic"].port, timeout=20)
    connection.request("GET", "/v1/models", headers=ANTHROPIC)
    reply = connection.getresponse()
    assert reply.headers["request-id"].startswith("req_")
    assert reply.headers["retry-after"] == "2"
    connection.close()
