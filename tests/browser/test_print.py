"""Pages on paper: A4 between its margins is 718 pixels wide, less than a table on the screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from aiconnect import clock
from aiconnect.models import CostState
from tests import ledger
from tests.browser.conftest import SHOTS, Owner
from tests.running import Instance

pytestmark = pytest.mark.browser

PAPER = {"width": 718, "height": 1016}
CALLS = {
    "openai/gpt-5-mini": 41_270_000_000,
    "studio-ollama/gemma3:27b-instruct-q4_K_M": 3_900_000,
    "openrouter/anthropic/claude-sonnet-4.5": 12_000_000,
}


def use(instance: Instance) -> None:
    """Some calls of this day, as if programs had made them."""
    with instance.session() as session:
        for minutes, (name, cost) in enumerate(CALLS.items()):
            connection, model = name.split("/", 1)
            ledger.add(
                session,
                ledger.record(
                    connection=connection,
                    model=model,
                    at=clock.now() - timedelta(minutes=minutes),
                    cost=cost,
                    cost_state=CostState.MEASURED,
                    person="owner@example.org",
                    input_tokens=1_204_000,
                    output_tokens=31_200,
                ),
            )


def test_the_usage_is_printed_as_tables(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    use(instance)
    page.goto("/usage")
    on_paper(page, "usage")
    assert page.locator(".on-paper time").is_visible()  # what “4 min ago” is reckoned from
    assert (
        page.locator("table.rows").first.evaluate("one => getComputedStyle(one).display") == "table"
    )
    assert page.locator("thead").first.is_visible()


def test_paper_has_no_buttons_and_no_contents(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    use(instance)
    for path in ("usage", "account", "tokens", "help/programs/zed"):
        page.goto(f"/{path}")
        on_paper(page, path.replace("/", "-"))
        assert not page.get_by_role("navigation").is_visible()
        assert not [one for one in page.locator("button, .button").all() if one.is_visible()]
        assert page.get_by_role("heading", level=1).is_visible()


def on_paper(page: Page, name: str) -> None:
    """See the page as it is printed, and keep what it looks like."""
    SHOTS.mkdir(exist_ok=True)
    page.set_viewport_size(PAPER)  # type: ignore[arg-type]
    page.emulate_media(media="print")
    shot = page.screenshot(path=SHOTS / f"print-{name}.png", full_page=True)
    assert int.from_bytes(shot[16:20]) == PAPER["width"], f"{name} is wider than paper"
