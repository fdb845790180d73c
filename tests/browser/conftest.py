"""A browser without JavaScript, before a real server whose providers are fakes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.audit import audit
from tests.fakes.rows import Fakes
from tests.running import OWNER, PASSWORD, ROOT, Instance, Running, serving

SHOTS = ROOT / "shots"
WIDTHS = {"phone": 360, "desk": 1280}
USUAL = {"phone": "dark", "desk": "light"}
IS_ALL = os.environ.get("LOOK") == "all"
IS_QUICK = IS_ALL
"""A run to look at pages reads none of them; it shall end soon."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An instance of its own, which nobody has set up yet."""
    made = Instance(tmp_path / "instance")
    yield made
    made.close()


@pytest.fixture
def server(instance: Instance, fakes: Fakes, tmp_path: Path) -> Iterator[Running]:
    """The whole server as a process of its own."""
    urls = {slug: fakes[slug].url for slug in ("openai", "ollama", "lmstudio", "llamacpp")}
    with serving(instance, tmp_path / "log", urls=urls) as running:
        yield running


@pytest.fixture
def page(chromium: Browser, server: Running) -> Iterator[Page]:
    """A window without JavaScript; an error in its console fails the test."""
    context = chromium.new_context(
        java_script_enabled=False, base_url=server.url, viewport={"width": 1280, "height": 800}
    )
    window = context.new_page()
    window.set_default_timeout(10_000)
    violations: list[str] = []
    window.on("console", lambda said: violations.append(said.text))
    yield window
    context.close()
    assert not [text for text in violations if "Content Security Policy" in text]


@dataclass(frozen=True)
class Owner:
    """Who has set the server up, at their browser."""

    page: Page
    server: Running

    def set_up(self) -> None:
        """Open the link that the server printed, and become the owner."""
        link = re.search(r"/setup\?code=\S+", self.server.log.read_text())
        assert link, "the server printed no link"
        self.page.goto(link.group())
        self.page.get_by_label("Your email").fill(OWNER)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Become the owner").click()

    def connect(self, tile: str, **fields: str) -> None:
        """Choose a provider and fill in its form."""
        self.page.goto("/connections/new")
        name = self.page.get_by_text(tile, exact=True)
        self.page.locator("a.tile").filter(has=name).click()
        for label, text in fields.items():
            self.page.get_by_label(label.replace("_", " ")).fill(text)
        self.page.get_by_role("button", name="Save the connection").click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def try_out(self) -> None:
        """Test the connection, and stay until its end."""
        self.press("Test the connection")
        expect(self.page.get_by_role("heading", name="What was found")).to_be_visible()

    def make_token(self, name: str) -> str:
        """Make an access token, and copy it from the one page that shows it."""
        self.page.goto("/tokens/new")
        self.page.get_by_label("Name", exact=True).fill(name)
        self.press("Make it")
        return self.page.locator(".secret code").inner_text()


@pytest.fixture
def owner(page: Page, server: Running) -> Owner:
    return Owner(page, server)


def shoot(page: Page, name: str) -> None:
    """Keep what a page looks like: on a phone by night and on a desk by day; LOOK=all for both.

    Each is also read by axe-core, which finds nothing.
    """
    SHOTS.mkdir(exist_ok=True)
    for device, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark") if IS_ALL else (USUAL[device],):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.evaluate("scrollTo(0, 0)")  # what follows the reader would stand in mid-page
            shot = page.screenshot(path=SHOTS / f"{name}-{device}-{scheme}.png", full_page=True)
            assert int.from_bytes(shot[16:20]) == width, f"{name} is wider than a {device}"
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="light")
    found = [] if IS_QUICK else audit(page)
    assert not found, f"{name}: " + "\n".join(found)
