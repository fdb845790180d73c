"""What axe-core finds on a page, by day on a desk and by night on a phone.

The product's pages run no script, so axe-core does not run on them. It runs on a twin: the same
HTML at the same address, in a window of its own that has JavaScript and ignores the page's policy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
LOOKS = ((1280, "light"), (360, "dark"))
OTHER_LOOKS = ((360, "light"),)  # words are longer there, colours the same
REFRESH = re.compile(r"<meta http-equiv=.refresh.[^>]*>")
OTHER_LANGUAGE = "id"


def audit(page: Page) -> list[str]:
    """Every violation as a line, of the page as it is and as readers of Indonesian get it."""
    return [*violations(page, page.content()), *_in_the_other_language(page)]


def _in_the_other_language(page: Page) -> list[str]:
    browser = page.context.browser
    assert browser
    context = browser.new_context(
        storage_state=page.context.storage_state(),
        extra_http_headers={"Accept-Language": OTHER_LANGUAGE},
        java_script_enabled=False,
    )
    other = context.new_page()
    answer = other.goto(page.url)
    html = other.content() if answer and answer.status == 200 else ""
    context.close()  # an answer to a form has no page of its own
    return (
        [f"{OTHER_LANGUAGE}: {line}" for line in violations(page, html, OTHER_LOOKS)]
        if html
        else []
    )


def violations(page: Page, html: str, looks: Sequence[tuple[int, Any]] = LOOKS) -> list[str]:
    """What axe-core says of this HTML at the page's address."""
    browser = page.context.browser
    assert browser
    context = browser.new_context(bypass_csp=True)
    twin = context.new_page()
    address = page.url.partition("#")[0]
    body = REFRESH.sub("", html)

    def answer(route: Route) -> None:
        route.fulfill(body=body, content_type="text/html; charset=utf-8")

    twin.route(lambda url: url.partition("#")[0] == address, answer)
    twin.goto(address)
    found = [line for width, scheme in looks for line in _look(twin, width, scheme)]
    context.close()
    return found


def _look(twin: Page, width: int, scheme: Any) -> list[str]:
    twin.set_viewport_size({"width": width, "height": 800})
    twin.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = Axe().run(twin, options=OPTIONS).response["violations"]
    lines = [_line(rule, node, width, scheme) for rule in found for node in rule["nodes"]]
    if twin.evaluate("document.documentElement.scrollWidth") > width:
        lines.append(f"wider than {width}")
    return lines


def _line(rule: dict[str, Any], node: dict[str, Any], width: int, scheme: str) -> str:
    why = " ".join(node.get("failureSummary", "").split())
    return f"{rule['id']} at {width} {scheme}: {node['html'][:200]} ({why[:200]})"
