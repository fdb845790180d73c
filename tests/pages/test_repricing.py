"""Past calls priced anew in pages: seen, ordered, watched, stopped."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import AccountReading, Connection, Person, UsageRecord
from aiconnect.services import pricing, repricing
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.pricing import Amounts
from tests.ledger import add, record
from tests.pages.browse import Browse
from tests.pages.conftest import Browsers

SINCE = (clock.now() - timedelta(days=3)).date().isoformat()
PAGE = f"/prices/reprice?since={SINCE}"


@pytest.fixture
def work(session: Session) -> Connection:
    now = clock.now()
    made = Connection(name="work", provider="compatible", base_url="https://x.example/v1",
                      state_since=now, made_at=now - timedelta(days=40))  # fmt: skip
    session.add(made)
    session.commit()
    return made


@pytest.fixture
def calls(session: Session, work: Connection) -> None:
    """Three calls of unknown cost, and a price that was set for their time since."""
    at = clock.now() - timedelta(hours=1)
    add(session, *(
        record(seq=number, at=at, connection_id=work.id, connection="work", model="m<1>",
               input_tokens=10**6, output_tokens=0)
        for number in (1, 2, 3)
    ))  # fmt: skip
    since = clock.now() - timedelta(days=9)
    pricing.set_price(session, COMMAND_LINE, "work/m<1>", Amounts(Decimal(2), Decimal(1)), since)


def costs(session: Session) -> list[int | None]:
    session.rollback()
    return list(session.scalars(select(UsageRecord.cost)))


def test_the_page_asks_for_a_period_first(hers: Browse) -> None:
    page = hers.get("/prices/reprice")
    assert page.h1 == "Price past calls anew"
    assert "Price one call" not in page.text


def test_what_changes_is_seen_then_ordered_then_done(
    hers: Browse, session: Session, calls: None
) -> None:
    page = hers.get(PAGE)
    assert "$6.00" in page.text
    assert "m<1>" in page.text
    assert costs(session) == [None] * 3
    page = page.press("Price 3 calls anew").follow()
    assert "Calls are being priced anew" in page.text
    assert "0 of 3 calls are looked at" in page.text
    while repricing.work(session, 2):
        pass
    assert costs(session) == [2 * 10**9] * 3
    assert "all 3 calls there cost that already" in hers.get(PAGE).text


def test_what_is_somebody_s_own_is_priced_without_names(
    browse: Browsers, session: Session, work: Connection, calls: None, admin: Person, member: Person
) -> None:
    work.owner_id = member.id
    session.commit()
    page = browse.as_(admin).get(PAGE)
    assert "$6.00" in page.text
    assert "personal" in page.text
    assert "m<1>" not in page.text
    assert "work" not in {one.get("value") for one in page.all("option")}
    assert browse.as_(admin).get(f"{PAGE}&connection=work").status == 422


def test_an_order_can_be_stopped(hers: Browse, session: Session, calls: None) -> None:
    page = hers.get(PAGE).press("Price 3 calls anew").follow()
    repricing.work(session, 2)
    page = page.press("Stop it").follow()
    assert "2 calls keep their new cost" in page.text
    assert hers.post("/prices/reprice/stop").status == 404


def test_what_has_changed_meanwhile_is_not_ordered(
    hers: Browse, session: Session, calls: None
) -> None:
    page = hers.get(PAGE + "&unknown=1")
    pricing.set_price(session, COMMAND_LINE, "work/m<1>", Amounts(Decimal(3), Decimal(1)))
    after = page.press("Price 3 calls anew").follow()
    assert "changed meanwhile" in after.text
    assert "Only calls of unknown cost" in after.text
    assert not repricing.is_ordered(session)
    assert costs(session) == [None] * 3


def test_two_people_do_not_order_at_once(hers: Browse, session: Session, calls: None) -> None:
    one, two = hers.get(PAGE), hers.get(PAGE)
    one.press("Price 3 calls anew")
    assert "Another period is being priced anew" in two.press("Price 3 calls anew").follow().text


def test_days_without_calls_have_nothing_to_change(hers: Browse, work: Connection) -> None:
    assert "There is no such call" in hers.get(PAGE).text


@pytest.mark.parametrize(
    "query",
    ["since=x", "since=2099-01-01", f"since={SINCE}&until=never", "since=9999-99-99",
     f"since={SINCE}&last=abc", "since=%ED%A0%80", "since=0001-01-01T00:00%2B14:00"],
)  # fmt: skip
def test_a_period_that_is_none_is_a_mistake_of_the_form(hers: Browse, query: str) -> None:
    page = hers.get(f"/prices/reprice?{query}")
    assert page.status == 422
    assert "There is a problem" in page.text


@pytest.mark.parametrize("name", ["%ED%A0%80", "%25", "%27--", "a" * 5000])
def test_names_from_outside_are_only_names(hers: Browse, calls: None, name: str) -> None:
    page = hers.get(f"{PAGE}&model={name}&connection={name}")
    assert page.status == 200
    assert "There is no such call" in page.text


def test_an_order_of_nonsense_changes_nothing(hers: Browse, session: Session, calls: None) -> None:
    odd: list[dict[str, str]] = [
        {},
        {"since": SINCE, "digest": "x"},
        {"since": SINCE, "last": "-1", "digest": ""},
        {"since": SINCE, "last": "9" * 40},
        {"since": "x" * 5000, "until": SINCE},
    ]
    for more in odd:
        assert hers.post("/prices/reprice", **more).status == 303
    assert not repricing.is_ordered(session)


def test_members_may_not(browse: Browsers, bob: Person, calls: None) -> None:
    his = browse.as_(bob)
    assert his.get("/prices/reprice").status == 403
    assert his.post("/prices/reprice").status == 403
    assert his.post("/prices/reprice/stop").status == 403


# --- what providers have counted -----------------------------------------------------------


def told(session: Session, connection: Connection, **spent: str) -> None:
    now = clock.now()
    for window, used in spent.items():
        session.add(AccountReading(connection_id=connection.id, at=now, window=window,
                                   used=int(Decimal(used) * 10**9)))  # fmt: skip
    session.commit()


def test_nothing_told_yet_is_said_so(hers: Browse) -> None:
    page = hers.get("/usage/reconciliation")
    assert page.h1 == "What providers have counted"
    assert "No provider has told anything yet" in page.text


def test_the_provider_s_figure_stands_beside_ours(
    hers: Browse, session: Session, work: Connection
) -> None:
    just_now = clock.now() - timedelta(seconds=1)
    known = {"cost": 10**9, "cost_state": "measured", "price": "own:1"}
    add(session, record(seq=1, at=just_now, connection_id=work.id, connection="work", **known))
    told(session, work, day="1", month="5.5")
    page = hers.get("/usage/reconciliation")
    assert "They agree." in page.text
    assert "$4.50 more at the provider" in page.text
    assert "81.8%" in page.text
    assert "may be used elsewhere" in page.text
    assert any("/account" in link for link in page.links)


def test_of_other_people_s_connections_nothing_is_told(
    browse: Browsers, session: Session, work: Connection, alice: Person, bob: Person
) -> None:
    work.owner_id = alice.id
    session.commit()
    told(session, work, day="1")
    assert "work" in browse.as_(alice).get("/usage/reconciliation").text
    assert "No provider has told" in browse.as_(bob).get("/usage/reconciliation").text
