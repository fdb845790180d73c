"""What pages show: usage, help, cautions, numbers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.blueprints import filters
from aiconnect.blueprints.help.views import TOPICS
from aiconnect.blueprints.paging import Paged
from aiconnect.blueprints.usage.totals import total
from aiconnect.blueprints.wording import browser_name
from aiconnect.errors import KINDS
from aiconnect.models import Person
from aiconnect.services.reports import Row
from tests import ledger
from tests.pages.conftest import Browsers, Build


def test_usage_says_how_to_begin_where_there_is_none(browse: Browsers, alice: Person) -> None:
    page = browse.as_(alice).get("/usage")
    assert "No calls yet" in page.text
    assert "/help/programs" in page.links


def test_usage_counts_today_and_this_month_by_model_and_person(
    browse: Browsers, alice: Person, session: Session
) -> None:
    ledger.add(
        session,
        ledger.record(
            model="gemma", person="anna@example.org", input_tokens=1000, output_tokens=200
        ),
        ledger.record(model="gemma", person="ben@example.org", input_tokens=500, output_tokens=100),
    )
    page = browse.as_(alice).get("/usage")
    for words in ("gemma", "anna@example.org", "ben@example.org", "1,500", "1,000"):
        assert words in page.text, words


def row(cost: Decimal | None) -> Row:
    return Row("a model", 2, 10, 5, cost, 0.0, unpriced=2 if cost is None else 0)


@pytest.mark.parametrize(
    ("costs", "cost"),
    [
        ([], Decimal(0)),
        ([Decimal(0)], Decimal(0)),
        ([None], None),
        ([Decimal(0), None], None),
        ([Decimal("1.5"), None], Decimal("1.5")),
    ],
)
def test_free_calls_beside_unpriced_ones_are_not_called_free(
    costs: list[Decimal | None], cost: Decimal | None
) -> None:
    assert total([row(one) for one in costs]).cost == cost


@pytest.mark.parametrize("topic", TOPICS)
def test_help_is_open_to_everyone(browse: Browsers, topic: str) -> None:
    page = browse.anyone().get(f"/help/{topic}")
    assert page.status == 200
    assert f"/help/{topic}" in browse.anyone().get("/help").links


def test_help_for_programs_names_the_public_address(build: Build) -> None:
    site = build(public_url="http://ai.example.org")
    page = Browsers(site).anyone().get("/help/programs")
    assert "http://ai.example.org/v1" in page.text


def test_every_refusal_that_a_program_gets_has_its_place_in_the_help(browse: Browsers) -> None:
    page = browse.anyone().get("/help/errors")
    assert set(KINDS) <= {one.get("id") for one in page.all("tr")}
    assert "%(" not in page.text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Decimal("41.27"), "$41.27"),
        (Decimal("0.0039"), "$0.0039"),
        (Decimal(0), "Free"),
        (None, "Unknown"),
    ],
)
def test_money_is_never_zero_dollars(site: Flask, value: Decimal | None, words: str) -> None:
    with site.test_request_context():
        assert filters.money(value) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(None, ""), (812, "812 B"), (4_700_000_000, "4.7 GB"), (291_000_000, "291 MB")],
)
def test_sizes_are_as_in_a_file_manager(site: Flask, count: int | None, words: str) -> None:
    with site.test_request_context():
        assert filters.size(count) == words


def test_times_are_relative_only_under_an_hour(site: Flask) -> None:
    with site.test_request_context():
        now = clock.now()
        assert "4 min ago" in filters.when(now - timedelta(minutes=4, seconds=5))
        assert "ago" not in filters.when(now - timedelta(hours=2))
        assert str(now.year - 1) in filters.when(now - timedelta(days=366))
        assert "datetime=" in filters.when(now)


def test_pages_of_a_list_never_lead_beyond_its_ends() -> None:
    items = list(range(120))
    for wanted, number in ((None, 1), ("3", 3), ("99", 3), ("0", 1), ("x", 1), ("9" * 30, 1)):
        assert Paged.of(items, wanted).number == number
    assert Paged.of([], "7").pages == 1


def test_a_browser_is_named_as_its_owner_calls_it(site: Flask) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0"
    with site.test_request_context():
        assert browser_name(firefox) == "Firefox on Linux"
        assert browser_name("") == "Unknown"
