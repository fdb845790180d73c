"""The reader of pages itself: it finds what is wrong, in both themes, under any policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.audit import violations
from tests.browser.conftest import Owner

pytestmark = pytest.mark.browser


def test_what_is_wrong_is_found_on_a_page_without_scripts(owner: Owner, page: Page) -> None:
    page.goto("/login")
    html = page.content()
    assert violations(page, html) == []
    nameless = violations(page, html.replace('<label for="email"', '<span class="email"'))
    assert any(line.startswith("label at 1280 light") for line in nameless)
    assert any(line.startswith("label at 360 dark") for line in nameless)
    wide = violations(page, html.replace("<h1>", "<h1><code>" + "long-" * 40 + "</code>"))
    assert not wide, "code is broken where it must be"
    drawing = "<svg width='500' height='9' aria-hidden='true'></svg>"
    assert violations(page, html.replace("</h1>", "</h1>" + drawing)) == ["wider than 360"]
