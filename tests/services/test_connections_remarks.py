"""What is said about the look of a key: whose it seems to be, and never a refusal."""

from __future__ import annotations

import pytest

from aiconnect.errors import Refused
from aiconnect.providers import PROVIDERS
from aiconnect.secret import Secret
from aiconnect.services import connections
from aiconnect.services.connections import keys

HEX = "0123456789abcdef" * 4
KEYS = {
    "openrouter": f"sk-or-v1-{HEX}",
    "anthropic": "sk-ant-api03-abcdefghij",
    "lmstudio": "sk-lm-abcd1234:abcdefghij0123456789",
    "openai": "sk-proj-abcdefghijklmnopqrstuvwxyz",
    "groq": "gsk_abcdefghij",
    "xai": "xai-abcdefghij",
    "gemini": "AIzaabcdefghij",
    "cerebras": "csk-abcdefghij",
    "fireworks": "fw_abcdefghij",
    "together": "tgp_v1_abcdefghij",
    "perplexity": "pplx-abcdefghij",
    "huggingface": "hf_abcdefghij",
    "nvidia": "nvapi-abcdefghij",
    "deepseek": f"sk-{HEX[:32]}",
}


def said(slug: str, key: str) -> str | None:
    return connections.remark(PROVIDERS[slug], PROVIDERS, Secret(key))


@pytest.mark.parametrize("slug", KEYS)
@pytest.mark.parametrize("chosen", ["openai", "groq", "mistral", "xai", "ollama", "compatible"])
def test_a_key_of_another_provider_is_told_with_both_names(slug: str, chosen: str) -> None:
    remark = said(chosen, KEYS[slug])
    if slug == chosen:
        assert remark is None
    else:
        assert remark is not None
        names = {PROVIDERS[one].name for one in (slug, chosen)}
        assert all(name in remark for name in names)
        assert KEYS[slug] not in remark


def test_groq_and_grok_are_told_apart() -> None:
    sentence = (
        "This looks like a key of Groq; you chose xAI (Grok). Test the connection: if it is "
        "refused, replace the key, or connect Groq instead."
    )
    assert said("xai", " gsk_whatever\n") == sentence


@pytest.mark.parametrize(
    ("slug", "key"),
    [
        ("compatible", "anything"),
        ("compatible", "sk-any-host-may-use-this"),
        ("ollama", "anything"),
        ("ollama", "sk-1234"),
        ("anyscale", "anything"),
        ("openai", "sk-" + "A1b2" * 12),
        ("openai", "sk-admin-abcdefghijklmnop"),
        ("gemini", "AQ.Ab8RN6Ja1b2c3d4e5f6g7h8i9j0"),
        ("gemini-compat", "AIza" + "a" * 35),
        ("mistral", "a" * 32),
        ("deepinfra", "a" * 32),
        ("azure", HEX[:32]),
        ("together", HEX),
    ],
)
def test_of_a_key_that_may_be_right_nothing_is_said(slug: str, key: str) -> None:
    assert said(slug, key) is None


@pytest.mark.parametrize(("slug", "key"), [("mistral", "short"), ("deepseek", "nothing-known")])
def test_a_key_unlike_the_providers_own_is_told(slug: str, key: str) -> None:
    assert said(slug, key) == f"Keys of {PROVIDERS[slug].name} usually look different."


@pytest.mark.parametrize("slug", ["anyscale", "compatible", "openai"])
def test_a_key_of_a_service_that_has_closed_is_explained(slug: str) -> None:
    remark = said(slug, "esecret_abcdefghij")
    assert remark is not None
    assert "Anyscale" in remark
    assert "has closed" in remark


def test_a_key_unlike_the_providers_own_is_told_how_those_begin() -> None:
    remark = said("openai", "hello")
    assert remark is not None
    assert "they begin with sk-. " in remark


@pytest.mark.parametrize(
    "pasted",
    [
        'OPENAI_API_KEY="sk-or-v1-x"', "export OPENROUTER_API_KEY=sk-or-v1-x", "'sk-or-v1-x'",
        "Bearer sk-or-v1-x", "Authorization: Bearer sk-or-v1-x", " sk-or-v1-x\n",
        "API_KEY: sk-or-v1-x",
    ],
)  # fmt: skip
def test_what_is_copied_along_with_a_key_is_taken_away(pasted: str) -> None:
    found = keys.clean(PROVIDERS["openrouter"], Secret(pasted))
    assert found is not None
    assert found.reveal() == "sk-or-v1-x"


def test_padding_at_the_end_of_a_key_stays() -> None:
    found = keys.clean(PROVIDERS["compatible"], Secret("QUJDREVG=="))
    assert found is not None
    assert found.reveal() == "QUJDREVG=="


def test_an_address_is_no_key() -> None:
    with pytest.raises(Refused, match="an address, not a key"):
        keys.clean(PROVIDERS["openai"], Secret("https://platform.openai.com/api-keys"))
