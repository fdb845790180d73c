"""Cases of refusals that want words of their own, and the facts that go with them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from aiconnect import clock
from aiconnect.adapters import ADAPTERS
from aiconnect.adapters.reasons import CASES
from aiconnect.errors import ProviderError
from tests.adapters.talking import reply, sampled
from tests.fakes.samples import sample_json


def failure(body: object, status: int, dialect: str = "openai", **headers: str) -> ProviderError:
    return ADAPTERS[dialect].failure(reply(body, status, **headers))


def case(error: ProviderError) -> str:
    reason = error.finding.facts.get("reason")
    return f"{error.code}.{reason}" if reason else error.code


def openai(message: str = "No.", **fields: object) -> dict:
    return {"error": {"message": message, "type": "invalid_request_error"} | fields}


def openrouter(message: str = "No.", **fields: object) -> dict:
    return {"error": {"code": 400, "message": message} | fields}


def google(status: str = "PERMISSION_DENIED", message: str = "No.", **detail: object) -> dict:
    return {"error": {"code": 403, "message": message, "status": status, "details": [detail]}}


def available(code: str) -> dict:
    return openrouter(availability={"code": code, "retryable": False})


OPENAI = [
    (401, openai("You must be a member of an organization to use the API"),
     "no_permission.organization"),
    (401, openai("Your IP is not authorized.", code="ip_not_authorized"), "no_permission.ip"),
    (403, openai("Country, region, or territory not supported",
                 code="unsupported_country_region_territory"), "no_permission.region"),
    (403, openai("You have insufficient permissions for this operation. "
                 "Missing scopes: api.model.read."), "no_permission.scopes"),
    (400, openai("Your organization must be verified to stream this model.", param="stream",
                 code="unsupported_value"), "no_permission.unverified"),
    (429, openai("You have no credit left.", code="credit_balance_exhausted"),
     "no_credit.balance"),
    (429, openai("Billing hard limit has been reached", code="billing_hard_limit_reached"),
     "no_credit.monthly_cap"),
    (429, openai("Limit reached on requests per day (RPD): Limit 200"), "rate_limited.daily"),
    (503, openai("Slow down.", code="slow_down"), "provider_down.overloaded"),
    (503, openai("That model is overloaded.", type="server_error"), "provider_down.overloaded"),
    (404, openai("The model `x` does not exist or you do not have access to it.",
                 code="model_not_found"), "model_not_found.no_access"),
]  # fmt: skip
ANTHROPIC = [
    (403, sample_json("anthropic/error.403.permission.json"), "no_permission.workspace"),
    (400, sample_json("anthropic/error.400.no_credit.json"), "no_credit.balance"),
    (400, openai(details={"error_code": "enforced_spend_limit_reached"}), "no_credit.monthly_cap"),
    (529, sample_json("anthropic/error.529.overloaded.json"), "provider_down.overloaded"),
    (400, openai("Output blocked by content filtering policy"), "content_refused.filter"),
]
GEMINI = [
    (403, google(reason="SERVICE_DISABLED"), "no_permission.service_off"),
    (403, google(reason="API_KEY_IP_ADDRESS_BLOCKED"), "no_permission.ip"),
    (403, google(reason="API_KEY_HTTP_REFERRER_BLOCKED"), "no_permission.key_restricted"),
    (403, google(reason="API_KEY_SERVICE_BLOCKED"), "no_permission.key_restricted"),
    (403, google(reason="CONSUMER_SUSPENDED"), "key_refused"),
    (403, google(message="Your API key was reported as leaked."), "key_refused"),
    (400, google("FAILED_PRECONDITION", "User location is not supported for the API use."),
     "no_permission.region"),
    (429, google("RESOURCE_EXHAUSTED", violations=[{"quotaId": "RequestsPerDayPerProject"}]),
     "rate_limited.daily"),
    (429, google("RESOURCE_EXHAUSTED", violations=[{"quotaValue": "0"}]), "no_credit"),
    (429, google("RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
     "no_credit.balance"),
    (503, sample_json("gemini/error.503.overloaded.json"), "provider_down.overloaded"),
]  # fmt: skip
OPENROUTER = [
    (402, openrouter(metadata={"limit_source": "openrouter_credits"}), "no_credit.balance"),
    (402, openrouter(metadata={"limit_source": "openrouter_key_limit"}), "no_credit.key_limit"),
    (402, openrouter(metadata={"limit_source": "openrouter_in_flight_budget"}),
     "no_credit.in_flight"),
    (403, openrouter("Key limit exceeded"), "no_credit.key_limit"),
    (403, openrouter("Workspace budget is spent", metadata={"limit_usd": 5, "spend_usd": 5}),
     "no_credit.key_limit"),
    (403, openrouter("Only management keys can perform this operation"), "no_permission.scopes"),
    (403, available("region_restricted"), "no_permission.region"),
    (403, sample_json("others/openrouter.error.403.moderation.json"), "content_refused.moderation"),
    (400, openrouter(metadata={"error_type": "refusal"}), "content_refused.model"),
    (429, openrouter("Rate limit exceeded: free-models-per-day"), "rate_limited.free_models"),
    (429, openrouter("Provider returned error", metadata={"provider_code": 429}),
     "provider_down.capacity"),
    (429, openrouter("Rate limit exceeded: free-models-per-min", metadata={"provider_code": 1}),
     "rate_limited.free_models"),
    (429, available("capacity_exhausted"), "provider_down.capacity"),
    (503, available("temporarily_unavailable"), "provider_down.overloaded"),
    (502, openrouter(metadata={"error_type": "provider_overloaded"}), "provider_down.overloaded"),
    (404, available("model_deprecated"), "model_not_found.retired"),
    (404, available("free_variant_ended"), "model_not_found.retired"),
    (404, available("privacy_restricted"), "model_not_found.no_access"),
    (404, available("constraint_filtered"), "model_not_found.no_access"),
    (404, available("no_endpoints"), "model_not_found"),
    (404, openrouter("No endpoints found for x/y."), "model_not_found"),
    (400, available("wrong_endpoint"), "request_refused"),
]  # fmt: skip
OTHERS = [
    (498, sample_json("others/groq.error.498.flex_capacity.json"), "provider_down.capacity"),
    (400, sample_json("others/groq.error.400.decommissioned.json"), "model_not_found.retired"),
    (403, openai("Organization has been restricted.", code="organization_restricted"),
     "no_permission.organization"),
    (429, {"message": "Queue is full", "type": "too_many_requests_error", "param": "queue",
           "code": "queue_exceeded"}, "provider_down.queue_full"),
    (503, sample_json("ollama/error.503.queue_full.json"), "provider_down.queue_full"),
    (500, {"error": "model requires more system memory (9 GiB) than is available (4 GiB)"},
     "provider_down.memory"),
    (500, openai("image input is not supported - hint: you may need to provide the mmproj"),
     "request_refused.unsupported"),
    (429, {"error": "you have reached your weekly usage limit"}, "no_credit"),
    (404, openai("No models loaded. Please load a model.", param="model"),
     "model_not_found.not_loaded"),
    (402, sample_json("others/deepseek.error.402.no_balance.json"), "no_credit.balance"),
    (402, {"error": "You have exceeded your monthly included credits for Inference Providers."},
     "no_credit.monthly_cap"),
    (403, {"error": "This authentication method does not have sufficient permissions"},
     "no_permission.scopes"),
    (403, {"code": "x", "error": "Content violates usage guidelines."}, "content_refused.filter"),
    (404, sample_json("others/xai.error.404.unknown_model.json"), "model_not_found.no_access"),
    (403, sample_json("others/xai.error.403.no_credits.json"), "no_credit"),
]  # fmt: skip
ALL = [*OPENAI, *ANTHROPIC, *GEMINI, *OPENROUTER, *OTHERS]


@pytest.mark.parametrize(("status", "body", "found"), ALL)
def test_a_refusal_is_told_with_its_case(status, body, found):
    assert case(failure(body, status)) == found


def test_every_case_is_shown_by_a_body():
    known = {f"{code}.{one.name}" for code, cases in CASES.items() for one in cases}
    assert known == {found for *_, found in ALL if "." in found}


def test_a_block_by_what_stands_before_a_provider_is_about_our_address():
    page = b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>"
    assert case(failure(page, 403, content_type="text/html")) == "no_permission.ip"


def test_the_request_id_is_kept():
    body = sample_json("anthropic/error.401.bad_key.json")
    in_body, in_header = failure(body, 401), failure({"error": "x"}, 500, x_request_id="req_7")
    assert in_body.finding.facts["request_id"] == body["request_id"]
    assert in_header.finding.facts["request_id"] == "req_7"
    assert failure({"error": "x"}, 500, cf_ray="8f\n2").finding.facts["request_id"] == "8f 2"


def test_a_request_id_shaped_like_a_key_is_hidden():
    error = failure({"error": "x"}, 500, x_request_id="sk-proj-abcdefghijkl")
    assert "abcdefghijkl" not in json.dumps(dict(error.finding.facts))


def test_a_limit_that_starts_anew_later_says_when():
    later = clock.now() + timedelta(hours=1)
    body = openrouter("Key limit exceeded", metadata={"resets_at": later.isoformat()})
    error = failure(body, 403)
    assert error.finding.facts["resets_at"] == clock.iso(later)
    assert error.retry_after == pytest.approx(3600, abs=5)
    assert 3590 < int(error.finding.facts["retry_after"]) <= 3600


def test_anthropics_headers_say_when_its_limit_starts_anew():
    limits = {"anthropic_ratelimit_tokens_remaining": "0",
              "anthropic_ratelimit_tokens_reset": "2026-11-22T12:40:59Z"}  # fmt: skip
    error = failure(sample_json("anthropic/error.429.rate_limit.json"), 429, **limits)
    assert error.finding.facts["resets_at"] == "2026-11-22T12:40:59.000Z"
    given = failure({"error": "x"}, 429, retry_after="12", **limits)
    assert given.retry_after == 12


@pytest.mark.parametrize(("left", "known"), [("0", True), ("3", False), ("", False)])
def test_openrouters_headers_say_when_its_limit_starts_anew(left, known):
    limits = {"x_ratelimit_remaining": left, "x_ratelimit_reset": "1795300000000"}
    facts = failure(openrouter("Rate limit exceeded"), 429, **limits).finding.facts
    assert ("resets_at" in facts) is known


@pytest.mark.parametrize(
    ("body", "wait"),
    [(sample_json("gemini/error.429.quota.json"), 26),
     (openrouter(availability={"code": "capacity_exhausted", "retry_after": 7}), 7),
     (openrouter(availability={"code": "capacity_exhausted", "retry_after": True}), None),
     (openrouter(availability={"code": "capacity_exhausted", "retry_after": "soon"}), None)],
)  # fmt: skip
def test_a_wait_may_be_in_the_body(body, wait):
    assert failure(body, 429).retry_after == wait


SWITCH = "https://console.developers.google.com/apis/api/x/overview?project=1"


@pytest.mark.parametrize(
    ("url", "kept"),
    [(SWITCH, True), ("https://evil.example/", False), ("javascript:alert(1)", False),
     ("https://console.developers.google.com.evil.example/", False), (5, False)],
)  # fmt: skip
def test_a_link_to_put_it_right_is_kept_where_it_is_googles_own(url, kept):
    body = google(reason="SERVICE_DISABLED", metadata={"activationUrl": url})
    assert ("link" in failure(body, 403).finding.facts) is kept


def test_a_flat_error_sent_with_200_is_an_error():
    bad = ADAPTERS["openai"].answers_badly(sampled("others/cerebras.error.402.json"))
    assert bad is not None
    assert bad.code == "no_credit"
