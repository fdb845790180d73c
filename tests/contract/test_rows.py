"""What a row says: enough for a form, for a link, and for a fake to stand for it."""

from __future__ import annotations

import re

import pytest

from aiconnect.adapters import ADAPTERS
from aiconnect.providers import PROVIDERS
from aiconnect.providers.spec import Family, Provider, Reach
from tests.fakes import FAKES

ROWS = pytest.mark.parametrize("row", PROVIDERS.values(), ids=PROVIDERS)
LINKS = ("docs_url", "keys_url", "billing_url", "status_url")


@ROWS
def test_a_row_has_a_fake_and_an_adapter(row: Provider) -> None:
    assert FAKES[row.slug].slug == row.slug
    assert row.dialect in ADAPTERS


def test_no_two_rows_share_a_fake() -> None:
    assert len(set(FAKES.values())) == len(PROVIDERS) == len(FAKES)


@ROWS
def test_links_lead_to_pages_over_https(row: Provider) -> None:
    assert row.docs_url
    assert row.keys_url or "api_key" not in row.needs
    for name in LINKS:
        assert re.fullmatch(r"(https://[a-z0-9.-]+\.[a-z]+(/.*)?)?", getattr(row, name)), name


@ROWS
def test_a_form_has_a_field_for_each_secret(row: Provider) -> None:
    assert [field.name for field in row.fields if field.is_secret] == ["api_key"]
    assert all(field.label and field.hint for field in row.fields)
    assert row.has("url") or row.base_url


@ROWS
def test_a_row_names_itself(row: Provider) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row.slug)
    assert row.name
    assert row.summary
    assert 1 <= len(row.mark) <= 2


@ROWS
def test_a_key_form_is_a_pattern_and_prefixes_are_its_beginnings(row: Provider) -> None:
    re.compile(row.key_form)
    assert all(prefix and prefix == prefix.strip() for prefix in row.key_prefixes)


@ROWS
def test_an_address_is_public_and_over_https_unless_the_row_is_local(row: Provider) -> None:
    assert row.family in Family
    is_local = row.reach is Reach.LOCAL
    for url in (row.base_url, *row.other_urls):
        assert url.startswith("http://localhost" if is_local else "https://") or not url
        assert not url.endswith("/")


@ROWS
def test_a_proof_is_below_the_address_or_at_one_over_https(row: Provider) -> None:
    if row.proof is not None:
        assert row.proof.path.startswith(("/", "https://"))
        assert row.proof.method in {"GET", "POST"}
