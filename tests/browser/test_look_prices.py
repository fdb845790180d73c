"""The pages of prices, photographed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from aiconnect.services import price_updates
from aiconnect.services.audit import COMMAND_LINE
from tests.browser.conftest import Owner, shoot
from tests.price_source import model, serving, table
from tests.running import Instance

pytestmark = pytest.mark.browser

KEY = "sk-proj-" + "a" * 40


def test_prices_and_newer_ones(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    owner.connect("OpenAI", API_key=KEY)
    owner.try_out()
    owner.connect("llama.cpp")
    owner.try_out()
    page.goto("/prices/own?model=openai/gpt-5*")
    owner.press("Set the price")
    shoot(page, "prices-mistake")
    for since in ("", "2035-01-01"):
        page.get_by_label("US dollars for a million tokens in").fill("1.25")
        page.get_by_label("US dollars for a million tokens out").fill("10")
        page.get_by_label("From", exact=True).fill(since)
        owner.press("Set the price")
    shoot(page, "prices-own")
    page.goto("/prices")
    shoot(page, "prices")
    names = [name.partition("/")[2] for name in page.locator("tbody th code").all_inner_texts()]
    with serving() as source:
        with instance.session() as session:
            price_updates.put(session, COMMAND_LINE, price_updates.URL, source.url)
        source.body = table(*(model(name, input=900, output=9) for name in {*names} if name))
        page.goto("/prices/updates")
        shoot(page, "prices-updates-none")
        owner.press("Look for newer prices")
        shoot(page, "prices-updates")
    page.goto("/help/prices")
    shoot(page, "help-prices")
