"""What proves a key, what is told of an account, and which headers carry what."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from aiconnect.adapters.types import Account
from aiconnect.errors import ProviderError
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from tests.adapters.talking import adapter, attempt, hold, own, reply, sampled, target
from tests.fakes.samples import sample_json


def proven(slug: str, answer, **more):
    return attempt(adapter(slug).prove(own(slug, **more)), lambda _call: answer)


def said(slug: str, answer) -> str:
    found = proven(slug, answer)
    return found.code if isinstance(found, ProviderError) else found[0].get("proven", "no")


PROOFS = {
    "xai": "GET https://api.x.ai/v1/api-key",
    "openrouter": "GET https://openrouter.ai/api/v1/key",
    "ollama-cloud": "POST https://ollama.com/api/me",
    "deepinfra": "GET https://api.deepinfra.com/v1/me",
    "perplexity": "POST https://api.perplexity.ai/chat/completions",
    "huggingface": "GET https://huggingface.co/api/whoami-v2",
    "nvidia": "POST https://integrate.api.nvidia.com/v1/chat/completions",
}


@pytest.mark.parametrize(("slug", "asked"), PROOFS.items())
def test_a_key_is_proven_where_the_list_proves_none(slug, asked):
    facts, (call,) = hold(adapter(slug).prove(own(slug)), lambda _call: reply({"ok": 1}))
    assert f"{call.method} {call.url}" == asked
    assert call.secrets["Authorization"].reveal() == "Bearer k"
    assert facts == {"proven": "yes"}


@pytest.mark.parametrize("slug", sorted(set(PROVIDERS) - set(PROOFS)))
def test_where_the_list_proves_the_key_nothing_more_is_asked(slug):
    assert hold(adapter(slug).prove(own(slug)), lambda _call: reply({})) == ({}, [])


@pytest.mark.parametrize("slug", PROOFS)
def test_without_a_key_there_is_nothing_to_prove(slug):
    assert hold(adapter(slug).prove(own(slug, key=None)), lambda _call: reply({})) == ({}, [])


@pytest.mark.parametrize(
    "url",
    ["https://my.example/v1", "https://router.huggingface.co.evil.example/v1",
     "http://router.huggingface.co/v1", "https://router.huggingface.co:444/v1"],
)  # fmt: skip
def test_a_key_for_another_host_is_not_taken_to_the_providers_own(url):
    found = hold(adapter("huggingface").prove(own("huggingface", url)), lambda _call: reply({}))
    assert found == ({}, [])


def test_a_proof_below_the_address_goes_where_the_connection_leads():
    _, (call,) = hold(
        adapter("perplexity").prove(own("perplexity", "https://my.example/v1")),
        lambda _call: reply({}),
    )
    assert call.url == "https://my.example/v1/chat/completions"


@pytest.mark.parametrize("slug", ["perplexity", "nvidia", "ollama-cloud"])
@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_request_that_is_refused_for_what_is_missing_proves_the_key(slug, status):
    assert said(slug, reply({"error": {"message": "model is required"}}, status)) == "yes"


@pytest.mark.parametrize("slug", PROOFS)
@pytest.mark.parametrize(
    ("status", "body", "code"),
    [(401, {"error": "Unauthorized"}, "key_refused"), (403, {"error": "no"}, "no_permission"),
     (402, {"error": "pay"}, "no_credit"), (429, {"error": "wait"}, "rate_limited"),
     (400, {"error": "Incorrect API key provided"}, "key_refused"),
     (503, {"error": "busy"}, "provider_down")],
)  # fmt: skip
def test_a_refusal_is_told_for_what_it_is(slug, status, body, code):
    assert said(slug, reply(body, status)) == code


@pytest.mark.parametrize("slug", ["huggingface", "xai", "openrouter"])
def test_a_proof_that_is_not_there_any_more_proves_nothing_either_way(slug):
    assert said(slug, reply({"error": "not found"}, 404)) == "no"


def test_a_web_page_is_no_proof():
    page = reply(b"<!doctype html><title>Hello</title>", content_type="text/html")
    assert said("huggingface", page) == "not_an_api"
    assert said("perplexity", replace(page, status=404)) == "no"


@pytest.mark.parametrize("flag", ["team_blocked", "api_key_blocked", "api_key_disabled"])
def test_a_key_that_xai_has_blocked_is_refused(flag):
    body = sample_json("xai/api-key.json")
    assert said("xai", reply(body)) == "yes"
    found = proven("xai", reply(body | {flag: True}))
    assert isinstance(found, ProviderError)
    assert (found.code, found.finding.facts["reason"]) == ("key_refused", flag)


def test_a_key_that_manages_keys_is_none_for_calls():
    body = sample_json("openrouter/key.json")
    assert said("openrouter", reply(body)) == "yes"
    body["data"]["is_management_key"] = True
    assert said("openrouter", reply(body)) == "key_refused"


def told(slug: str, answer):
    return attempt(adapter(slug).account(own(slug)), lambda _call: answer)


def test_openrouter_tells_what_is_left_on_a_key():
    found, (call,) = told("openrouter", sampled("openrouter/key.json"))
    assert call.url == "https://openrouter.ai/api/v1/key"
    assert found == Account(
        label="sk-or-v1-au7...890", limit=Decimal(100), remaining=Decimal("74.5"),
        used=Decimal("25.5"), resets="monthly", is_free_tier=False,
        spent={
            "day": Decimal("1.5"), "week": Decimal("9.2"),
            "month": Decimal("25.5"), "total": Decimal("25.5"),
        },
    )  # fmt: skip


def test_a_key_without_a_limit_has_none():
    body = {"data": {"limit": None, "usage": "0.1", "expires_at": "2027-01-01T00:00:00Z",
                     "limit_reset": "never", "is_free_tier": 1}}  # fmt: skip
    found, _ = told("openrouter", reply(body))
    assert found == Account(
        used=Decimal("0.1"), expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        spent={"total": Decimal("0.1")},
    )  # fmt: skip


@pytest.mark.parametrize("value", ["NaN", "Infinity", True, [], "x", 10**9, "1e9", "9" * 5000])
def test_an_amount_that_is_none_is_unknown(value):
    found, _ = told("openrouter", reply({"data": {"limit": value}}))
    assert found == Account()


def test_deepseek_tells_the_balance_in_dollars():
    infos = [{"currency": "CNY", "total_balance": "90"},
             {"currency": "USD", "total_balance": "12.50"}]  # fmt: skip
    found, (call,) = told("deepseek", reply({"is_available": True, "balance_infos": infos}))
    assert call.url == "https://api.deepseek.com/user/balance"
    assert found == Account(remaining=Decimal("12.50"))


@pytest.mark.parametrize("body", [{"balance_infos": []}, {}, {"data": 3}])
def test_an_account_of_which_nothing_is_told_is_none(body):
    assert told("deepseek", reply(body))[0] is None
    assert told("openrouter", reply({"data": {}}))[0] is None


@pytest.mark.parametrize("slug", ["openrouter", "deepseek"])
def test_an_account_that_is_not_told_says_why(slug):
    found = told(slug, reply({"error": "no"}, 401))
    assert isinstance(found, ProviderError)
    assert found.code == "key_refused"


@pytest.mark.parametrize("slug", sorted(set(PROVIDERS) - {"openrouter", "deepseek"}))
def test_others_are_not_asked_for_an_account(slug):
    assert hold(adapter(slug).account(own(slug)), lambda _call: reply({})) == (None, [])


COMPATIBLE = [
    slug for slug, row in PROVIDERS.items()
    if adapter(slug).endpoint(own(slug, row.base_url or "https://h/v1"), "openai.chat")
]  # fmt: skip
LIMITS = {"openai": "max_completion_tokens", "azure": "max_completion_tokens"}


@pytest.mark.parametrize("slug", COMPATIBLE)
def test_the_smallest_chat_is_one_word_in_and_one_token_out(slug):
    at = own(slug, PROVIDERS[slug].base_url or "https://h/v1")
    call = adapter(slug).one_token(at, "m")
    body = json.loads(call.body or b"")
    assert call.url == adapter(slug).chat_url(at)
    assert body.pop(LIMITS.get(slug, "max_tokens")) == 1
    assert body == {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


CHATS = {
    "groq": "https://api.groq.com/openai/v1/chat/completions",
    "xai": "https://api.x.ai/v1/chat/completions",
    "openrouter": "https://openrouter.ai/api/v1/chat/completions",
    "ollama-cloud": "https://ollama.com/v1/chat/completions",
    "deepseek": "https://api.deepseek.com/chat/completions",
    "perplexity": "https://api.perplexity.ai/chat/completions",
    "deepinfra": "https://api.deepinfra.com/v1/openai/chat/completions",
    "fireworks": "https://api.fireworks.ai/inference/v1/chat/completions",
}


@pytest.mark.parametrize(("slug", "url"), CHATS.items())
def test_chats_go_to_the_openai_path_of_each(slug, url):
    call = adapter(slug).chat_call(own(slug))
    assert call.url == url
    assert {name: secret.reveal() for name, secret in call.secrets.items()} == {
        "Authorization": "Bearer k"
    }


def test_azure_has_its_key_in_a_header_of_its_own():
    at = own("azure", "https://r.openai.azure.com/openai/v1")
    call = adapter("azure").chat_call(at)
    assert call.url == "https://r.openai.azure.com/openai/v1/chat/completions"
    assert {name: secret.reveal() for name, secret in call.secrets.items()} == {"api-key": "k"}


ADDED = {"X-Team": Secret("blue"), "authorization": Secret("Basic x"), "X-Api-Key": Secret("y"),
         "API-KEY": Secret("z"), "X-GOOG-API-KEY": Secret("w")}  # fmt: skip


@pytest.mark.parametrize("slug", PROVIDERS)
def test_headers_of_the_connection_go_along_and_the_key_wins(slug):
    row = PROVIDERS[slug]
    at = own(slug, row.base_url or "https://h/v1", headers=ADDED)
    sent = adapter(slug).key_headers(at)
    same = [name for name in sent if name.lower() == row.auth.header.lower()]
    assert same == [row.auth.header]
    assert sent[row.auth.header].reveal() == f"{row.auth.prefix}k"
    assert sent["X-Team"].reveal() == "blue"
    assert adapter(slug).chat_headers(at)["X-Team"].reveal() == "blue"


def test_headers_of_the_connection_go_along_without_a_key_too():
    at = replace(target("ollama"), headers={"X-Team": Secret("blue")})
    assert adapter("ollama").chat_call(at).secrets["X-Team"].reveal() == "blue"
