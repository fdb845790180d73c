"""Connecting without JavaScript: choosing, what is folded, switching models, the team's order."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Owner, shoot
from tests.fakes.dialects import OpenAI

pytestmark = pytest.mark.browser

KEY = "sk-proj-" + "a" * 40


def test_a_provider_is_found_by_typing_and_added_by_its_key(owner: Owner, page: Page) -> None:
    owner.set_up()
    page.goto("/connections/new")
    page.get_by_label("Find a provider").fill("grok")
    owner.press("Find")
    expect(page.locator("a.tile")).to_have_count(1)
    shoot(page, "connections-new-found")
    page.locator("a.tile").click()
    expect(page.get_by_role("link", name="Get a key from xAI")).to_be_visible()
    page.get_by_label("API key").fill(KEY)
    owner.press("Save the connection")
    expect(page.get_by_role("heading", name="xai", level=1)).to_be_visible()
    expect(page.get_by_text("This looks like a key of OpenAI")).to_be_visible()


def test_what_most_people_never_need_is_folded_until_it_is_wrong(owner: Owner, page: Page) -> None:
    owner.set_up()
    page.goto("/compatible/mistral/new")
    seconds = page.get_by_label("Seconds to wait")
    expect(seconds).to_be_hidden()
    expect(page.get_by_role("textbox", name="Address")).to_be_hidden()
    page.get_by_text("Advanced").click()
    page.get_by_label("API key").fill(KEY)
    page.get_by_label("Headers to send along").fill("X-Team: harbour")
    seconds.fill("soon")
    owner.press("Save the connection")
    expect(page.locator("#error-summary")).to_be_focused()
    expect(seconds).to_be_visible()
    shoot(page, "compatible-mistral-mistake")
    seconds.fill("300")
    owner.press("Save the connection")
    expect(page.get_by_text("X-Team")).to_be_visible()
    expect(page.get_by_text("300 seconds")).to_be_visible()
    page.goto("/connections/1/edit")
    expect(page.get_by_label("X-Team")).to_be_visible()
    shoot(page, "connection-edit-advanced")


def test_models_are_chosen_by_their_boxes(owner: Owner, page: Page, openai_fake: OpenAI) -> None:
    openai_fake.serve_models([f"gpt-{number:02}" for number in range(60)])
    owner.set_up()
    owner.connect("OpenAI", API_key=KEY)
    owner.press("Read the models again")
    page.get_by_label("gpt-01").check()
    page.get_by_label("gpt-02").check()
    owner.press("Switch off")
    expect(page.get_by_text("2 models are off")).to_be_visible()
    expect(page.locator("tr.dim")).to_have_count(2)
    page.get_by_label("State").select_option("Switched off")
    owner.press("Show")
    expect(page.locator("table.models tbody tr")).to_have_count(2)
    shoot(page, "connection-models-off")
    owner.press("Switch all on")
    expect(page.get_by_text("No model fits.")).to_be_visible()


def test_the_order_of_the_team_is_changed_by_arrows(owner: Owner, page: Page) -> None:
    owner.set_up()
    owner.connect("llama.cpp")
    owner.connect("Ollama")
    page.goto("/connections")
    owner.press("Prefer ollama more")
    names = page.locator("a.name")
    expect(names.first).to_have_text("ollama")
    expect(page.get_by_role("button", name="Prefer ollama more")).to_be_disabled()
    shoot(page, "connections-ordered")
