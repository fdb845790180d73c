"""What the page of usage adds up, draws and leaves out, for each reader."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import CostState, Outcome, Person
from tests import ledger
from tests.pages.browse import Page
from tests.pages.conftest import Browsers
from tests.pages.test_usage_export import personal

DOLLAR = 10**9


def add(session: Session, **more: object) -> None:
    measured = {"at": clock.now(), "cost": DOLLAR, "cost_state": CostState.MEASURED}
    ledger.add(session, ledger.record(**{**measured, **more}))


def bars(page: Page) -> list[str]:
    """The words of each bar that has any."""
    assert page.tree is not None
    return [one.text or "" for one in page.tree.iter() if str(one.tag).endswith("title")][1:]


def test_five_names_have_a_shade_and_more_share_the_last(
    browse: Browsers, alice: Person, session: Session
) -> None:
    for number in range(5):
        add(session, model=f"m{number}", cost=DOLLAR * (9 - number))
    hers = browse.as_(alice)
    assert "m4 $5.00" in hers.get("/usage").text
    add(session, model="m5", cost=DOLLAR)
    text = hers.get("/usage").text
    assert "m3 $6.00 others $6.00" in text
    assert "All $9.00 $8.00 $7.00 $6.00 $6.00 $36.00" in text


def test_a_bar_says_its_sum_and_that_today_is_not_over(
    browse: Browsers, alice: Person, session: Session
) -> None:
    add(session)
    shown = bars(browse.as_(alice).get("/usage?span=latest"))
    assert any(words.endswith(", so far: $1.00") for words in shown)


@pytest.mark.parametrize(
    "query",
    [
        "span=today", "span=latest&by=person", "by=token", "by=connection", "by=collection",
        "since=2020-01-01&until=2030-01-01", "span=x&by=x&outcome=x&person=x&token=x",
        "model=%ED%A0%80", "since=%ED%A0%80&until=9999-99-99", "collection=" + "x" * 5000,
        "person=1&person=2", "before=x&after=2026-11-01~x",
    ],
)  # fmt: skip
def test_whatever_is_asked_has_a_page(
    browse: Browsers, alice: Person, session: Session, query: str
) -> None:
    add(session)
    for path in ("/usage", "/usage/calls", "/usage/export"):
        assert browse.as_(alice).get(f"{path}?{query}").status == 200


def test_filters_are_in_the_address_and_can_be_taken_away(
    browse: Browsers, alice: Person, session: Session
) -> None:
    add(session, model="a")
    add(session, model="b", outcome=Outcome.FAILED)
    page = browse.as_(alice).get("/usage?by=person&model=b&outcome=failed&span=latest")
    assert "Model: b" in page.text
    assert "/usage?span=latest&by=person&outcome=failed" in page.links
    assert "/usage?span=latest&by=person" in page.links
    assert "Calls 1 100% failed" in page.text


def test_what_nobody_owes_stands_apart(browse: Browsers, alice: Person, session: Session) -> None:
    add(session, cost=3 * DOLLAR, cost_state=CostState.NOTIONAL)
    add(session)
    text = browse.as_(alice).get("/usage").text
    assert "Cost so far $1.00" in text
    assert "$3.00 at list prices" in text


def test_a_model_without_a_price_leads_an_admin_to_setting_one(
    browse: Browsers, alice: Person, member: Person, session: Session
) -> None:
    add(session, model="odd", cost=None, cost_state=CostState.UNKNOWN)
    assert "/prices/own?model=odd" in browse.as_(alice).get("/usage").links
    page = browse.as_(member).get("/usage")
    assert "odd: 1 call" in page.text
    assert "/prices/own?model=odd" not in page.links


def test_who_used_what_is_not_for_other_members(
    browse: Browsers, admin: Person, member: Person, bob: Person, session: Session
) -> None:
    add(session, person_id=bob.id, person=bob.email, model="dear", access_token="bobs")
    his = browse.as_(member)
    assert bob.email in his.get("/usage?by=person").text
    for query in ("by=person&model=dear", "by=person&outcome=ok", f"person={bob.email}"):
        page = his.get(f"/usage?{query}")
        assert bob.email not in page.text
        assert page.status == 200
    assert "bobs" not in his.get("/usage?by=token").text
    assert bob.email in browse.as_(admin).get("/usage?by=person&model=dear").text


def test_a_personal_model_is_not_found_by_its_name(
    browse: Browsers, admin: Person, member: Person, session: Session
) -> None:
    number = personal(session, member)
    add(session, person_id=member.id, person=member.email, connection_id=number,
        connection="mine", model="secret")  # fmt: skip
    add(session, model="shared", connection_id=99, connection="team")
    his = browse.as_(admin)
    assert "secret" not in his.get("/usage").html
    assert "mine" not in his.get("/usage?by=connection").text
    assert "secret" not in his.get("/usage?by=person&model=mine/secret").html
    assert "No call of these days fits" in his.get("/usage?model=secret").text
    assert "No call fits" in his.get("/usage/calls?model=secret").text
    assert "secret" in browse.as_(member).get("/usage?model=secret").text


def test_calls_are_turned_over_page_by_page(
    browse: Browsers, alice: Person, session: Session
) -> None:
    now = clock.now()
    for number in range(120):
        add(session, at=now - timedelta(seconds=number // 3), model=f"n{number:03}")
    hers, seen, path = browse.as_(alice), [], "/usage/calls"
    for _ in range(3):
        page = hers.get(path)
        seen += [link for link in page.links if link.startswith("/usage/calls/")]
        path = next((link for link in page.links if "before=" in link), "")
    assert path == ""
    assert len(seen) == len(set(seen)) == 120
    newer = next(link for link in page.links if "after=" in link)
    back = [link for link in hers.get(newer).links if link.startswith("/usage/calls/")]
    assert back == seen[50:100]


def test_a_statement_is_one_s_own_and_for_admins_anyone_s(
    browse: Browsers, admin: Person, member: Person, bob: Person, session: Session
) -> None:
    add(session, person_id=member.id, person=member.email, model="dear")
    add(session, person_id=bob.id, person=bob.email, model="other")
    page = browse.as_(member).get("/usage/statement")
    assert "dear 1 10 5 $1.00" in page.text
    assert "other" not in page.text
    assert browse.as_(bob).get(f"/usage/statement?person={member.email}").status == 404
    assert browse.as_(admin).get(f"/usage/statement?person={member.email}").text.count("$1.00") == 4
    assert "No calls in this month" in browse.as_(member).get("/usage/statement?month=2020-01").text


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "9999-12", "0000-01", "x" * 999])
def test_a_month_that_makes_no_sense_is_this_one(
    browse: Browsers, alice: Person, month: str
) -> None:
    assert browse.as_(alice).get(f"/usage/statement?month={month}").status == 200
