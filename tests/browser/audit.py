"""What axe-core finds on a page, by day on a desk and by night on a phone.

The product's pages run no script, so axe-core does not run on them. It runs on a twin: the same
HTML at the same address, in a window of its own that has JavaScript and ignores the page's policy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
LOOKS = ((1280, "light"), (360, "dark"))
OTHER_LOOKS = ((360, "light"),)  # words are longer there, colours the same
REFRESH = re.compile(r"<meta http-equiv=.refresh.[^>]*>")
OTHER_LANGUAGE = "id"
RUN = """options => axe.run(options).then(
    found => [found.violations, document.documentElement.scrollWidth]
)"""


def audit(page: Page) -> list[str]:
    """Every violation as a line, of the page as it is and as readers of Indonesian get it."""
    return [*violations(page, page.content()), *_in_the_other_language(page)]


def _in_the_other_language(page: Page) -> list[str]:
    """An answer to a form has no page of its own."""
    reader = OTHER_READERS.get(page.context) or _other_reader(page)
    reader.context.clear_cookies()
    reader.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # the same shape
    answer = reader.goto(page.url)
    if not answer or answer.status != 200:
        return []
    found = violations(page, reader.content(), OTHER_LOOKS)
    return [f"{OTHER_LANGUAGE}: {line}" for line in found]


OTHER_READERS: WeakKeyDictionary[BrowserContext, Page] = WeakKeyDictionary()
"""The window in the other language beside each: opening one for every page took half a second."""


def _other_reader(page: Page) -> Page:
    context = _browser(page).new_context(
        extra_http_headers={"Accept-Language": OTHER_LANGUAGE}, java_script_enabled=False
    )
    page.context.on("close", lambda _closed: context.close())
    OTHER_READERS[page.context] = context.new_page()
    return OTHER_READERS[page.context]


def violations(page: Page, html: str, looks: Sequence[tuple[int, Any]] = LOOKS) -> list[str]:
    """What axe-core says of this HTML at the page's address."""
    browser = _browser(page)
    if browser not in TWINS:
        TWINS[browser] = Twin(browser)
    twin = TWINS[browser]
    twin.show(page.url.partition("#")[0], REFRESH.sub("", html))
    return [line for width, scheme in looks for line in twin.look(width, scheme)]


class Twin:
    """A window with JavaScript, axe-core in every page, and no policy; one for each browser."""

    def __init__(self, browser: Browser) -> None:
        context = browser.new_context(bypass_csp=True, reduced_motion="reduce")
        context.add_init_script(Axe().axe_script)
        self._address = self._body = ""
        self._page = context.new_page()
        self._page.route(lambda url: url.partition("#")[0] == self._address, self._answer)

    def _answer(self, route: Route) -> None:
        route.fulfill(body=self._body, content_type="text/html; charset=utf-8")

    def show(self, address: str, body: str) -> None:
        """Show this HTML at this address."""
        self._address, self._body = address, body
        self._page.goto(address)

    def look(self, width: int, scheme: Any) -> list[str]:
        """What is wrong in this width and theme."""
        self._page.set_viewport_size({"width": width, "height": 800})
        self._page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found, seen = self._page.evaluate(RUN, OPTIONS)
        lines = [_line(rule, node, width, scheme) for rule in found for node in rule["nodes"]]
        return [*lines, f"wider than {width}"] if seen > width else lines


TWINS: dict[Browser, Twin] = {}


def _browser(page: Page) -> Browser:
    browser = page.context.browser
    assert browser
    return browser


def _line(rule: dict[str, Any], node: dict[str, Any], width: int, scheme: str) -> str:
    why = " ".join(node.get("failureSummary", "").split())
    return f"{rule['id']} at {width} {scheme}: {node['html'][:200]} ({why[:200]})"
