"""Budgets in pages: set, shown, changed, removed; spending frozen."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from aiconnect.models import Budget, Person
from aiconnect.services import budgets, pricing, tokens
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.budgets import Draft
from tests.pages.browse import Browse
from tests.pages.conftest import Browsers
from tests.pages.connected import add
from tests.services.test_budgets_tallies import paid, settle

DOLLAR = 10**9


def made(session: Session, **more: Any) -> Budget:
    usual: dict[str, Any] = {"name": "drafting", "limit": Decimal(20)}
    return budgets.add(session, COMMAND_LINE, Draft(**{**usual, **more}))


class Held:
    """What stands beside the pages where a gateway runs."""

    budgets: Held

    def __init__(self, spent: int, held: int) -> None:
        self.counted, self.budgets = (spent, held), self

    def taken(self, budget_id: int, _start: datetime) -> tuple[int, int] | None:
        return self.counted if budget_id == 1 else None


def test_without_a_budget_the_page_says_what_they_are_for(hers: Browse) -> None:
    page = hers.get("/budgets")
    assert "No budget yet" in page.text
    assert any("/budgets/new" in link for link in page.links)


def test_a_budget_is_set_shown_changed_and_removed(hers: Browse, session: Session) -> None:
    settle(session, paid(5 * DOLLAR, connection="cloud", model="gpt"))
    form = hers.get("/budgets/new?target=team&period=month")
    page = form.press("Set it", name="drafting", limit="20").follow()
    assert page.h1 == "drafting"
    assert "$5.00" in page.text
    assert "$15.00" in page.text
    assert "gpt" in page.text
    page = hers.get("/budgets/1/edit").press("Save", limit="4.5").follow()
    assert "Spent: calls are stopped" in page.text
    assert "drafting" in hers.get("/budgets").text
    hers.get("/budgets/1/remove").press("Remove").follow()
    assert "No budget yet" in hers.get("/budgets").text


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("name", ""),
        ("name", "No Slug"),
        ("limit", ""),
        ("limit", "-1"),
        ("limit", "1,000"),
        ("limit", "NaN"),
        ("limit", "1e9"),
        ("limit", "١٢"),
        ("limit", "999999999"),
        ("period", "week"),
        ("target", "person:99"),
        ("target", "person:x"),
        ("kind", "maybe"),
        ("warn_percent", "0"),
        ("warn_percent", "101"),
        ("warn_percent", "9" * 11),
        ("cap_tokens", "0"),
        ("cap_tokens", ""),
        ("unpriced", ""),
    ],
)
def test_mistakes_are_said_beside_their_field(hers: Browse, field: str, text: str) -> None:
    form = hers.get("/budgets/new")
    page = form.press("Set it", **{"name": "drafting", "limit": "20", field: text})
    assert page.status == 422
    assert page.problems


def test_a_budget_of_somebody_is_chosen_from_a_list(
    hers: Browse, browse: Browsers, session: Session, alice: Person
) -> None:
    add(browse, session, "ollama", name="near", models=("a",))
    tokens.add(session, COMMAND_LINE, "laptop", alice.email)
    page = hers.get("/budgets/new")
    for target in ("person:1", "token:1", "connection:1"):
        name = target.replace(":", "-")
        page.press("Set it", name=name, limit="1", target=target).follow()
    text = hers.get("/budgets").text
    for words in (alice.email, "access token laptop", "connection near"):
        assert words in text


def test_what_calls_under_way_hold_is_shown_as_the_gateway_counts_it(
    hers: Browse, browse: Browsers, session: Session
) -> None:
    made(session)
    settle(session, paid(15 * DOLLAR))
    browse.site.extensions["aiconnect_counting"] = Held(15 * DOLLAR, 5 * DOLLAR)
    page = hers.get("/budgets")
    assert "$15.00 of $20.00 spent, $5.00 held by calls under way" in page.text
    assert "Spent: calls are stopped" in page.text


def test_a_call_that_has_just_come_into_the_ledger_is_not_shown_twice(
    hers: Browse, browse: Browsers, session: Session
) -> None:
    """The gateway holds it until it has heard of it: what it says is one piece."""
    made(session)
    made(session, name="unheard-of")
    settle(session, paid(5 * DOLLAR))
    browse.site.extensions["aiconnect_counting"] = Held(0, 5 * DOLLAR)
    text = hers.get("/budgets/1").text
    assert "$15.00" in text
    assert "$10.00" not in text
    assert "$5.00 of $20.00 spent" in hers.get("/budgets").text


def test_a_soft_budget_warns_and_stops_nothing(hers: Browse, session: Session) -> None:
    made(session, is_soft=True, limit=Decimal(1))
    settle(session, paid(5 * DOLLAR))
    text = hers.get("/budgets/1").text
    assert "Over the limit" in text
    assert "Calls that cost money are stopped" not in text


def test_calls_that_cost_more_than_was_held_are_shown(hers: Browse, session: Session) -> None:
    made(session)
    settle(session, paid(5 * DOLLAR, held=DOLLAR), paid(1, held=DOLLAR))
    page = hers.get("/budgets/1")
    assert "Cost more than was held" in page.text
    assert sum("/usage/calls/" in link for link in page.links) == 1


def test_of_two_who_change_a_budget_the_second_is_told(
    hers: Browse, browse: Browsers, session: Session, admin: Person
) -> None:
    made(session)
    mine, theirs = hers.get("/budgets/1/edit"), browse.as_(admin).get("/budgets/1/edit")
    theirs.press("Save", limit="30").follow()
    page = mine.press("Save", limit="5")
    assert page.status == 422
    assert "meanwhile" in page.problems[0]
    assert "$30.00" in hers.get("/budgets/1").text


def test_a_budget_that_has_gone_meanwhile_is_not_found(hers: Browse, session: Session) -> None:
    made(session)
    forms = [(hers.get(f"/budgets/1/{name}"), press) for name, press in
             (("edit", "Save"), ("remove", "Remove"))]  # fmt: skip
    budgets.remove(session, COMMAND_LINE, 1)
    assert [form.press(button).status for form, button in forms] == [404, 404]


@pytest.mark.parametrize("number", ["0", "2147483648", "99999999999999999999", "-1", "x"])
def test_a_budget_that_nobody_set_is_not_found(hers: Browse, number: str) -> None:
    for path in ("", "/edit", "/remove"):
        assert hers.get(f"/budgets/{number}{path}").status == 404


def test_members_see_what_concerns_them_and_change_nothing(
    browse: Browsers, session: Session, alice: Person, member: Person
) -> None:
    made(session)
    made(session, name="hers", scope="person", target=alice.email)
    made(session, name="theirs", scope="person", target=member.email)
    theirs = browse.as_(member)
    page = theirs.get("/budgets")
    assert "drafting" in page.text
    assert "theirs" in page.text
    assert "hers" not in page.text.replace("theirs", "").replace("others", "")
    assert "/budgets/new" not in page.links
    assert theirs.get("/budgets/2").status == 404
    for path in ("new", "1/edit", "1/remove", "freeze"):
        assert theirs.get(f"/budgets/{path}").status == 403
    assert theirs.post("/budgets/unfreeze").status == 403
    assert theirs.post("/budgets/1/remove").status == 403


def test_a_freeze_is_confirmed_told_on_every_page_and_lifted(
    hers: Browse, browse: Browsers, member: Person
) -> None:
    page = hers.get("/budgets/freeze").press("Freeze spending").follow()
    assert "Spending is frozen" in page.text
    theirs = browse.as_(member)
    for path in ("/", "/models", "/account"):
        text = theirs.get(path).text
        assert "Spending is frozen" in text
        assert "alice@example.org" in text
    assert "Lift the freeze" not in theirs.get("/").text
    assert "Lift the freeze" in hers.get("/").text
    page = hers.get("/budgets").press("Lift the freeze").follow()
    assert "not frozen any more" in page.text
    assert "Spending is frozen" not in theirs.get("/").text


def test_who_froze_is_text(hers: Browse, session: Session) -> None:
    budgets.freeze(session, Actor("<b>eve</b> %(x)s"))
    assert "<b>eve</b> %(x)s" in hers.get("/").text


def test_a_budget_of_what_was_removed_says_so(
    hers: Browse, session: Session, alice: Person
) -> None:
    tokens.add(session, COMMAND_LINE, "laptop", alice.email, budget=Decimal(5))
    tokens.revoke(session, COMMAND_LINE, "laptop")
    assert "Of nothing any more" in hers.get("/budgets").text
    assert "was revoked" in hers.get("/budgets/1").text


def test_a_model_that_is_over_budget_says_so_and_leads_to_the_budgets(
    hers: Browse, browse: Browsers, session: Session
) -> None:
    add(browse, session, "compatible", name="cloud", models=("dear", "unknown"))
    pricing.set_price(session, COMMAND_LINE, "dear", pricing.Amounts(Decimal(1), Decimal(2)))
    made(session, limit=Decimal(0))
    page = hers.get("/models")
    assert "Over budget" in page.text
    assert "Price this model" in page.text
    assert "/budgets" in page.links
    assert [row for row in hers.get("/models?state=over_budget").all("tr") if row.get("class")]


def test_an_access_token_gets_a_budget_in_its_form(hers: Browse) -> None:
    form = hers.get("/tokens/new")
    assert form.press("Make it", name="laptop", budget="much").status == 422
    page = form.press("Make it", name="laptop", budget="12.50")
    assert "$12.50" in page.text
    assert "laptop" in hers.get("/budgets").text


def test_home_shows_the_budgets_nearest_to_their_limits(
    hers: Browse, browse: Browsers, session: Session
) -> None:
    add(browse, session, "ollama", name="near", models=("a",))
    for number, limit in enumerate((10, 20, 30, 40), 1):
        made(session, name=f"budget-{number}", limit=Decimal(limit))
    settle(session, paid(5 * DOLLAR))
    text = hers.get("/").text
    assert "budget-1" in text
    assert "budget-3" in text
    assert "budget-4" not in text
