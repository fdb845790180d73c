"""The main walk of a stranger, and what only a browser shows; all of it without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Owner
from tests.fakes.dialects import OpenAI
from tests.running import SAY, Instance, Running, until

pytestmark = pytest.mark.browser

KEY = "sk-proj-" + "a" * 40


def test_from_setting_up_to_the_first_call_in_the_usage(
    owner: Owner, page: Page, server: Running, llamacpp_fake: OpenAI
) -> None:
    llamacpp_fake.answer("Rain again.", prompt=12, completion=3)
    owner.set_up()
    expect(page.get_by_role("heading", name="No connection yet")).to_be_visible()

    owner.connect("llama.cpp")
    expect(page.get_by_text("Not tested yet")).to_be_visible()
    owner.press("Test the connection")
    expect(page.get_by_role("heading", name="Everything works")).to_be_visible()

    page.get_by_role("link", name="Go to the connection").click()
    model = page.locator("table.models th[scope=row] strong").first.inner_text()
    secret = owner.make_token("Scrivener")
    call = {"model": f"llamacpp/{model}", **SAY}
    assert until(lambda: server.chat(secret, call).status == 200), "known within a second"

    def is_counted() -> bool:
        page.goto("/usage")
        return page.get_by_role("rowheader", name=model).first.is_visible()

    assert until(is_counted)
    expect(page.get_by_text("12 in, 3 out").first).to_be_visible()


def test_a_test_is_seen_while_it_runs(owner: Owner, page: Page, openai_fake: OpenAI) -> None:
    owner.set_up()
    owner.connect("OpenAI", API_key=KEY)
    openai_fake.stall()
    owner.press("Test the connection")
    running = page.get_by_text("Under way").locator("visible=true")
    expect(running).to_have_count(1)
    expect(page.get_by_text("127.0.0.1 accepts connections")).to_be_visible()
    openai_fake.reset()
    expect(page.get_by_role("heading", name="What was found")).to_be_visible()
    expect(running).to_have_count(0)


def test_a_refused_key_is_replaced_by_following_the_buttons(
    owner: Owner, page: Page, openai_fake: OpenAI
) -> None:
    owner.set_up()
    openai_fake.demand(KEY)
    owner.connect("OpenAI", API_key="sk-proj-" + "b" * 40)
    owner.try_out()
    page.get_by_role("link", name="Go to the connection").click()
    page.get_by_role("link", name="Replace the key").click()
    page.get_by_label("API key").fill(KEY)
    owner.press("Use this key")
    owner.press("Test the connection")
    expect(page.get_by_role("heading", name="Everything works")).to_be_visible()


def test_after_a_mistake_the_reader_stands_at_the_summary(owner: Owner, page: Page) -> None:
    owner.set_up()
    owner.connect("Any other address")
    expect(page.locator("#error-summary")).to_be_focused()
    page.get_by_role("link", name="Enter the address").click()
    expect(page.get_by_role("textbox", name="Address")).to_be_focused()
    assert page.title().startswith("Error: ")


def test_the_contents_open_on_a_phone(owner: Owner, page: Page) -> None:
    owner.set_up()
    page.set_viewport_size({"width": 360, "height": 740})
    usage = page.get_by_role("link", name="Usage", exact=True)
    expect(usage).to_be_hidden()
    owner.press("Menu")
    expect(usage).to_be_visible()
    usage.click()
    expect(page.get_by_role("heading", name="Usage")).to_be_visible()


def test_the_first_tab_leads_past_the_contents(owner: Owner, page: Page) -> None:
    owner.set_up()
    page.goto("/connections")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()


def test_what_cannot_be_undone_asks_first(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    owner.connect("Ollama")
    owner.make_token("Scrivener")
    page.goto("/tokens")
    page.get_by_role("link", name="Revoke Scrivener").click()
    owner.press("Revoke Scrivener")
    expect(page.get_by_text("Scrivener is revoked.")).to_be_visible()
    page.goto("/connections/1")
    page.get_by_role("link", name="Remove it").click()
    owner.press("Remove ollama")
    expect(page.get_by_text("ollama is removed.")).to_be_visible()
    expect(page.get_by_role("heading", name="No connection yet")).to_be_visible()


def test_colours_follow_the_choice_and_not_the_system(owner: Owner, page: Page) -> None:
    owner.set_up()
    page.emulate_media(color_scheme="light")
    page.goto("/account")
    page.get_by_label("dark", exact=True).check()
    owner.press("Keep this choice")
    expect(page.locator("body")).to_have_css("background-color", "rgb(20, 24, 27)")
