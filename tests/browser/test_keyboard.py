"""Without mouse and script: the main walk by Tab, Enter and letters; what shows where one is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Owner
from tests.fakes.dialects import OpenAI
from tests.running import OWNER, PASSWORD, Running

pytestmark = pytest.mark.browser

FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const label = one.labels && one.labels.length ? one.labels[0].innerText : "";
  const words = one.cloneNode(true);
  words.querySelectorAll("svg").forEach(drawing => drawing.remove());
  return {
    tag: one.tagName.toLowerCase(),
    name: (label || words.textContent).replace(/\\s+/g, " ").trim(),
    ring: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth,
  };
}"""
SMALL = """() => [...document.querySelectorAll(
    ".button, .pinner, .chips a, .pages a, .contents a, summary, select, input:not([type=hidden])")]
  .filter(one => one.checkVisibility())
  .map(one => [one, /checkbox|radio/.test(one.type) && one.closest(".choice") || one])
  .map(([one, place]) => [one.outerHTML.slice(0, 120), place.getBoundingClientRect().height])
  .filter(([html, height]) => height < 39.5)"""


@dataclass(frozen=True)
class Keyboard:
    """Somebody who only has keys, and must see at every step where they are."""

    page: Page

    def to(self, name: str, tag: str = "") -> None:
        """Tab until this has the focus."""
        for _ in range(150):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(FOCUS)
            if here["tag"] == "body":
                continue  # past the last: the browser's own buttons
            assert here["ring"] >= 2, f"{here} has no ring"
            assert here["seen"], f"{here} is out of sight"
            if here["name"].startswith(name) and tag in {"", here["tag"]}:
                return
        raise AssertionError(f"no Tab leads to {name!r} on {self.page.url}")

    def press(self, name: str, tag: str = "") -> None:
        """Tab to what leads elsewhere, and go there."""
        self.to(name, tag)
        self.enter()

    def enter(self) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, name: str, text: str) -> None:
        self.to(name)
        self.page.keyboard.type(text)

    def is_at(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", name=heading).first).to_be_visible()


@pytest.fixture
def keys(page: Page) -> Keyboard:
    return Keyboard(page)


def test_the_main_walk_needs_no_mouse(
    owner: Owner, page: Page, keys: Keyboard, llamacpp_fake: OpenAI
) -> None:
    llamacpp_fake.answer("Rain again.")
    owner.set_up()
    keys.press("Sign out")
    keys.is_at("Sign in")
    keys.write("Email", OWNER)
    keys.write("Password", PASSWORD)
    keys.enter()
    keys.is_at("Home")
    keys.press("Add a connection")
    keys.write("Find a provider", "llama.cpp")
    keys.enter()
    keys.press("llama.cpp", "a")
    keys.is_at("Connect llama.cpp")
    keys.press("Save the connection")
    keys.press("Test the connection")
    keys.is_at("Everything works")
    keys.press("Go to the connection")
    keys.press("Models", "a")
    keys.is_at("Models")
    keys.press("Collections", "a")
    keys.press("Make a collection")
    keys.write("Name", "evening")
    keys.write("Models, one per line", "llamacpp/qwen3-8b-q4_k_m.gguf")
    keys.press("Make it")
    keys.is_at("evening")
    keys.press("Try it")
    keys.write("Prompt", "What is the weather like?")
    keys.press("Write", "button")
    expect(page.get_by_text("Rain again.").first).to_be_visible()


def test_the_skip_link_leads_past_the_contents(owner: Owner, page: Page, keys: Keyboard) -> None:
    owner.set_up()
    page.goto("/connections")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Add a connection").first).to_be_focused()


def test_a_mistake_is_mended_by_keys(owner: Owner, page: Page, keys: Keyboard) -> None:
    owner.set_up()
    page.goto("/tokens/new")
    keys.press("Make it")
    expect(page.locator("#error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()


def test_nothing_moves_for_who_asks_for_stillness(owner: Owner, page: Page) -> None:
    owner.set_up()
    moving = """() => {
      const one = document.createElement("p");
      one.className = "writing";
      document.body.append(one);
      return getComputedStyle(one, "::after").animationName;
    }"""
    assert page.evaluate(moving) == "blink"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == "none"


def test_forced_colours_keep_the_ring_and_the_place(
    owner: Owner, page: Page, keys: Keyboard
) -> None:
    owner.set_up()
    page.emulate_media(forced_colors="active")
    page.goto("/connections")
    here = "getComputedStyle(document.querySelector('.contents [aria-current]')).outlineStyle"
    assert page.evaluate(here) == "solid"
    keys.to("Add a connection")


@pytest.fixture
def phone(chromium: Browser, server: Running) -> Iterator[Page]:
    """A telephone: narrow, and touched with a finger."""
    context = chromium.new_context(
        java_script_enabled=False, base_url=server.url, has_touch=True, is_mobile=True,
        viewport={"width": 360, "height": 740},
    )  # fmt: skip
    yield context.new_page()
    context.close()


def test_a_finger_finds_what_it_presses(phone: Page, server: Running) -> None:
    owner = Owner(phone, server)
    owner.set_up()
    owner.connect("llama.cpp")
    owner.try_out()
    for path in ("", "connections", "connections/1", "models", "usage", "account", "tokens/new"):
        phone.goto(f"/{path}")
        small = phone.evaluate(SMALL)
        assert not small, f"/{path}: {small}"
