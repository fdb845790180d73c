"""Every way to fail that loopback can show, with the finding it must lead to.

The numbers in comments group them: before HTTP, no AI API, keys and money by provider, models.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiconnect.services.cases import CONTAINER_MARKS
from aiconnect.settings import Proxy
from aiconnect.wire.types import Ways
from tests.bare import saying, until_closed
from tests.fakes.samples import sample_json
from tests.faults.stage import (
    KEY,
    LOGIN,
    NAME,
    Place,
    Set,
    Stage,
    at,
    body,
    demanding,
    error,
    in_mood,
    through,
)
from tests.ports import free_port

IS_CONTAINED = any(mark.exists() for mark in CONTAINER_MARKS)
MODEL = "gpt-6-sol"


@dataclass(frozen=True)
class Situation:
    """A failure: how it is made, at which row, the wording and step it leads to, what mends it."""

    name: str
    slug: str
    set_up: Set
    case: str
    step: str | None
    fix: str | None = None


def reset(connection: Any) -> None:
    """Answer with a reset instead of an end: what was sent is left unread."""
    connection.recv(1)


def plain(stage: Stage) -> Place:
    return Place(url=stage.fakes["compatible"].url.replace("http:", "https:"))


def tls_port(stage: Stage) -> Place:
    """What OpenSSL sends to a request that is not encrypted: an alert."""
    return Place(url=stage.bare(saying(bytes.fromhex("15030100020246"))))


def certificate(name: str = "127.0.0.1", *, is_trusted: bool = True, **days: int) -> Set:
    def set_up(stage: Stage) -> Place:
        url, path = stage.tls(name, **days)
        return Place(url=url, ways=Ways(str(path)) if is_trusted else Ways())

    return set_up


def own_trust(pem: str = "", ca_file: Path | None = None) -> Set:
    def set_up(stage: Stage) -> Place:
        url, _ = stage.tls()
        return Place(url=url, ca_pem=pem or None, ways=Ways(str(ca_file) if ca_file else None))

    return set_up


def proxied(answer: bytes) -> Set:
    return lambda stage: through(stage.proxy(refusal=answer).ways())


REACHING = [
    Situation("no such name", "compatible", lambda _: Place(url="http://nowhere.invalid:8000/v1"),
              "name_not_found", "name", "edit"),
    Situation("localhost in a container", "compatible", lambda s: Place(url=s.nobody("127.0.0.1")),
              "refused.container" if IS_CONTAINED else "refused", "connect",
              "container_host" if IS_CONTAINED else "edit"),
    Situation("nobody listens", "compatible", lambda s: Place(url=s.nobody()),
              "refused", "connect", "edit"),
    *(Situation(f"{slug} is not started", slug, lambda s: Place(url=s.nobody()[:-3], key=None),
                f"refused.{slug}", "connect", "help")
      for slug in ("ollama", "lmstudio", "llamacpp", "vllm")),
    Situation("packets are dropped", "compatible", lambda s: Place(url=s.full()),
              "timeout", "connect", "edit"),
    Situation("a private address", "compatible",
              lambda s: Place(url=s.fakes["compatible"].url, private=False, strict=True),
              "address_refused.private", "connect", "edit"),
    Situation("silence after connecting", "compatible", lambda s: Place(url=s.bare(until_closed)),
              "silent", "kind", "patience"),
    Situation("silence instead of TLS", "compatible",
              lambda s: Place(url=s.bare(until_closed).replace("http:", "https:")),
              "silent", "tls", "patience"),
    Situation("connection reset", "compatible", lambda s: Place(url=s.bare(reset)),
              "reset", "kind", "https"),
    Situation("an empty reply", "compatible", lambda s: Place(url=s.bare(saying(b""))),
              "reset", "kind", "https"),
    Situation("an answer cut short", "compatible",
              lambda s: Place(url=s.bare(saying(
                  b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"))),
              "broke", "kind", None),
    Situation("another protocol", "compatible",
              lambda s: Place(url=s.bare(saying(b"SSH-2.0-OpenSSH_9.6\r\n"))),
              "not_an_api", "kind", "edit"),
]  # fmt: skip

ENCRYPTING = [
    Situation("a certificate signed by itself", "compatible", certificate(is_trusted=False),
              "tls_untrusted", "tls", "certificate"),
    Situation("a certificate for another name", "compatible", certificate("models.example.org"),
              "tls_name", "tls", "edit"),
    Situation("an expired certificate", "compatible", certificate(starts=-40, ends=-9),
              "tls_expired", "tls", None),
    Situation("a certificate of the future", "compatible", certificate(starts=3, ends=40),
              "tls_expired.not_yet", "tls", None),
    Situation("a pasted certificate that is none", "compatible", own_trust(pem="not a PEM"),
              "tls_untrusted.ca_pem", "tls", "certificate"),
    Situation("the CA file is gone", "compatible", own_trust(ca_file=Path("/nowhere/ca.pem")),
              "tls_untrusted.ca_file", "tls", None),
    Situation("no agreement on TLS", "compatible",
              lambda s: Place(url=s.bare(saying(bytes.fromhex("15030300020228"))).replace(
                  "http:", "https:")),
              "tls_failed", "tls", None),
    Situation("https to a plain port", "compatible", plain, "plain_http", "tls", "http"),
    Situation("http to a TLS port", "compatible", tls_port, "https_expected", "kind", "https"),
    Situation("http to nginx's TLS port", "compatible",
              in_mood("compatible", "html_error", 400,
                      "400 The plain HTTP request was sent to HTTPS port"),
              "not_an_api.wants_tls", "kind", "https"),
]  # fmt: skip

PROXYING = [
    Situation("the proxy wants a login", "compatible",
              lambda s: through(s.proxy(login=LOGIN).ways()), "proxy_auth", "connect"),
    Situation("the proxy's rules", "compatible",
              proxied(b"HTTP/1.1 403 Forbidden\r\n\r\n"), "proxy_refused", "connect"),
    Situation("the proxy cannot reach it", "compatible",
              proxied(b"HTTP/1.1 503 Service Unavailable\r\n\r\n"),
              "proxy_refused.upstream", "connect", "edit"),
    Situation("no proxy at all", "compatible", proxied(b"220 mail ESMTP\r\n\r\n"),
              "proxy_refused.no_proxy", "connect"),
    Situation("a dead proxy", "compatible",
              lambda _: through(Proxy("127.0.0.1", free_port())), "proxy_unreachable", "connect"),
    Situation("a proxy without a name", "compatible",
              lambda _: through(Proxy("proxy.invalid", 3128)),
              "proxy_unreachable.name_not_found", "connect"),
]  # fmt: skip


def unlisted(stage: Stage) -> Place:
    stage.fakes["compatible"].prefix = "/hidden/deep"
    return Place(url=stage.fakes["compatible"].root + "/somewhere")


def doubled(stage: Stage) -> Place:
    stage.fakes["compatible"].prefix = "/hidden/deep"
    return Place(url=stage.fakes["compatible"].root + "/api/v1/api/v1")


def redirect_home(to: str) -> Set:
    def set_up(stage: Stage) -> Place:
        fake = stage.fakes["compatible"]
        fake.redirect(to.format(port=fake.port))
        return Place()

    return set_up


ANSWERING = [
    Situation("the path lacks /v1", "compatible", at("compatible", "/somewhere"),
              "wrong_path.try", "kind", "try"),
    Situation("/v1 stands there twice", "compatible", at("compatible", "/v1/v1"),
              "wrong_path.try", "kind", "try"),
    Situation("no API anywhere", "compatible", unlisted, "wrong_path", "kind", "edit"),
    Situation("a doubled path without another", "compatible", doubled,
              "wrong_path.doubled", "kind", "doubled"),
    Situation("a web page", "compatible",
              in_mood("compatible", "html_error", 200, "Welcome to nginx!"),
              "not_an_api.page", "kind", "edit"),
    Situation("a page at the bare address", "compatible",
              lambda s: (s.fakes["compatible"].html_error(404, "404 Not Found"),
                         Place(url=s.fakes["compatible"].root))[1],
              "not_an_api.page", "kind", "add_version"),
    Situation("a page at a doubled path", "compatible",
              lambda s: (s.fakes["compatible"].html_error(404, "404 Not Found"),
                         Place(url=s.fakes["compatible"].root + "/v1/v1"))[1],
              "not_an_api.doubled", "kind", "doubled"),
    Situation("a sign-in page", "compatible",
              in_mood("compatible", "html_error", 200, "Sign in - Example SSO"),
              "not_an_api.sign_in", "kind", "edit"),
    Situation("a captive portal", "compatible", redirect_home("http://login.hotspot.invalid/"),
              "redirected", "kind", "edit"),
    Situation("http is sent to https", "compatible", redirect_home("https://127.0.0.1/v1/models"),
              "redirected.https", "kind", "https"),
    Situation("sent to its own sign-in", "compatible",
              redirect_home("http://127.0.0.1:{port}/login"),
              "redirected.same_host", "kind", "edit"),
    Situation("a gateway without a server", "compatible",
              in_mood("compatible", "html_error", 502, "502 Bad Gateway"),
              "provider_down.gateway", "kind", None),
    Situation("a gateway that gave up", "openai",
              in_mood("openai", "html_error", 524, "524: A timeout occurred"),
              "provider_down.gateway", "kind", "status"),
    Situation("200 with something else", "compatible", body("compatible", 200, {"hello": "you"}),
              "wrong_path", "kind", "edit"),
    Situation("an unexpected endpoint with 200", "lmstudio-compat", at("lmstudio", "/other"),
              "wrong_path.try", "kind", "try"),
    Situation("no list, chat works", "compatible",
              in_mood("compatible", "refuse", 404, {"detail": "Not Found"}, on="models"),
              "no_model_list", None, "enter_models"),
    Situation("a list that takes no GET", "compatible",
              in_mood("compatible", "refuse", 405, {"detail": "Method Not Allowed"}, on="models"),
              "no_model_list", None, "enter_models"),
    Situation("an empty list", "openai", in_mood("openai", "empty_list"), "no_models", None),
    Situation("Ollama without models", "ollama", in_mood("ollama", "empty_list"),
              "no_models.ollama", None, "help"),
    Situation("LM Studio without models", "lmstudio", in_mood("lmstudio", "empty_list"),
              "no_models.lmstudio", None, "help"),
    Situation("Ollama as just any server", "compatible", at("ollama", "/v1"),
              "ok.looks_like", None, "switch_type"),
    Situation("LM Studio taken for Ollama", "ollama", at("lmstudio", ""),
              "wrong_kind", "kind", "switch_type"),
    Situation("the model is loading", "llamacpp", in_mood("llamacpp", "load"),
              "model_loading", "models"),
    Situation("a status of nobody", "compatible", body("compatible", 218, {"this": "is fine"}),
              "unknown_answer", "kind", "edit"),
]  # fmt: skip

LEAKED = f"Incorrect API key provided: {KEY}. You can find your API key at https://x.example."
KEYS = [
    Situation("OpenAI: wrong key", "openai", in_mood("openai", "refuse_key"),
              "key_refused.openai", "key", "keys"),
    Situation("OpenAI: not in the organisation", "openai",
              body("openai", 401, error("You must be a member of an organization to use the API")),
              "no_permission.organization", "models", "keys"),
    Situation("OpenAI: address not allowed", "openai",
              body("openai", 401, error("Your request was not authorized from this IP address",
                                        code="ip_not_authorized")),
              "no_permission.ip", "models", "keys"),
    Situation("OpenAI: country", "openai",
              body("openai", 403, error("Country, region, or territory not supported",
                                        code="unsupported_country_region_territory")),
              "no_permission.region", "models", "docs"),
    Situation("OpenAI: a key that may not list", "openai",
              body("openai", 403, error("You have insufficient permissions for this operation. "
                                        "Missing scopes: api.model.read")),
              "no_model_list.permission", None, "keys"),
    Situation("OpenAI: no credit", "openai", in_mood("openai", "no_credit"),
              "no_credit.openai", "models", "billing"),
    Situation("OpenAI: monthly limit", "openai",
              body("openai", 429, error("Billing hard limit has been reached",
                                        code="billing_hard_limit_reached")),
              "no_credit.monthly_cap", "models", "billing"),
    Situation("OpenAI: too many requests", "openai", in_mood("openai", "limit", 20),
              "rate_limited.wait", "models"),
    Situation("OpenAI: overloaded", "openai",
              body("openai", 503, error("The server is overloaded", code="server_is_overloaded")),
              "provider_down.overloaded", "kind", "status"),
    Situation("OpenAI: an error of its own", "openai",
              body("openai", 500, error("The server had an error", type="server_error"),
                   x_request_id="req_7d2c0"),
              "provider_down", "kind", "status"),
    Situation("Anthropic: wrong key", "anthropic", in_mood("anthropic", "refuse_key"),
              "key_refused.anthropic", "key", "keys"),
    Situation("Anthropic: workspace", "anthropic",
              body("anthropic", 403, sample_json("anthropic/error.403.permission.json")),
              "no_permission.workspace", "models", "keys"),
    Situation("Anthropic: credit too low", "anthropic", in_mood("anthropic", "no_credit"),
              "no_credit.anthropic", "models", "billing"),
    Situation("Anthropic: billing", "anthropic",
              body("anthropic", 402, sample_json("anthropic/error.402.billing.json")),
              "no_credit.anthropic", "models", "billing"),
    Situation("Anthropic: rate limit", "anthropic", in_mood("anthropic", "limit", 9),
              "rate_limited.wait", "models"),
    Situation("Anthropic: overloaded", "anthropic", in_mood("anthropic", "overload"),
              "provider_down.overloaded", "kind", "status"),
    Situation("Gemini: wrong key", "gemini", in_mood("gemini", "refuse_key"),
              "key_refused.gemini", "key", "keys"),
    Situation("Gemini: API switched off", "gemini",
              body("gemini", 403, {"error": {
                  "code": 403, "status": "PERMISSION_DENIED",
                  "message": "Generative Language API has not been used in project 1 before or it "
                             "is disabled. Enable it by visiting "
                             "https://console.developers.google.com/apis/api/generativelanguage"
                             ".googleapis.com/overview?project=1 then retry.",
                  "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                               "reason": "SERVICE_DISABLED",
                               "metadata": {"activationUrl": "https://console.developers.google."
                                            "com/apis/api/generativelanguage.googleapis.com"}}]}}),
              "no_permission.service_off", "models", "link"),
    Situation("Gemini: key restricted", "gemini",
              body("gemini", 403, {"error": {
                  "code": 403, "status": "PERMISSION_DENIED",
                  "message": "Requests from referer <empty> are blocked.",
                  "details": [{"reason": "API_KEY_HTTP_REFERRER_BLOCKED"}]}}),
              "no_permission.key_restricted", "models", "keys"),
    Situation("Gemini: country", "gemini",
              body("gemini", 400, {"error": {
                  "code": 400, "status": "FAILED_PRECONDITION",
                  "message": "User location is not supported for the API use."}}),
              "no_permission.region.gemini", "models", "billing"),
    Situation("Gemini: quota of the day", "gemini",
              body("gemini", 429, {"error": {
                  "code": 429, "status": "RESOURCE_EXHAUSTED",
                  "message": "You exceeded your current quota.",
                  "details": [{"@type": "type.googleapis.com/google.rpc.QuotaFailure",
                               "violations": [{"quotaId": "GenerateRequestsPerDayPerProject",
                                               "quotaValue": "50"}]}]}}),
              "rate_limited.daily", "models", "billing"),
    Situation("Gemini: credits used up", "gemini", in_mood("gemini", "no_credit"),
              "no_credit", "models", "billing"),
    Situation("Groq: wrong key", "groq", in_mood("groq", "refuse_key"),
              "key_refused.groq", "key", "keys"),
    Situation("Groq: organisation restricted", "groq",
              body("groq", 403, error("Organization has been restricted. Please reach out to "
                                      "support.", code="organization_restricted")),
              "no_permission.organization", "models", "keys"),
    Situation("Groq: rate limit", "groq", in_mood("groq", "limit", 12),
              "rate_limited.wait", "models"),
    Situation("Groq: flex capacity", "groq",
              body("groq", 498, sample_json("others/groq.error.498.flex_capacity.json")),
              "provider_down.capacity", "kind", "status"),
    Situation("xAI: wrong key, which it repeats", "xai",
              body("xai", 400, {"code": "Client specified an invalid argument", "error": LEAKED}),
              "key_refused.xai", "key", "keys"),
    Situation("xAI: no credits", "xai",
              body("xai", 403, sample_json("others/xai.error.403.no_credits.json")),
              "no_credit", "models", "billing"),
    Situation("OpenRouter: wrong key", "openrouter", in_mood("openrouter", "refuse_key"),
              "key_refused.openrouter", "key", "keys"),
    Situation("OpenRouter: balance", "openrouter", in_mood("openrouter", "no_credit"),
              "no_credit.openrouter", "models", "billing"),
    Situation("OpenRouter: the key's own limit", "openrouter",
              body("openrouter", 402, {"error": {
                  "code": 402, "message": "Key limit exceeded (monthly limit).",
                  "metadata": {"limit_source": "openrouter_key_limit", "limit_usd": 5,
                               "spend_usd": 5.01, "resets_at": "2026-12-01T00:00:00Z"}}}),
              "no_credit.key_limit_until", "models", "keys"),
    Situation("OpenRouter: too much in flight", "openrouter",
              body("openrouter", 402, {"error": {
                  "code": 402, "message": "Too many requests in flight for your balance.",
                  "metadata": {"limit_source": "openrouter_in_flight_budget"}}}, retry_after="7"),
              "no_credit.in_flight", "models", "billing"),
    Situation("OpenRouter: free models", "openrouter",
              body("openrouter", 429, {"error": {
                  "code": 429, "message": "Rate limit exceeded: free-models-per-day."}}),
              "rate_limited.free_models", "models", "billing"),
    Situation("Ollama: the Host header", "ollama", in_mood("ollama", "empty", 403),
              "no_permission.host_header", "models", "help"),
    Situation("Ollama: queue full", "ollama", in_mood("ollama", "overload"),
              "provider_down.queue_full", "kind"),
    Situation("LM Studio: wants a key", "lmstudio", demanding("lmstudio"),
              "key_missing.lmstudio", "key", "enter_key"),
    Situation("vLLM: wants a key", "vllm", demanding("vllm"), "key_missing", "key", "enter_key"),
    Situation("DeepSeek: no balance", "deepseek",
              body("deepseek", 402, sample_json("others/deepseek.error.402.no_balance.json")),
              "no_credit", "models", "billing"),
    Situation("a refusal without a reason", "compatible", body("compatible", 409, error("busy")),
              "request_refused", "kind", "edit"),
]  # fmt: skip

TOKEN = "token"
MODELS = [
    Situation("one token", "openai", in_mood("openai", "answer", "H", model=MODEL),
              "ok.token", None),
    Situation("OpenAI: no such model", "openai", in_mood("openai", "not_found", model="gpt-0"),
              "model_not_found.no_access", TOKEN, "models"),
    Situation("OpenAI: organisation not verified", "openai",
              body("openai", 400, error("Your organization must be verified to stream this model.",
                                        code="unsupported_value", param="stream"), model=MODEL),
              "no_permission.unverified", TOKEN, "docs"),
    Situation("OpenAI: money only shows at a chat", "openai",
              in_mood("openai", "no_credit", on="chat", model=MODEL),
              "no_credit.openai", TOKEN, "billing"),
    Situation("a prompt that is too long", "openai",
              in_mood("openai", "too_long", model=MODEL), "too_long", TOKEN),
    Situation("Anthropic: unknown model", "anthropic",
              in_mood("anthropic", "not_found", model="claude-0"),
              "model_not_found", TOKEN, "models"),
    Situation("Groq: a model that is gone", "groq",
              body("groq", 400, sample_json("others/groq.error.400.decommissioned.json"),
                   model="old"),
              "model_not_found.retired", TOKEN, "models"),
    Situation("OpenRouter: moderation", "openrouter",
              body("openrouter", 403, sample_json("others/openrouter.error.403.moderation.json"),
                   model="openai/gpt-6"),
              "content_refused.moderation", TOKEN),
    Situation("Azure: its filter", "azure",
              body("azure", 400, sample_json("others/azure.error.400.content_filter.json"),
                   model="story"),
              "content_refused.filter", TOKEN),
    Situation("OpenRouter: the model itself", "openrouter",
              body("openrouter", 400, {"error": {"code": 400, "message": "I cannot help with that.",
                                                 "metadata": {"error_type": "refusal"}}},
                   model="openai/gpt-6"),
              "content_refused.model", TOKEN),
    Situation("Ollama: not downloaded", "ollama",
              in_mood("ollama", "not_found", model="qwen3:8b"),
              "model_not_found.ollama", TOKEN, "models"),
    Situation("Ollama: too little memory", "ollama",
              body("ollama", 500, error("model requires more system memory (9.1 GiB) than is "
                                        "available (5.4 GiB)"), model="qwen3:32b"),
              "provider_down.memory", TOKEN),
    Situation("LM Studio: nothing loaded", "lmstudio",
              body("lmstudio", 404, error("No models loaded. Please load a model in the developer "
                                          "page or use the `lms load` command.", param="model",
                                          code="model_not_found"), model="qwen"),
              "model_not_found.not_loaded", TOKEN, "help"),
    Situation("a model that takes too long", "llamacpp",
              in_mood("llamacpp", "stall", on="chat", model="gemma"),
              "silent.model", TOKEN, "more_time"),
]  # fmt: skip

SITUATIONS = [*REACHING, *ENCRYPTING, *PROXYING, *ANSWERING, *KEYS, *MODELS]
"""Every situation, in the order of the help page."""

__all__ = ["NAME", "SITUATIONS", "Situation"]
