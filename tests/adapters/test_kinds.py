"""Which kind of server answers, found out without the key."""

from __future__ import annotations

import pytest

from aiconnect.errors import ProviderError
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from tests.adapters.talking import adapter, attempt, own, reply, sampled, table

CLOUD = ("anthropic", "gemini", "groq", "xai", "openrouter")
PAGE = reply(b"<!doctype html><title>Welcome</title>", content_type="text/html")


def kind(slug: str, answer, url: str = ""):
    at = own(slug, url or PROVIDERS[slug].base_url or "https://h/v1", headers={"X": Secret("s")})
    found = attempt(adapter(slug).kind(at), answer if callable(answer) else lambda _call: answer)
    if isinstance(found, ProviderError):
        return found.code
    facts, calls = found
    assert not any(call.secrets for call in calls)
    return dict(facts)


MISSING = {
    "anthropic": reply({"type": "error", "error": {"type": "authentication_error"}}, 401),
    "gemini": sampled("gemini/error.403.missing_key.json", 403),
    "groq": sampled("others/groq.error.401.bad_key.json", 401),
    "xai": sampled("others/xai.error.400.bad_key.json", 400),
    "openrouter": sampled("others/openrouter.error.401.missing_key.json", 401),
}


@pytest.mark.parametrize("slug", CLOUD)
def test_a_provider_that_asks_for_its_key_is_the_right_kind(slug):
    assert kind(slug, MISSING[slug]) == {}


@pytest.mark.parametrize("slug", CLOUD)
@pytest.mark.parametrize("status", [400, 401, 403, 429])
def test_any_refusal_in_json_is_one_of_such_an_api(slug, status):
    assert kind(slug, reply({"error": {"message": "no key"}}, status)) == {}


@pytest.mark.parametrize("slug", CLOUD)
@pytest.mark.parametrize(
    ("answer", "code"),
    [(PAGE, "not_an_api"), (reply({"error": "no"}, 404), "wrong_path"),
     (reply({"hello": 1}), "wrong_path"), (reply({"error": "down"}, 503), "provider_down")],
)  # fmt: skip
def test_what_is_no_such_api_is_told(slug, answer, code):
    assert kind(slug, answer) == code


def test_the_list_of_openrouter_is_not_fetched_to_know_it():
    asked = []
    kind("openrouter", lambda call: asked.append(call.url) or MISSING["openrouter"])
    assert asked == ["https://openrouter.ai/api/v1/key"]


@pytest.mark.parametrize("slug", ["perplexity", "nvidia", "mistral"])
def test_a_host_that_asks_for_a_key_with_a_web_page_is_still_the_host(slug):
    page = reply(b"<html><title>401 Authorization Required</title>", 401, content_type="text/html")
    assert kind(slug, page) == {}
    assert kind(slug, page, "https://elsewhere.example/v1") == "not_an_api"
    no_list = table({f"POST {path}/chat/completions": page for path in ("", "/v1")})
    assert kind(slug, no_list) == {"list": "none"}


def test_a_local_server_behind_a_page_that_asks_for_a_password_is_told_as_one():
    page = reply(b"<html><title>Sign in</title>", 401, content_type="text/html")
    assert kind("vllm", page) == "not_an_api"


def test_ollama_tells_its_version():
    answer = table({"GET /api/version": sampled("ollama/version.json")})
    assert kind("ollama", answer) == {"server": "Ollama", "version": "0.32.4"}


TAGS = {"GET /api/tags": reply({"models": [{"name": "gpt-oss:120b"}]})}


@pytest.mark.parametrize("greeting", [PAGE, reply(b"Ollama is running", content_type="text/plain")])
def test_ollamas_cloud_is_known_by_its_list_and_not_by_its_website(greeting):
    site = TAGS | {"GET /": greeting, "GET /api/version": PAGE}
    assert kind("ollama-cloud", table(site)) == {"server": "Ollama", "open": "yes"}


def test_ollamas_cloud_may_ask_for_a_key_at_its_list():
    refused = {"GET /api/tags": sampled("ollama/error.401.cloud_unauthorized.json", 401)}
    assert kind("ollama-cloud", table(refused)) == {"server": "Ollama"}


@pytest.mark.parametrize(
    ("tags", "code"), [(PAGE, "not_an_api"), (reply({"error": "x"}, 503), "provider_down")]
)
def test_a_website_at_every_path_is_no_cloud_of_ollama(tags, code):
    assert kind("ollama-cloud", table({"GET /api/tags": tags})) == code


def test_a_list_like_ollamas_does_not_make_a_local_server_ollama():
    site = TAGS | {"GET /v1/models": sampled("llamacpp/models.json")}
    assert kind("ollama", table(site)) == "wrong_kind"


@pytest.mark.parametrize("url", ["http://localhost:8080", "http://localhost:9931"])
def test_llamacpp_is_known_at_both_of_its_ports(url):
    assert url in PROVIDERS["llamacpp"].usual_urls
    answer = table({"GET /v1/models": sampled("llamacpp/models.json")})
    assert kind("llamacpp", answer, url) == {"server": "llama.cpp", "open": "yes"}
