"""Addresses and forms of usage, budgets, prices and alerts, as nobody's browser would send them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import pytest
from sqlalchemy.orm import Session

from tests.pages.browse import Browse
from tests.pages.conftest import Browsers
from tests.pages.connected import add

pytestmark = pytest.mark.on_both

HUGE = "9" * 25
ODD = [
    "\0", "\ud800", "x" * 10_000, "9" * 5000, "-1", "\u00b2", "9999-12-31", "0001-01-01",
    "9999-12-31T23:59:59-23:59~a", "0001-01-01T00:00:00+23:59~a", "2026-11-01T00:00:00Z~\0",
]  # fmt: skip
READ = {
    "/usage": ["span", "by", "since", "until", "person", "token", "connection", "model",
               "collection", "outcome"],
    "/usage/calls": ["before", "after", "span", "since", "until", "model", "outcome"],
    "/usage/export": ["span", "since", "until", "model"],
    "/usage/export/csv": ["span", "since", "until", "model", "person"],
    "/usage/statement": ["person", "month"],
    "/prices": ["model", "q", "only", "page"],
    "/prices/own": ["model"],
    "/prices/updates": ["page"],
    "/prices/reprice": ["since", "until", "model", "connection", "last"],
    "/alerts": ["page"],
    "/alerts/channels": ["page"],
    "/budgets/new": ["name", "target", "limit", "period"],
    "/settings/ledger": ["x"],
}  # fmt: skip
FIXED = {"/prices/reprice": {"since": "2026-01-01"}}


ALONE = {
    "/usage": ["since", "model"], "/usage/calls": ["before", "after"],
    "/usage/export/csv": ["model"], "/prices/reprice": ["until", "last", "model"],
}  # fmt: skip
"""What others would keep from being looked at."""


def written(fields: Mapping[str, str], path: str = "") -> str:
    """As a form or an address carries them, halves of characters too."""
    every = {**FIXED.get(path, {}), **fields}
    return "&".join(
        f"{name}={quote(text.encode('utf-8', 'surrogatepass'))}" for name, text in every.items()
    )


@pytest.fixture
def furnished(browse: Browsers, session: Session) -> None:
    add(browse, session, "ollama", name="near")


@pytest.mark.parametrize("path", READ)
def test_odd_parameters_are_no_fault_of_ours(hers: Browse, furnished: None, path: str) -> None:
    bad = []
    for value in ODD:
        everywhere = dict.fromkeys(READ[path], value)
        for fields in (everywhere, *({name: value} for name in ALONE.get(path, ()))):
            response = hers.client.get(f"{path}?{written(fields, path)}", buffered=True)
            if response.status_code >= 500:
                bad.append((list(fields), value[:40], response.status_code))
    assert not bad


@pytest.mark.parametrize("number", ["0", "-1", "2147483648", HUGE, "1" * 400])
def test_numbers_that_no_row_has(hers: Browse, number: str) -> None:
    for path in (
        "/budgets/{}", "/budgets/{}/edit", "/budgets/{}/remove", "/alerts/channels/{}",
        "/alerts/channels/{}/remove", "/usage/calls/{}",
    ):  # fmt: skip
        assert hers.get(path.format(number)).status == 404, path
    for path in (
        "/budgets/{}/edit", "/budgets/{}/remove", "/alerts/{}/seen", "/alerts/channels/{}",
        "/alerts/channels/{}/test", "/alerts/channels/{}/switch", "/alerts/channels/{}/secret",
        "/alerts/channels/{}/remove",
    ):  # fmt: skip
        assert hers.post(path.format(number)).status == 404, path


@pytest.mark.parametrize("id_", ["%ED%A0%80", "x" * 5000, ".."])
def test_ids_of_calls_that_are_none(hers: Browse, id_: str) -> None:
    assert hers.get(f"/usage/calls/{id_}").status in {404, 308}


FORMS = {
    "/budgets/new": [
        "name",
        "target",
        "limit",
        "period",
        "kind",
        "warn_percent",
        "unpriced",
        "cap_tokens",
        "version",
    ],
    "/prices/own": ["model", "input", "output", "since", "cache_read", "cache_write", "reasoning"],
    "/prices/own/withdraw": ["model"],
    "/prices/updates/accept": ["digest"],
    "/prices/updates/dismiss": ["digest"],
    "/prices/updates/weekly": ["value"],
    "/prices/reprice": ["since", "until", "model", "connection", "last", "digest"],
    "/alerts/rules/disk": ["megabytes", "enabled"],
    "/alerts/rules/spend": ["times", "dollars"],
    "/alerts/channels/new/mail": ["name", "address", "kinds", "quiet_from", "quiet_until"],
    "/alerts/channels/new/webhook": ["name", "address", "kinds", "quiet_from", "private"],
    "/settings/retention-days": ["value"],
}
USUAL = {
    "/budgets/new": {
        "name": "b",
        "target": "team",
        "limit": "1",
        "period": "month",
        "kind": "hard",
        "warn_percent": "80",
        "unpriced": "refuse",
        "cap_tokens": "100",
    },
    "/prices/own": {"model": "a/b", "input": "1", "output": "1"},
    "/prices/reprice": {"since": "2026-01-01", "digest": "0"},
    "/alerts/rules/disk": {"megabytes": "500", "enabled": "y"},
    "/alerts/rules/spend": {"times": "3", "dollars": "5", "enabled": "y"},
    "/alerts/channels/new/mail": {"name": "m", "address": "a@b.example"},
    "/alerts/channels/new/webhook": {"name": "w", "address": "https://hooks.example/x"},
}


@pytest.mark.parametrize("path", FORMS)
def test_odd_fields_are_no_fault_of_ours(hers: Browse, furnished: None, path: str) -> None:
    page = hers.get("/account")
    csrf = next(form.fields["csrf_token"] for form in page.forms if "csrf_token" in form.fields)
    bad = []
    for name in FORMS[path]:
        for value in ODD:
            fields = {"csrf_token": csrf, **USUAL.get(path, {}), name: value}
            body = written(fields)
            response = hers.client.post(
                path, data=body, content_type="application/x-www-form-urlencoded", buffered=True
            )
            if response.status_code in {500, 503}:
                bad.append((name, value[:40], response.status_code))
    assert not bad
