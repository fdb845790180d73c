"""Signing in at OpenRouter in a browser without JavaScript: led back, and with a code to paste."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from aiconnect import clock
from aiconnect.models import Connection, OAuthAttempt
from tests.browser.conftest import Owner, shoot
from tests.fakes.openrouter_site import MODELS, OpenRouterSite
from tests.running import SAY, Instance, Running, serving, until

pytestmark = pytest.mark.browser

LAN = "ai.lan"
NEARBY = "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests"
"""For the twin of a page (tests/browser/audit.py), which may load its style from loopback then."""
"""A name in a network, to which no provider leads back."""


@pytest.fixture(scope="module")
def the_site() -> Iterator[OpenRouterSite]:
    site = OpenRouterSite()
    yield site
    site.close()


@pytest.fixture
def openrouter(the_site: OpenRouterSite) -> Iterator[OpenRouterSite]:
    the_site.reset()
    yield the_site
    assert not the_site.faults
    referrers = {request.headers.get("referer", the_site.root) for request in the_site.requests}
    assert all(one.startswith(the_site.root) for one in referrers), "none of ours went out"


@pytest.fixture
def server(instance: Instance, openrouter: OpenRouterSite, tmp_path: Path) -> Iterator[Running]:
    with serving(instance, tmp_path / "log", urls={"openrouter": openrouter.url}) as running:
        yield running


def begin(page: Page, name: str = "router") -> None:
    """From the choice of providers to our page with the link out."""
    page.goto("/connections/new")
    tile = page.get_by_text("OpenRouter, by signing in", exact=True)
    page.locator("a.tile").filter(has=tile).click()
    page.get_by_label("Name of this connection").fill(name)
    page.get_by_role("button", name="Connect with OpenRouter").click()
    expect(page.get_by_role("heading", name="Go on at OpenRouter")).to_be_visible()


def go_out(page: Page) -> None:
    page.get_by_role("link", name="Go to OpenRouter").click()
    expect(page.get_by_role("heading", name="Authorize aiconnect")).to_be_visible()


def asked_by(page: Page) -> dict[str, str]:
    """What the link out asks the provider for."""
    link = page.get_by_role("link", name="Go to OpenRouter").get_attribute("href") or ""
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def test_signing_in_leads_back_to_a_connection_that_serves(
    owner: Owner, page: Page, server: Running, openrouter: OpenRouterSite
) -> None:
    owner.set_up()
    page.goto("/oauth/openrouter")
    shoot(page, "oauth-new")
    begin(page)
    shoot(page, "oauth-attempt")
    go_out(page)
    page.get_by_role("link", name="Authorize").click()
    expect(page.get_by_role("heading", name="Account behind router")).to_be_visible()
    assert page.url.endswith("/connections/1/account"), "neither code nor secret stay in view"
    expect(page.get_by_text("$0.42")).to_be_visible()
    shoot(page, "oauth-account")
    page.get_by_role("link", name="Go to router").click()
    expect(page.get_by_text(MODELS[0]).first).to_be_visible()
    shoot(page, "oauth-connection")
    secret = owner.make_token("Scrivener")
    call = {"model": f"router/{MODELS[0]}", **SAY}
    assert until(lambda: server.chat(secret, call).status == 200)
    log = server.log.read_text()
    assert not [one for one in (*openrouter.codes, *openrouter.keys) if one in log]


def test_a_denial_is_said_and_leads_on(owner: Owner, page: Page) -> None:
    owner.set_up()
    begin(page)
    go_out(page)
    page.get_by_role("link", name="Deny").click()
    expect(page.get_by_role("heading", name="You did not allow it")).to_be_visible()
    shoot(page, "oauth-denied")
    owner.press("Start again")
    go_out(page)


def test_a_code_that_comes_too_late_is_said(
    owner: Owner, page: Page, instance: Instance, openrouter: OpenRouterSite
) -> None:
    owner.set_up()
    begin(page)
    go_out(page)
    with instance.session() as session:
        session.execute(update(OAuthAttempt).values(ends_at=clock.now() - timedelta(seconds=1)))
        session.commit()
    page.get_by_role("link", name="Authorize").click()
    expect(page.get_by_role("heading", name="This attempt is over")).to_be_visible()
    shoot(page, "oauth-expired")
    assert not openrouter.calls("auth/keys")

    begin(page)
    asked = asked_by(page)
    code = openrouter.give_code(asked["code_challenge"])
    openrouter.age_codes()
    page.goto(f"{asked['callback_url']}?code={code}")
    expect(page.get_by_role("heading", name="The code is too old")).to_be_visible()


def test_an_address_that_was_used_is_said_and_makes_nothing_twice(
    owner: Owner, page: Page, instance: Instance, openrouter: OpenRouterSite
) -> None:
    owner.set_up()
    begin(page)
    back = asked_by(page)["callback_url"]
    go_out(page)
    page.get_by_role("link", name="Authorize").click()
    expect(page.get_by_role("heading", name="Account behind router")).to_be_visible()
    page.goto(f"{back}?code={next(iter(openrouter.codes))}")
    expect(page.get_by_text("This address was used already")).to_be_visible()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    shoot(page, "oauth-replayed")
    with instance.session() as session:
        assert session.query(Connection).count() == 1
    assert len(openrouter.calls("auth/keys")) == 1


def test_a_code_of_somebody_else_is_worth_nothing(
    owner: Owner, page: Page, chromium: Browser, instance: Instance, server: Running,
    openrouter: OpenRouterSite,
) -> None:  # fmt: skip
    """A code for another attempt; and an address in a browser that did not begin it."""
    owner.set_up()
    begin(page, "first")
    back = asked_by(page)["callback_url"]
    code = openrouter.give_code("a-challenge-of-another-attempt")
    stranger = chromium.new_context(java_script_enabled=False, base_url=server.url).new_page()
    stranger.goto(f"{back}?code={code}")
    expect(stranger.get_by_role("heading", name="This browser did not begin")).to_be_visible()
    assert code not in stranger.url
    shoot(stranger, "oauth-astray")
    stranger.context.close()
    assert not openrouter.requests

    page.goto(f"{back}?code={code}")
    expect(page.get_by_role("heading", name="OpenRouter does not know this code")).to_be_visible()
    assert code not in page.url
    shoot(page, "oauth-swapped")
    with instance.session() as session:
        assert not session.query(Connection).count()


def test_a_server_in_a_network_asks_for_the_code(
    chromium: Browser, instance: Instance, openrouter: OpenRouterSite, tmp_path: Path
) -> None:
    urls, environ = {"openrouter": openrouter.url}, {"AICONNECT_PUBLIC_URL": f"http://{LAN}:8600"}
    args = ["--no-sandbox", f"--host-resolver-rules=MAP {LAN} 127.0.0.1", NEARBY]
    with serving(instance, tmp_path / "log", environ=environ, urls=urls) as server:
        browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=args)
        context = browser.new_context(
            java_script_enabled=False, base_url=f"http://{LAN}:{server.port}"
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        lan = server.log.read_text().replace(f"{LAN}:8600", f"{LAN}:{server.port}")
        server.log.write_text(lan)
        Owner(page, server).set_up()
        begin(page)
        shoot(page, "oauth-paste")
        page.get_by_role("button", name="Connect", exact=True).click()
        expect(page.locator("#error-summary")).to_be_focused()
        shoot(page, "oauth-paste-mistake")
        with context.expect_page() as opened:
            page.get_by_role("link", name="Open OpenRouter").click()
        opened.value.get_by_role("link", name="Authorize").click()
        code = opened.value.locator("code").inner_text()
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Connect", exact=True).click()
        expect(page.get_by_role("heading", name="Account behind router")).to_be_visible()
        browser.close()


def test_a_key_is_replaced_while_the_old_one_serves(
    owner: Owner, page: Page, openrouter: OpenRouterSite
) -> None:
    owner.set_up()
    owner.connect("OpenRouter", API_key=openrouter.add_key())
    page.goto("/connections/1/key")
    shoot(page, "key")
    page.get_by_label("API key").fill("sk-or-v1-" + "0" * 64)
    owner.press("Test and use this key")
    expect(page.get_by_role("heading", name="is not in use")).to_be_visible()
    shoot(page, "key-failed")
    page.get_by_label("API key").fill(openrouter.add_key())
    owner.press("Test and use this key")
    expect(page.get_by_text("The new key works and is in place")).to_be_visible()
    expect(page.get_by_role("heading", name="End the old key")).to_be_visible()
    shoot(page, "key-replaced")
    page.goto("/")
    shoot(page, "key-home")
    for name in ("disconnect", "remove"):
        page.goto(f"/connections/1/{name}")
        shoot(page, f"key-{name}")
    page.goto("/connections/1/key")
    owner.press("It is done")
    expect(page.get_by_role("heading", name="End the old key")).to_have_count(0)
