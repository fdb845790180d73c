"""Pages as a text browser and a screen reader have them: one thing after the other."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Person
from aiconnect.services import tokens
from aiconnect.services.audit import Actor
from tests import ledger
from tests.pages.browse import Browse, Page
from tests.pages.conftest import KEY, Browsers

PATHS = [
    "/", "/connections", "/connections/1", "/connections/new", "/cloud/openai/new", "/models",
    "/routes", "/usage", "/tokens", "/tokens/new", "/account", "/settings", "/jobs", "/help",
    "/help/programs", "/help/programs/zed", "/help/errors", "/nowhere",
]  # fmt: skip
BESIDE = {"checkbox", "radio"}
"""Controls whose label stands behind them, as on paper."""


@pytest.fixture
def hers(browse: Browsers, alice: Person, owner: Actor, session: Session) -> Browse:
    """Alice's browser, on a server where there is something to read."""
    one = browse.as_(alice)
    one.get("/cloud/openai/new").press("Save", api_key=KEY)
    tokens.add(session, owner, "Scrivener", owner.name)
    ledger.add(session, ledger.record(at=clock.now()))
    return one


@pytest.fixture
def pages(hers: Browse) -> list[Page]:
    return [hers.get(path) for path in PATHS]


def main_of(page: Page) -> Element:
    return page.all("main")[0]


def within(one: Element, *tags: str) -> Iterator[Element]:
    return (each for each in one.iter() if each.tag in tags)


def words(one: Element) -> str:
    return " ".join("".join(one.itertext()).split())


def test_the_first_link_leads_past_the_contents(pages: list[Page]) -> None:
    for page in pages:
        assert page.links[0] == "#main", page.url
        assert main_of(page).get("id") == "main"


def test_the_name_of_the_page_opens_it(pages: list[Page]) -> None:
    """Before it only the way back and notices; every other heading comes behind it."""
    for page in pages:
        first = next(within(main_of(page), "h1", "h2", "h3", "table", "form", "dl", "pre"))
        assert first.tag == "h1", page.url


def test_no_drawing_says_what_no_word_says(pages: list[Page]) -> None:
    for page in pages:
        for drawing in page.all("svg"):
            is_named = drawing.get("role") == "img" and drawing.get("aria-label")
            assert drawing.get("aria-hidden") == "true" or is_named, (page.url, drawing.attrib)


def test_a_column_says_what_is_in_it(pages: list[Page]) -> None:
    for page in pages:
        for table in within(main_of(page), "table"):
            head, *rows = within(table, "tr")
            columns = [words(one) for one in within(head, "th")]
            assert all(columns), (page.url, columns)
            assert {_width(row) for row in rows} <= {len(columns)}, page.url


def _width(row: Element) -> int:
    return sum(int(one.get("colspan") or 1) for one in row if one.tag in {"th", "td"})


def test_what_to_write_is_said_before_where_to_write_it(pages: list[Page]) -> None:
    for page in pages:
        order = {id(one): place for place, one in enumerate(main_of(page).iter())}
        labels = {one.get("for"): order[id(one)] for one in within(main_of(page), "label")}
        for control in within(main_of(page), "input", "select", "textarea"):
            if control.get("type") not in {*BESIDE, "hidden"}:
                assert labels[control.get("id")] < order[id(control)], (page.url, control.attrib)
