"""Base URLs as people type and paste them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiconnect.errors import Refused
from aiconnect.providers import PROVIDERS
from aiconnect.services.connections import base_urls

COMPATIBLE, OPENAI, OLLAMA, GROQ = (
    PROVIDERS[slug] for slug in ("compatible", "openai", "ollama", "groq")
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        ("  https://api.example.com/v1/ ", "https://api.example.com/v1"),
        ("api.example.com/v1", "https://api.example.com/v1"),
        ("localhost:8000/v1", "http://localhost:8000/v1"),
        ("192.168.1.5:8000", "http://192.168.1.5:8000"),
        ("gpu-box:8000", "http://gpu-box:8000"),
        ("gpu.internal", "http://gpu.internal"),
        ("8.8.8.8", "https://8.8.8.8"),
        ("https://api.example.com/v1/chat/completions", "https://api.example.com/v1"),
        ("https://api.example.com/v1/models/", "https://api.example.com/v1"),
        ("https://api.example.com/v1/embeddings", "https://api.example.com/v1"),
        ("https://api.example.com//v1", "https://api.example.com/v1"),
        ("HTTPS://API.Example.com/V1", "https://api.example.com/V1"),
        ("https://api.example.com:443/v1", "https://api.example.com/v1"),
        ("http://10.0.0.1:80", "http://10.0.0.1"),
        ("https://api.example.com/v1#models", "https://api.example.com/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("https://bücher.example/v1", "https://xn--bcher-kva.example/v1"),
        ("https://api.example.com/models/v1", "https://api.example.com/models/v1"),
    ],
)
def test_what_is_typed_becomes_what_is_meant(typed: str, meant: str) -> None:
    assert base_urls.normalise(COMPATIBLE, typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", "http://localhost:11434"),
        ("localhost:11434/v1", "http://localhost:11434"),
        ("http://localhost:11434/v1/chat/completions", "http://localhost:11434"),
        ("http://localhost:11434/api/chat", "http://localhost:11434"),
        ("http://localhost:11434/api", "http://localhost:11434"),
        ("http://gpu:11434/ollama/", "http://gpu:11434/ollama"),
    ],
)
def test_a_local_server_s_address_loses_what_each_call_adds(typed: str, meant: str) -> None:
    assert base_urls.normalise(OLLAMA, typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://example.com", "https://", "http:///v1", "https://exa mple.com", "https://[::1",
        "https://example.com:99999", "https://example.com:0", "https://example.com:x",
        "javascript:alert(1)", "https://exa%6dple.com/v1", "https://-/v1", "https://a..b/v1",
        "https://" + "a" * 600 + ".com", "https://example.com/" + "a" * 600, "://", "//",
        "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
        "https://user:secret@example.com/v1", "https://user@example.com/v1",
        "https://example.com/v1?api-version=1",
        "https://example.com/\N{LATIN SMALL LETTER E WITH ACUTE}", "https://example.com/\x00",
        "https://example.com/\udc80", "https://\udc80.example",
    ],
)  # fmt: skip
def test_what_cannot_be_called_is_refused(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        base_urls.normalise(COMPATIBLE, typed)
    assert refused.value.field == "url"
    assert "secret" not in str(refused.value)


def test_an_address_is_asked_for_where_there_is_no_usual_one() -> None:
    with pytest.raises(Refused, match="Write the address"):
        base_urls.normalise(COMPATIBLE, "  ")


@given(typed=st.text(max_size=80))
def test_any_text_is_an_address_or_refused(typed: str) -> None:
    try:
        url = base_urls.normalise(COMPATIBLE, typed)
    except Refused:
        return
    assert base_urls.normalise(COMPATIBLE, url) == url


def test_a_provider_s_fixed_address_stays() -> None:
    assert base_urls.normalise(GROQ, "") == GROQ.base_url
    assert base_urls.normalise(GROQ, GROQ.base_url + "/") == GROQ.base_url
    with pytest.raises(Refused, match="fixed"):
        base_urls.normalise(GROQ, "https://elsewhere.example/v1")


@pytest.mark.parametrize(
    "typed",
    ["https://eu.api.openai.com/v1", " eu.api.openai.com ", "HTTPS://EU.api.openai.com/v1/"],
)
def test_a_region_of_a_provider_is_one_of_its_addresses(typed: str) -> None:
    assert base_urls.normalise(OPENAI, typed) == "https://eu.api.openai.com/v1"


@pytest.mark.parametrize(
    "typed", ["https://evil.api.openai.com.example/v1", "http://eu.api.openai.com/v1", "eu"]
)
def test_an_address_that_is_no_region_is_refused_with_those_that_are(typed: str) -> None:
    with pytest.raises(Refused, match=r"eu\.api\.openai\.com") as refused:
        base_urls.normalise(OPENAI, typed)
    assert refused.value.field == "url"


def test_a_service_that_has_closed_is_explained() -> None:
    url = base_urls.normalise(COMPATIBLE, "https://API.endpoints.anyscale.com./v1")
    with pytest.raises(Refused, match=r"Anyscale and has closed\. .* your own service") as refused:
        base_urls.refuse_gone(PROVIDERS, url)
    assert refused.value.field == "url"
    base_urls.refuse_gone(PROVIDERS, "https://mine.s.anyscaleuserdata.com/v1")


@pytest.mark.parametrize(
    ("before", "after", "may_follow"),
    [
        ("https://a.example/v1", "https://a.example/v2", True),
        ("https://a.example", "https://a.example./v1", True),
        ("https://a.example", "https://a.example.:8443", False),
        ("http://gpu:8000", "https://gpu:8000", True),
        ("http://gpu", "https://gpu/v1", True),
        ("http://gpu:8000", "http://gpu:9000/v1", False),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://b.example", False),
        ("https://a.example", "https://a.example.b.example", False),
        ("http://localhost:1", "http://127.0.0.1:1", False),
    ],
)
def test_secrets_stay_with_their_server_and_in_tls(
    before: str, after: str, *, may_follow: bool
) -> None:
    assert base_urls.keeps_secrets(before, after) is may_follow


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:1", "http://127.0.0.1", "http://[::1]", "http://10.1.2.3",
        "http://192.168.0.1", "http://172.16.0.1", "http://100.64.0.1", "http://[fd00::1]",
        "http://ollama:11434", "http://box.local", "http://box.lan", "http://[::ffff:10.0.0.1]",
    ],
)  # fmt: skip
def test_hosts_of_this_network_are_known_as_private(url: str) -> None:
    assert base_urls.is_private(url)


@pytest.mark.parametrize(
    "url", ["https://api.example.com", "https://8.8.8.8", "http://169.254.1.1"]
)
def test_other_hosts_are_not_private(url: str) -> None:
    assert not base_urls.is_private(url)


def refusal(slug: str, url: str, *, private: bool = False) -> str | None:
    """The field that the refusal names, or None where the address is allowed."""
    try:
        base_urls.allow(PROVIDERS[slug], url, private=private)
    except Refused as refused:
        return refused.field
    return None


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "169.254.169.254.", "169.254.1.1", "100.100.100.200", "[fe80::1]",
     "0.0.0.0", "224.0.0.1",
     "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]"],
)  # fmt: skip
@pytest.mark.parametrize("slug", ["compatible", "ollama"])
def test_some_addresses_are_never_allowed(slug: str, host: str) -> None:
    assert refusal(slug, f"http://{host}", private=True) == "url"


def test_a_private_address_needs_the_switch_on_a_compatible_connection() -> None:
    assert refusal("compatible", "http://10.0.0.1") == "private"
    assert refusal("compatible", "http://10.0.0.1", private=True) is None


def test_a_public_address_must_be_https() -> None:
    assert refusal("compatible", "http://api.example.com") == "url"
    assert refusal("compatible", "https://api.example.com") is None


def test_a_local_provider_may_be_anywhere_near() -> None:
    assert refusal("ollama", "http://localhost:11434") is None
    assert refusal("ollama", "http://10.0.0.1:11434") is None


@pytest.mark.parametrize(
    "typed",
    [
        "https://my.openai.azure.com",
        "my.openai.azure.com/",
        "https://my.openai.azure.com/openai/v1/",
        "https://my.openai.azure.com/openai/deployments/x/chat/completions?api-version=2024-10-21",
    ],
)
def test_azures_path_is_known_whatever_was_pasted(typed: str) -> None:
    url = base_urls.normalise(PROVIDERS["azure"], typed)
    assert url == "https://my.openai.azure.com/openai/v1"


def test_a_gateway_before_azure_keeps_its_own_path() -> None:
    url = base_urls.normalise(PROVIDERS["azure"], "https://gate.example.com/ai/v1")
    assert url == "https://gate.example.com/ai/v1"
