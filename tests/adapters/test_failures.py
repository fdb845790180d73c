"""What a refusal means, over the error bodies of many providers."""

from __future__ import annotations

import time
from datetime import timedelta
from email.utils import format_datetime

import pytest

from aiconnect import clock
from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.waiting import retry_after, seconds
from aiconnect.errors import ProviderError
from aiconnect.secret import Secret
from aiconnect.wire.types import Reply
from tests.adapters.talking import reply, sampled


def failure(given: Reply, dialect: str = "openai") -> ProviderError:
    return ADAPTERS[dialect].failure(given)


SAMPLES = [
    ("openai/error.401.bad_key", "key_refused"),
    ("openai/error.401.missing_key", "key_refused"),
    ("openai/error.404.unknown_model", "model_not_found"),
    ("openai/error.429.no_quota", "no_credit"),
    ("openai/error.429.rate_limit", "rate_limited"),
    ("openai/error.400.context_length", "too_long"),
    ("openai/error.400.unsupported_parameter", "request_refused"),
    ("openai/error.500.server_error", "provider_down"),
    ("openai/error.503.overloaded", "provider_down"),
    ("ollama/error.400.no_tools", "request_refused"),
    ("ollama/error.401.cloud_unauthorized", "key_refused"),
    ("ollama/error.404.unknown_model", "model_not_found"),
    ("ollama/v1.error.404", "model_not_found"),
    ("ollama/error.503.queue_full", "provider_down"),
    ("lmstudio/error.400.bad_request", "request_refused"),
    ("lmstudio/error.401.bad_token", "key_refused"),
    ("lmstudio/error.401.missing_token", "key_refused"),
    ("llamacpp/error.400.context", "too_long"),
    ("llamacpp/error.401", "key_refused"),
    ("llamacpp/error.503.loading", "model_loading"),
    ("vllm/error.400.context", "too_long"),
    ("vllm/error.401", "key_refused"),
    ("vllm/error.404", "model_not_found"),
    ("others/cerebras.error.401", "key_refused"),
    ("others/cerebras.error.402", "no_credit"),
    ("others/cerebras.error.429", "rate_limited"),
    ("others/deepseek.error.401", "key_refused"),
    ("others/deepseek.error.402.no_balance", "no_credit"),
    ("others/groq.error.400.context_length", "too_long"),
    ("others/groq.error.400.decommissioned", "model_not_found"),
    ("others/groq.error.400.tool_use_failed", "request_refused"),
    ("others/groq.error.401.bad_key", "key_refused"),
    ("others/groq.error.404.unknown_model", "model_not_found"),
    ("others/groq.error.413.request_too_large", "too_long"),
    ("others/groq.error.429.rate_limit", "rate_limited"),
    ("others/groq.error.498.flex_capacity", "provider_down"),
    ("others/groq.error.503.unavailable", "provider_down"),
    ("others/huggingface.error.401", "key_refused"),
    ("others/mistral.error.401", "key_refused"),
    ("others/mistral.error.422", "request_refused"),
    ("others/mistral.error.429", "rate_limited"),
    ("others/nvidia.error.401", "key_refused"),
    ("others/openrouter.error.400.context_length", "too_long"),
    ("others/openrouter.error.400.unknown_model", "model_not_found"),
    ("others/openrouter.error.401.bad_key", "key_refused"),
    ("others/openrouter.error.402.no_credits", "no_credit"),
    ("others/openrouter.error.403.management_only", "no_permission"),
    ("others/openrouter.error.403.moderation", "content_refused"),
    ("others/openrouter.error.429.rate_limit", "rate_limited"),
    ("others/openrouter.error.502.provider", "provider_down"),
    ("others/xai.error.400.bad_key", "key_refused"),
    ("others/xai.error.400.bad_request", "request_refused"),
    ("others/xai.error.403.no_credits", "no_credit"),
    ("others/xai.error.404.unknown_model", "model_not_found"),
    ("others/xai.error.429.no_credits", "no_credit"),
    ("others/xai.error.429.rate_limit", "rate_limited"),
    ("others/azure.error.400.content_filter", "content_refused"),
    ("others/azure.error.401", "key_refused"),
    ("others/azure.error.404.deployment", "model_not_found"),
    ("others/mistral.error.400.tool_id", "request_refused"),
    ("others/openrouter.error.401.missing_key", "key_refused"),
    ("anthropic/error.400.bad_request", "request_refused"),
    ("anthropic/error.400.context_length", "too_long"),
    ("anthropic/error.400.no_credit", "no_credit"),
    ("anthropic/error.400.sampling_removed", "request_refused"),
    ("anthropic/error.400.thinking_unsupported", "request_refused"),
    ("anthropic/error.401.bad_key", "key_refused"),
    ("anthropic/error.402.billing", "no_credit"),
    ("anthropic/error.403.permission", "no_permission"),
    ("anthropic/error.404.unknown_model", "model_not_found"),
    ("anthropic/error.413.too_large", "too_long"),
    ("anthropic/error.429.rate_limit", "rate_limited"),
    ("anthropic/error.500.api_error", "provider_down"),
    ("anthropic/error.504.timeout", "provider_down"),
    ("anthropic/error.529.overloaded", "provider_down"),
    ("gemini/error.400.bad_key", "key_refused"),
    ("gemini/error.400.bad_request", "request_refused"),
    ("gemini/error.400.context_length", "too_long"),
    ("gemini/error.401.bad_auth_key", "key_refused"),
    ("gemini/error.403.missing_key", "key_refused"),
    ("gemini/error.404.unknown_model", "model_not_found"),
    ("gemini/error.429.quota", "rate_limited"),
    ("gemini/error.500.internal", "provider_down"),
    ("gemini/error.503.overloaded", "provider_down"),
    ("gemini/error.504.deadline", "provider_down"),
]


@pytest.mark.parametrize(("name", "code"), SAMPLES)
def test_a_refusal_is_read_as_what_it_is(name, code):
    status = int(name.split(".")[1 if not name.startswith(("others", "ollama/v1")) else 2])
    error = failure(sampled(f"{name}.json", status))
    assert (error.code, error.status) == (code, status)
    assert error.finding.facts["detail"]


@pytest.mark.parametrize("name", [name for name, _ in SAMPLES])
@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 529])
def test_an_outage_is_an_outage_whatever_it_says(name, status):
    assert failure(sampled(f"{name}.json", status)).code in {"provider_down", "model_loading"}


LLAMAS = [
    (500, "image input is not supported - hint: you may need to provide the mmproj", "unsupported"),
    (500, "audio input is not supported - hint: you may need to provide the mmproj", "unsupported"),
    (501, "This server does not support embeddings. Start it with `--embeddings`", "unsupported"),
    (500, "Failed to parse messages: Missing 'role' in message: {}", None),
]


@pytest.mark.parametrize(("status", "said", "reason"), LLAMAS)
def test_what_llama_cpp_calls_its_own_fault_is_the_request_s(status, said, reason):
    body = {"error": {"code": status, "message": said, "type": "server_error"}}
    error = failure(reply(body, status=status))
    assert (error.code, error.finding.facts.get("reason")) == ("request_refused", reason)


MONEY = [code for code in SAMPLES if code[1] in {"no_credit", "rate_limited", "no_permission"}]


@pytest.mark.parametrize(("name", "_code"), MONEY)
@pytest.mark.parametrize("status", [400, 402, 403, 429])
def test_money_limits_and_permissions_are_never_a_wrong_key(name, _code, status):
    assert failure(sampled(f"{name}.json", status)).code != "key_refused"


WORDS = [
    (401, "You must be a member of an organization to use the API", "no_permission"),
    (401, "insufficient_quota", "key_refused"),
    (400, "Your credit balance is too low to access the API", "no_credit"),
    (400, "API key not valid. Please pass a valid API key.", "key_refused"),
    (400, "The plain HTTP request was sent to HTTPS port", "https_expected"),
    (400, "Client sent an HTTP request to an HTTPS server.", "https_expected"),
    (403, "Country, region, or territory not supported", "no_permission"),
    (404, "Invalid URL (GET /models)", "wrong_path"),
    (404, "No models loaded. Please load a model in the developer page", "model_not_found"),
    (405, "Method Not Allowed", "wrong_path"),
    (408, "Request Timeout", "provider_down"),
    (418, "I'm a teapot", "request_refused"),
    (301, "Moved", "redirected"),
    (200, "", "unknown_answer"),
    (204, "", "unknown_answer"),
]


@pytest.mark.parametrize(("status", "words", "code"), WORDS)
@pytest.mark.parametrize("shape", ["object", "string", "detail", "message", "bare"])
def test_words_count_in_every_shape(status, words, code, shape):
    shapes = {"object": {"error": {"message": words}}, "string": {"error": words},
              "detail": {"detail": words}, "message": {"message": words},
              "bare": words.encode()}  # fmt: skip
    assert failure(reply(shapes[shape], status)).code == code


def test_a_code_about_money_counts_with_any_refusal():
    body = {"error": {"message": "Sorry", "type": "insufficient_quota"}}
    for status in (400, 401, 402, 403, 429):
        assert failure(reply(body, status)).code == "no_credit"


def test_an_error_may_hide_in_a_list_with_a_status_of_its_own():
    body = [{"error": {"code": 429, "message": "Slow down", "status": "RESOURCE_EXHAUSTED"}}]
    assert failure(reply(body, 200)).code == "rate_limited"


def test_an_error_sent_with_200_is_an_error():
    bad = ADAPTERS["openai"].answers_badly(sampled("others/openrouter.error.402.no_credits.json"))
    assert bad is not None
    assert (bad.code, bad.status) == ("no_credit", 402)


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[" * 100_000])
def test_a_broken_body_with_200_is_no_answer(body):
    bad = ADAPTERS["openai"].answers_badly(reply(body))
    assert bad is not None
    assert bad.code == "unknown_answer"


def test_a_good_answer_is_no_failure():
    assert ADAPTERS["openai"].answers_badly(sampled("openai/chat.response.json")) is None


PAGE = b"<!DOCTYPE html><html><head><title>Sign in &amp; go</title></head></html>"


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/json", ""])
@pytest.mark.parametrize(
    ("status", "code"),
    [(200, "not_an_api"), (404, "wrong_path"), (400, "not_an_api"), (502, "provider_down"),
     (401, "key_refused"), (429, "rate_limited")],
)  # fmt: skip
def test_a_web_page_is_told_by_its_title(status, code, content_type):
    page = reply(PAGE, status, content_type=content_type)
    error = ADAPTERS["openai"].answers_badly(page)
    assert error is not None
    assert error.code == code
    assert "Sign in & go" in error.finding.facts.values()


def test_an_empty_403_of_ollama_is_about_the_name_it_was_called_by():
    error = failure(reply(b"", 403), "ollama")
    assert (error.code, error.finding.facts["reason"]) == ("no_permission", "host_header")


def test_the_words_of_a_provider_hold_no_key():
    known = Secret("opaque-word")
    body = {"error": {"message": "Bad key opaque-word, or sk-proj-abcdefghijkl"}}
    error = ADAPTERS["openai"].failure(reply(body, 401), [known])
    assert error.finding.facts["detail"] == "Bad key [hidden], or [hidden]"


def test_the_words_of_a_provider_are_cut_short_and_on_one_line():
    error = failure(reply({"error": "a\n\x00b\ud800" + "c" * 10_000}, 400))
    assert error.finding.facts["detail"].startswith("a b")
    assert len(error.finding.facts["detail"]) == 300
    error.finding.facts["detail"].encode()


DURATIONS = [
    ("120ms", 0.12), ("1.4s", 1.4), ("6m0s", 360), ("1h2m3s", 3723), ("2m59.56s", 179.56),
    ("7", 7), ("7.66", 7.66), ("1d", 86400), ("", None), ("soon", None), ("-3", None),
    ("1e9", None), ("NaN", None), ("3 bananas", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), DURATIONS)
def test_durations_are_read_in_every_form(text, value):
    assert seconds(text) == (None if value is None else pytest.approx(value))


WAITS = [
    ({"retry-after": "3"}, "", 3),
    ({"retry-after": "0.5"}, "", 0.5),
    ({"retry-after-ms": "1400", "retry-after": "2"}, "", 1.4),
    ({}, "Please try again in 1.4s.", 1.4),
    ({}, "Please retry in 26.238747106s.", 26.238747106),
    ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, "", 360),
    ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.66s"}, "", 7.66),
    ({"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "7.66s"}, "", None),
    ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, "", 0),
    ({"retry-after": "never"}, "", None),
    ({"retry-after": "999999999999"}, "", 7 * 86400),
    ({}, "", None),
]


@pytest.mark.parametrize(("headers", "message", "wait"), WAITS)
def test_a_wait_is_read_from_the_first_place_that_names_it(headers, message, wait):
    assert retry_after(headers, message) == (None if wait is None else pytest.approx(wait))


def test_a_wait_may_be_a_date():
    later = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
    assert retry_after({"retry-after": later}) == pytest.approx(90, abs=2)


def test_a_limit_says_how_long_to_wait():
    assert failure(sampled("openai/error.429.rate_limit.json", 429)).retry_after == 1.4


def test_a_page_of_titles_without_end_takes_no_time() -> None:
    began = time.process_time()
    ADAPTERS["openai"].failure(
        Reply(404, {"content-type": "text/html"}, b"<html>" + b"<title" * 99_999)
    )
    assert time.process_time() - began < 5
