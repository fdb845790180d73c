"""The pages about mature content, photographed like every other page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Owner, shoot

pytestmark = pytest.mark.browser


def test_what_is_known_and_the_mode(owner: Owner, page: Page) -> None:
    owner.set_up()
    page.goto("/guidance/notes/new")
    page.get_by_label("Models").fill("gpt-*")
    page.get_by_label("Source").fill("Chapter 7 of the harbour novel")
    owner.press("Save")
    page.goto("/guidance/notes/new")
    owner.press("Save")
    shoot(page, "guidance-note-mistake")
    page.goto("/guidance/tags/new")
    page.get_by_label("Models").fill("local/story-*")
    owner.press("Save")
    shoot(page, "guidance-tags")
    page.goto("/account/mature")
    owner.press("Switch it on")
    shoot(page, "mature-mistake")
    page.get_by_label("I am an adult").check()
    owner.press("Switch it on")
    for name in ("help/mature", "account/mature", "settings/mature", "guidance/unfiltered/new"):
        page.goto(f"/{name}")
        shoot(page, name.replace("/", "-"))
