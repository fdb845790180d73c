"""Whatever a server sends, an adapter gives cards or a ProviderError, never another exception."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.adapters import failures
from aiconnect.adapters.openai import read_usage
from aiconnect.adapters.types import Account, ModelCard, Usage
from aiconnect.errors import ProviderError
from aiconnect.providers import PROVIDERS
from aiconnect.wire.types import Reply
from tests.adapters.talking import adapter, attempt, own

KEYS = [
    "data", "models", "id", "name", "key", "model", "error", "message", "code", "type", "details",
    "detail", "capabilities", "context_length", "max_model_len", "architecture", "meta", "state",
    "status", "value", "loaded_instances", "config", "n_params", "n_ctx_train", "quantization",
    "version", "owned_by", "providers", "usage", "prompt_tokens", "completion_tokens", "timings",
    "prompt_tokens_details", "cached_tokens", "predicted_n", "model_info", "general.architecture",
    "metadata", "availability", "object", "default_generation_settings", "modalities", "size",
    "output_modalities", "reasons", "display_name", "llama.context_length", "x_groq", "title",
    "last_id", "has_more", "max_input_tokens", "max_tokens", "retires_at", "thinking", "supported",
    "image_input", "nextPageToken", "displayName", "inputTokenLimit", "outputTokenLimit",
    "supportedGenerationMethods", "active", "context_window", "input_modalities", "links", "next",
    "expiration_date", "supported_parameters", "reasoning", "top_provider", "deprecation",
    "completion_chat", "ocr", "shutdown_date", "balance_infos", "currency", "total_balance",
    "limit", "limit_remaining", "usage", "limit_reset", "expires_at", "is_management_key",
    "team_blocked", "reason", "violations", "quotaId", "quotaValue", "retryDelay", "retry_after",
    "activationUrl", "resets_at", "limit_usd", "provider_code", "request_id", "time_info",
    "completion_time", "predicted_ms", "supports_chat", "tags",
]  # fmt: skip
WORDS = [
    "2026-11-30T00:00:00Z",
    "9999-12-31",
    "PerDay",
    "26s",
    "1e400",
    "USD",
    "?page=2",
    "//h/",
    "generateContent",
    "",
    "llama",
    "llamacpp",
    "loaded",
    "vlm",
    "list",
    "x.gguf",
    "a\u0000b",
    "\ud800",
    "model",
]
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(WORDS)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=25,
)
bodies = values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=80)
statuses = st.sampled_from([200, 200, 200, 204, 302, 400, 401, 403, 404, 405, 429, 498, 500, 503])
types = st.sampled_from(["application/json", "text/html", "text/plain", ""])
headers = st.fixed_dictionaries(
    {"content-type": types}, optional={"retry-after": st.text(), "retry-after-ms": st.text()}
)
replies = st.builds(Reply, statuses, headers, bodies)
SLUGS = [
    "openai",
    "compatible",
    "ollama",
    "lmstudio",
    "llamacpp",
    "ollama-cloud",
    "anthropic",
    "gemini",
    "groq",
    "xai",
    "openrouter",
    "mistral",
    "deepseek",
    "azure",
]
PROVEN = ["xai", "openrouter", "ollama-cloud", "perplexity", "huggingface"]


def is_storable(card: ModelCard) -> bool:
    """Fits into a row: encodable, short enough, numbers that a database holds."""
    card.id.encode()
    texts = [(card.name, 300), (card.family, 80), (card.parameters, 40), (card.quantization, 40)]
    numbers = [card.context, card.output_limit, card.size]
    return (
        0 < len(card.id) <= 300
        and all(text is None or len(text.encode("utf-8")) <= most * 4 for text, most in texts)
        and all(text is None or len(text) <= most for text, most in texts)
        and all(number is None or 0 < number <= 2**53 for number in numbers)
        and all(number is None or number < 2**31 for number in (card.context, card.output_limit))
        and (card.retires_at is None or card.retires_at.utcoffset() == timedelta())
        and card.name.isprintable()
    )


def at(slug):
    return own(slug, PROVIDERS[slug].base_url or "http://h:1")


@pytest.mark.parametrize("slug", PROVEN)
@given(given_=replies)
def test_any_reply_to_a_proof_is_one_or_a_finding(slug, given_):
    found = attempt(adapter(slug).prove(at(slug)), lambda _call: given_)
    if isinstance(found, ProviderError):
        assert found.code
        return
    facts, calls = found
    assert facts in ({}, {"proven": "yes"})
    assert len(calls) == 1


@pytest.mark.parametrize("slug", ["openrouter", "deepseek"])
@given(given_=replies)
def test_any_reply_about_an_account_is_one_or_a_finding(slug, given_):
    found = attempt(adapter(slug).account(at(slug)), lambda _call: given_)
    if isinstance(found, ProviderError):
        return
    account, _ = found
    assert account is None or isinstance(account, Account)
    amounts = (account.limit, account.remaining, account.used) if account else ()
    assert all(one is None or abs(one) < 10**9 for one in amounts)
    assert account is None or (len(account.label) <= 100 and account.label.isprintable())


@pytest.mark.parametrize("slug", SLUGS)
@given(given_=st.lists(replies, min_size=1, max_size=6))
def test_any_replies_to_a_listing_give_cards_or_a_finding(slug, given_):
    one, following = at(slug), cycle(given_)
    found = attempt(adapter(slug).models(one), lambda _call: next(following))
    if isinstance(found, ProviderError):
        assert all(isinstance(value, str) for value in found.finding.facts.values())
        return
    cards, _ = found
    assert len({card.id for card in cards}) == len(cards)
    assert all(is_storable(card) for card in cards)


@pytest.mark.parametrize("slug", SLUGS)
@given(given_=st.lists(replies, min_size=1, max_size=6))
def test_any_replies_to_the_question_of_kind_give_facts_or_a_finding(slug, given_):
    one, following = at(slug), cycle(given_)
    found = attempt(adapter(slug).kind(one), lambda _call: next(following))
    if isinstance(found, ProviderError):
        assert found.code
        return
    facts, calls = found
    assert all(isinstance(value, str) for value in facts.values())
    assert not any(call.secrets for call in calls)


@given(replies)
def test_any_reply_can_be_read_as_a_failure(given_):
    error = failures.failure(given_)
    assert error.code
    assert error.retry_after is None or 0 <= error.retry_after <= 7 * 86400
    assert all(fact and fact.isprintable() for fact in error.finding.facts.values())
    json.dumps(dict(error.finding.facts)).encode()


@given(st.dictionaries(st.sampled_from(KEYS), values, max_size=8))
def test_any_object_has_usage_or_none(answer):
    usage = read_usage(answer)
    assert usage is None or isinstance(usage, Usage)
    if usage:
        parts = (usage.input, usage.cache_read, usage.cache_write, usage.output, usage.reasoning)
        assert all(part is None or 0 <= part <= 2**53 for part in parts)
        assert usage.generation_ms is None or 0 <= usage.generation_ms <= 86_400_000
