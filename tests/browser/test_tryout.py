"""Trying prompts in a browser without JavaScript: the answers come into the page by themselves."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Owner, shoot
from tests.fakes.rows import Fakes

pytestmark = pytest.mark.browser

PARTS = (
    "The key still turned. That was the first thing, and Maren stood with her hand on it.\n\n",
    "Eleven years of salt had taken the paint from the frame and left the wood the colour of bone.",
)


def test_answers_come_side_by_side(owner: Owner, page: Page, fakes: Fakes) -> None:
    owner.set_up()
    owner.connect("llama.cpp")
    owner.try_out()
    owner.connect("Ollama", Name_of_this_connection="studio-ollama")
    owner.try_out()
    page.goto("/try")
    shoot(page, "try")
    names = page.locator("datalist option").all()
    models = [one.get_attribute("value") or "" for one in names]
    first = next(one for one in models if one.startswith("llamacpp/"))
    second = next(one for one in models if one.startswith("studio-ollama/"))
    page.get_by_label("Prompt", exact=True).fill("Write the opening of chapter nine.")
    page.get_by_label("Model, route or collection").fill(first)
    fakes["llamacpp"].stream(PARTS, prompt=41, completion=148)
    owner.press("Write")
    expect(page.locator(".answer")).to_contain_text("41 tokens in, 148 out")
    expect(page.locator(".until-end").first).to_be_hidden()
    shoot(page, "try-answer")
    fakes["llamacpp"].stream(PARTS, prompt=41, completion=148)
    fakes["ollama"].refuse_key()
    page.get_by_label("Compare with", exact=True).fill(second)
    owner.press("Write")
    expect(page.locator("[slot=end-1]")).to_contain_text("41 tokens in, 148 out")
    expect(page.locator("[slot=end-2]")).to_contain_text("The provider of studio-ollama")
    place = page.locator("[slot=text-1]").first.bounding_box()
    other = page.locator("[slot=end-2]").bounding_box()
    assert place
    assert other
    assert place["x"] < other["x"], "two answers do not stand side by side"
    shoot(page, "try-two")
    page.get_by_role("link", name="These answers in order").click()
    shoot(page, "try-result")
    owner.press("Write")
    page.get_by_label("Prompt", exact=True).fill("")
    owner.press("Write")
    shoot(page, "try-mistake")
