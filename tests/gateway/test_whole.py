"""Whole answers: what goes to the provider, what comes back, what is written down."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from aiconnect.secret import Secret
from tests.fakes.dialects import OpenAI
from tests.fakes.rows import Fakes
from tests.gateway.conftest import KEY, Gate
from tests.running import until

SLUGS = ("openai", "compatible", "ollama", "lmstudio", "llamacpp")


@pytest.mark.parametrize("slug", SLUGS)
def test_every_row_answers_through_the_proxy(gate: Gate, fakes: Fakes, slug: str) -> None:
    fakes[slug].answer("It rained.")
    answer = gate.chat(f"{slug}/any-model")
    assert answer.status == 200
    assert answer.json["choices"][0]["message"]["content"] == "It rained."
    assert answer.headers["x-aiconnect-model"] == f"{slug}/any-model"
    assert answer.headers["x-aiconnect-attempts"] == "1"


def test_only_the_models_name_changes_on_the_way(gate: Gate, openai: OpenAI) -> None:
    sent = {"temperature": 0.7, "unknown_field": {"deep": [1, 2.5, None, "é"]}, "seed": 2**70}
    gate.chat("openai/gpt-x", **sent)
    body = openai.calls()[-1].json
    assert body == {"model": "gpt-x", "messages": [{"role": "user", "content": "Hello"}], **sent}


def test_the_provider_gets_its_own_key_and_nothing_of_the_callers(
    gate: Gate, openai: OpenAI
) -> None:
    body = json.dumps({"model": "openai/gpt-x", "messages": []}).encode()
    headers = {
        "x-api-key": gate.token,
        "Cookie": "secret=1",
        "X-Forwarded-For": "1.2.3.4",
        "traceparent": "00-ab",
    }
    gate.server.ask("POST", "/v1/chat/completions", body, headers)
    got = openai.calls()[-1].headers
    assert got["authorization"] == f"Bearer {KEY}"
    assert got["traceparent"] == "00-ab"
    assert not {"cookie", "x-api-key", "x-forwarded-for"} & set(got)


def test_a_call_is_on_the_record(gate: Gate, openai: OpenAI) -> None:
    openai.answer("It rained.", prompt=57, completion=29)
    answer = gate.chat("openai/gpt-x")
    record = gate.last_record(answer.headers["x-request-id"])
    assert (record.person, record.access_token, record.connection, record.model) == (
        "owner@example.org", "program", "openai", "gpt-x",
    )  # fmt: skip
    assert (record.outcome, record.status, record.attempts, record.is_stream) == (
        "ok",
        200,
        1,
        False,
    )
    assert record.input_tokens == 57
    assert record.output_tokens == 29
    assert not record.tokens_estimated
    assert record.latency_ms is not None
    assert record.first_token_ms is None  # only a stream tells when its first word came


def test_an_answer_without_usage_is_estimated_and_marked(gate: Gate, openai: OpenAI) -> None:
    openai.answer("It rained all night long.")
    openai.no_usage()
    record = gate.last_record(gate.chat("openai/gpt-x").headers["x-request-id"])
    assert record.tokens_estimated
    assert record.output_tokens > 0


@pytest.mark.parametrize(
    ("mood", "status", "code", "outcome"),
    [
        ("refuse_key", 502, "provider_auth", "refused"),
        ("no_credit", 502, "provider_no_credit", "refused"),
        ("limit", 429, "provider_rate_limited", "refused"),
        ("too_long", 400, "provider_refused", "refused"),
        ("not_found", 404, "model_not_found", "refused"),
        ("overload", 502, "provider_error", "failed"),
        ("html_error", 502, "provider_error", "failed"),
        ("error_with_200", 502, "provider_error", "failed"),
        ("malformed", 502, "provider_error", "failed"),
        ("empty", 502, "provider_error", "failed"),
        ("redirect", 502, "provider_error", "failed"),
        ("hang_up", 502, "provider_broke", "failed"),
        ("stall", 504, "provider_silent", "failed"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_each_failure_has_its_status_and_code(
    gate: Gate, openai: OpenAI, mood: str, status: int, code: str, outcome: str, stream: bool
) -> None:
    getattr(openai, mood)()
    answer = gate.chat("openai/gpt-x", stream=stream)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)
    assert answer.json["error"]["help_url"].endswith(f"#{code}")
    assert KEY not in answer.body.decode()
    record = gate.last_record(answer.headers["x-request-id"])
    assert (record.outcome, record.code, record.status) == (outcome, code, status)
    assert record.cost_state == ("free" if outcome == "refused" else "unknown")


def test_the_providers_wish_to_wait_reaches_the_caller(gate: Gate, openai: OpenAI) -> None:
    openai.limit(retry_after=7)
    assert gate.chat("openai/gpt-x").headers["retry-after"] == "7"


def test_the_callers_own_fault_is_told_in_the_providers_words(gate: Gate, openai: OpenAI) -> None:
    openai.too_long()
    assert "context" in gate.chat("openai/gpt-x").json["error"]["message"]


@pytest.mark.parametrize("stream", [False, True])
def test_no_value_of_a_header_is_quoted_to_the_caller(
    gate: Gate, openai: OpenAI, stream: bool
) -> None:
    value, name = "planted0marker0of0a0header", f"headed-{stream}".lower()
    headers = (("X-Team", Secret(value)),)
    gate.instance.add_connection("compatible", openai.url, name=name, headers=headers)
    assert until(lambda: gate.chat(f"{name}/x").status != 404)
    for start in ("Unknown team", "x" * 290):  # the second is cut within the value
        openai.refuse(400, {"error": {"message": f"{start} {value}"}})
        answer = gate.chat(f"{name}/x", stream=stream)
        assert start in answer.body.decode()
        assert value[:9] not in answer.body.decode()


@pytest.mark.parametrize("model_id", ["modèle", "a%2Fb", "a/b?c#d", "模型:latest"])
def test_a_model_of_any_name_can_be_asked_about(gate: Gate, model_id: str) -> None:
    name = f"compatible/{model_id}"
    found = gate.server.get(
        f"/v1/models/{quote(name, safe='')}", {"Authorization": f"Bearer {gate.token}"}
    )
    assert found.json["id"] == name


def test_a_provider_that_is_not_there_is_a_502(gate: Gate) -> None:
    gate.instance.add_connection("compatible", "http://127.0.0.1:9/v1", name="nowhere")
    assert until(lambda: gate.chat("nowhere/x").status != 404)  # a change counts within a second
    answer = gate.chat("nowhere/x")
    assert (answer.status, answer.json["error"]["code"]) == (502, "provider_unreachable")
    assert "Tell an admin to test the connection." in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "no_access_token"),
        ("aic_wrong", "invalid_access_token"),
        ("' OR 1=1 --", "invalid_access_token"),
    ],
)
def test_a_wrong_access_token_is_a_401(gate: Gate, token: str, code: str) -> None:
    answer = gate.server.chat(token, {"model": "openai/gpt-x"})
    assert (answer.status, answer.json["error"]["code"]) == (401, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "invalid_json"),
        (b"[]", "invalid_json"),
        (b'{"model": NaN}', "invalid_json"),
        (b"[" * 100_000, "invalid_json"),
        (b"{}", "model_missing"),
        (b'{"model": ""}', "model_missing"),
        (b'{"model": ["x"]}', "model_missing"),
        (b'{"model": "openai/x", "stream": "yes"}', "bad_request"),
        (b'{"model": "openai/x", "stream_options": 1}', "bad_request"),
    ],
)
def test_a_request_that_cannot_be_read_is_a_400(gate: Gate, body: bytes, code: str) -> None:
    headers = {"Authorization": f"Bearer {gate.token}"}
    answer = gate.server.ask("POST", "/v1/chat/completions", body, headers)
    assert (answer.status, answer.json["error"]["code"]) == (400, code)


def test_an_unknown_model_is_a_404(gate: Gate) -> None:
    answer = gate.chat("nobody/serves-this")
    assert (answer.status, answer.json["error"]["code"]) == (404, "model_not_found")


def test_a_body_that_is_too_large_is_a_413(gate: Gate) -> None:
    headers = {"Authorization": f"Bearer {gate.token}", "Content-Length": str(40 * 1024 * 1024)}
    answer = gate.server.ask("POST", "/v1/chat/completions", b"{}", headers)
    assert (answer.status, answer.json["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/", "/api/nothing", "/v1/messages/nothing"])
def test_an_unknown_path_is_a_404_in_the_callers_dialect(gate: Gate, path: str) -> None:
    answer = gate.server.get(path)
    said = answer.json if path.startswith("/api/") else answer.json["error"]
    assert (answer.status, said["code"]) == (404, "unknown_path")
    assert (answer.json.get("type") == "error") is path.startswith("/v1/messages/")


@pytest.mark.parametrize(
    "path", ["/chat/completions", "/responses", "/v1/v1/messages", "/audio/speech"]
)
def test_a_base_url_with_v1_in_the_wrong_place_is_told_where_it_belongs(
    gate: Gate, path: str
) -> None:
    headers = {"Authorization": f"Bearer {gate.token}"}
    answer = gate.server.ask("POST", path, b"{}", headers)
    said = answer.json["error"]
    assert (answer.status, said["code"]) == (404, "unknown_path")
    assert "base URL of OpenAI clients ends with /v1" in said["message"]


def test_a_wrong_method_is_a_405(gate: Gate) -> None:
    assert gate.server.get("/v1/chat/completions").status == 405


def test_a_connection_kept_alive_serves_many_calls(gate: Gate, openai: OpenAI) -> None:
    for _ in range(20):
        assert gate.chat("openai/gpt-x").status == 200


def test_a_provider_that_closed_a_kept_connection_is_called_again(
    gate: Gate, openai: OpenAI
) -> None:
    gate.chat("openai/gpt-x")
    openai.hang_up(times=1)
    assert gate.chat("openai/gpt-x").status == 200


def test_a_large_body_goes_through_unharmed(gate: Gate, openai: OpenAI) -> None:
    words = "wörd " * 400_000
    body = {"model": "openai/gpt-x", "messages": [{"role": "user", "content": words}]}
    assert gate.server.chat(gate.token, body).status == 200
    assert openai.calls()[-1].json["messages"][0]["content"] == words


def test_an_error_says_too_what_was_tried(gate: Gate, openai: OpenAI) -> None:
    openai.refuse_key()
    answer = gate.chat("openai/gpt-x")
    assert answer.headers["x-aiconnect-attempts"] == "1"
    assert answer.headers["x-aiconnect-skipped"] == "openai/gpt-x: provider_auth"
    answer = gate.chat("nobody/gpt-x")
    assert answer.headers["x-aiconnect-attempts"] == "0"
