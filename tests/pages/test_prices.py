"""Pages of prices: the list, prices of the team's own, and newer tables."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.client import Client
from aiconnect.models import Connection, OwnPrice, Person, PriceTable, ServedModel
from aiconnect.services import price_updates, pricing
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.wire.addresses import ShippedPolicy
from tests.pages.browse import Browse, Page
from tests.pages.conftest import Browsers
from tests.price_source import PriceSource, model, price_source, table

__all__ = ["price_source"]

SET, ACCEPT, DISMISS = "Set the price", "Accept these prices", "Dismiss them"
LOOK = "Look for newer prices"


def serve(
    session: Session, name: str, provider: str, *models: str, owner: int | None = None
) -> int:
    now = clock.now()
    made = Connection(
        name=name, provider=provider, base_url="https://x.example", state_since=now, made_at=now,
        owner_id=owner,
    )  # fmt: skip
    session.add(made)
    session.flush()
    seen = {"first_seen": now, "last_seen": now}
    session.add_all(ServedModel(connection_id=made.id, model_id=one, **seen) for one in models)
    session.commit()
    return made.id


@pytest.fixture
def work(session: Session) -> int:
    return serve(session, "work", "openai", "gpt-6-sol", "nobody-s")


@pytest.fixture
def ada(browse: Browsers, admin: Person) -> Browse:
    return browse.as_(admin)


def row(page: Page, name: str) -> str:
    """The words of the row of this model."""
    found = [one for one in page.all("tr") if name in "".join(one.itertext())]
    return " ".join("".join(found[0].itertext()).split()) if found else ""


def test_every_served_model_has_its_price_and_where_it_is_from(ada, session, work) -> None:
    serve(session, "here", "llamacpp", "gemma")
    serve(session, "router", "openrouter", "no/body")
    page = ada.get("/prices")
    assert page.h1 == "Prices"
    assert "genai-prices" in row(page, "work/gpt-6-sol")
    assert "Unknown" in row(page, "work/nobody-s")
    assert "Free" in row(page, "here/gemma")
    assert "the provider says it with each answer" in row(page, "router/no/body")


def test_those_without_a_price_are_shown_alone_and_sought(ada, work) -> None:
    page = ada.get("/prices?only=unknown")
    assert row(page, "nobody-s")
    assert not row(page, "gpt-6-sol")
    page = ada.get("/prices?q=GPT")
    assert not row(page, "nobody-s")
    assert row(page, "gpt-6-sol")
    assert "No model fits" in ada.get("/prices?q=zzz").text
    assert "No model fits" in ada.get("/prices?q=zzz&only=unknown&page=99").text


def test_there_are_fifty_to_a_page(ada, session) -> None:
    serve(session, "many", "openai", *(f"m-{number:03}" for number in range(120)))
    page = ada.get("/prices?page=2&only=unknown")
    assert "51 to 100 of 120" in page.text
    assert any("only=unknown" in link and "page=3" in link for link in page.links)


@pytest.mark.parametrize("asked", ["page=-1", "page=9" * 50, "q=%ED%A0%80", "only=x", "model="])
def test_odd_addresses_are_pages(ada, work, asked: str) -> None:
    assert ada.get(f"/prices?{asked}").status == 200


def test_a_price_is_set_and_holds_at_once(ada, session, work) -> None:
    page = ada.get("/prices/own?model=work/nobody-s").press(
        SET, input="2.50", output="$10", cache_read="0.25"
    )
    page = page.follow()
    assert page.h1 == "Price of work/nobody-s"
    assert "is set" in page.text
    assert "ada@" in page.text
    listed = ada.get("/prices")
    assert "$2.50" in row(listed, "work/nobody-s")
    assert "set by your team" in row(listed, "many") or "cached $0.25" in listed.text
    assert page.form(SET).fields["input"] == "2.5"
    assert page.form(SET).fields["cache_write"] == ""


def test_a_price_to_come_is_shown_as_what_comes_next(ada, session, work) -> None:
    ada.get("/prices/own").press(SET, model="work/*", input="1", output="2", since="2035-05-01")
    page = ada.get("/prices")
    assert "from 1 May 2035 : $1.00 in, $2.00 out" in page.text
    assert "all that fit" in page.text
    assert "genai-prices" in row(page, "work/gpt-6-sol")


def test_it_is_withdrawn_with_a_button(ada, session, work) -> None:
    ada.get("/prices/own").press(SET, model="nobody-s", input="1", output="2")
    page = ada.get("/prices/own?model=nobody-s").press("Withdraw the price").follow()
    assert "is withdrawn" in page.text
    assert "Unknown" in row(page, "work/nobody-s")
    past = ada.get("/prices/own?model=nobody-s")
    assert "withdrawn" in past.text
    assert "Withdraw the price" not in past.html


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"model": ""}, "Name a model"),
        ({"input": ""}, "Enter an amount; 0 is free"),
        ({"input": "2,50"}, "Enter dollars as digits, like 20 or 12.50"),
        ({"output": "-1"}, "Enter dollars as digits, like 20 or 12.50"),
        ({"cache_read": "much"}, "Enter dollars as digits, like 20 or 12.50"),
        ({"reasoning": "1e9"}, "Enter dollars as digits, like 20 or 12.50"),
        ({"since": "tomorrow"}, "is neither like"),
        ({"since": "2999-01-01"}, "ten years"),
        ({"model": "x" * 400}, "Name a model as"),
    ],
)
def test_what_is_no_price_is_said_beside_its_field(ada, session, work, typed, problem) -> None:
    fields = {"model": "m", "input": "1", "output": "1", **typed}
    page = ada.get("/prices/own").press(SET, **fields)
    assert page.status == 422
    assert problem in page.problems[0]
    assert session.scalars(select(OwnPrice)).all() == []


def test_a_slip_is_asked_about(ada, work) -> None:
    page = ada.get("/prices/own").press(SET, model="m", input="0.000003", output="900").follow()
    assert "Did you mean 3 for a million?" in page.text
    assert "900 is much" in page.text


def test_the_name_of_a_personal_connection_is_seen_by_its_owner_alone(
    ada, browse, session, member, work
) -> None:
    serve(session, "secret", "openai", "hidden-model", owner=member.id)
    pricing.set_price(
        session, COMMAND_LINE, "secret/hidden-model", pricing.Amounts(*map(_one, "12"))
    )
    assert "hidden-model" not in ada.get("/prices").text
    assert "hidden-model" in browse.as_(member).get("/prices").text


def _one(text: str):
    from decimal import Decimal  # noqa: PLC0415

    return Decimal(text)


def test_others_read_and_admins_write(browse, bob, member, session, work) -> None:
    for person in (bob, member):
        reader = browse.as_(person)
        page = reader.get("/prices?model=work/nobody-s")
        assert page.status == 200
        assert "Set a price" not in page.html
        assert reader.get("/prices/own?model=m").status == 403
        assert reader.get("/prices/updates").status == 403
        for path in ("own", "own/withdraw", "updates/check", "updates/accept", "updates/dismiss",
                     "updates/bundled", "updates/weekly"):  # fmt: skip
            assert reader.post(f"/prices/{path}", model="m", input="1", output="1").status == 403
    assert session.scalars(select(OwnPrice)).all() == []


def test_who_may_set_it_is_led_to_the_form(ada, work) -> None:
    page = ada.get("/prices?model=gone/old-model").follow()
    assert page.form(SET).fields["model"] == "gone/old-model"


# --- newer tables --------------------------------------------------------------------------


@pytest.fixture
def source(session: Session, price_source: PriceSource, browse: Browsers) -> PriceSource:
    """What is fetched; pages ask it under the policy that is shipped."""
    price_updates.put(session, COMMAND_LINE, price_updates.URL, price_source.url)
    price_source.body = table(model("gpt-6-sol", input=7, output=9), model("nobody-s"))
    parts = browse.site.extensions["aiconnect"]
    browse.site.extensions["aiconnect"] = replace(parts, client=Client(ShippedPolicy()))
    return price_source


def test_newer_prices_are_looked_at_then_accepted(ada, session, source, work) -> None:
    assert "Nothing waits" in ada.get("/prices/updates").text
    page = ada.get("/prices/updates").press(LOOK).follow()
    assert "gets a price" in row(page, "work/nobody-s")
    assert "$7.00" in row(page, "work/gpt-6-sol")
    assert "Many models are missing" in page.text
    assert "Newer prices wait" in ada.get("/prices").text
    page = page.press(ACCEPT).follow()
    assert "count for calls from now on" in page.text
    assert "$7.00" in row(ada.get("/prices"), "work/gpt-6-sol")
    assert "accepted" in ada.get("/prices").text
    again = ada.get("/prices/updates").press(LOOK).follow()
    assert "Nothing is newer" in again.text
    page = again.press("Back to the bundled table").follow()
    assert "bundled table again" in page.text
    assert "$7.00" not in row(ada.get("/prices"), "work/gpt-6-sol")


def test_of_two_who_accept_the_second_is_told(ada, browse, alice, source, work) -> None:
    ada.get("/prices/updates").press(LOOK)
    hers, his = ada.get("/prices/updates"), browse.as_(alice).get("/prices/updates")
    assert "count for calls" in hers.press(ACCEPT).follow().text
    assert "somebody else has decided" in his.press(ACCEPT).follow().text


def test_what_came_after_the_look_is_not_accepted(ada, session, source, work) -> None:
    shown = ada.get("/prices/updates").press(LOOK).follow()
    source.body = table(model("gpt-6-sol", input=7000))
    ada.get("/prices/updates").press(LOOK)
    page = shown.press(ACCEPT).follow()
    assert "Newer prices were fetched meanwhile" in page.text
    assert "Some prices jump" in page.text
    assert "$7,000" not in ada.get("/prices").text


@pytest.mark.parametrize("digest", ["", "x" * 500, "0" * 64])
def test_a_made_up_digest_accepts_nothing(ada, session, source, work, digest: str) -> None:
    ada.get("/prices/updates").press(LOOK)
    ada.post("/prices/updates/accept", digest=digest).follow()
    assert session.scalars(select(PriceTable.state)).all() == ["fetched"]


def test_dismissed_prices_are_gone(ada, source, work) -> None:
    page = ada.get("/prices/updates").press(LOOK).follow()
    form = page.form(DISMISS)
    page = ada.send("/prices/updates/dismiss", form.fields).follow()
    assert "Dismissed" in page.text
    assert "Nothing waits" in page.text


def test_what_cannot_be_fetched_is_said(ada, source, work) -> None:
    source.body = b"<!doctype html><title>Sign in</title>"
    assert "no table of prices" in ada.get("/prices/updates").press(LOOK).follow().text
    source.status = 503
    assert "answered 503" in ada.get("/prices/updates").press(LOOK).follow().text


def test_looking_every_week_is_a_switch(ada, session) -> None:
    page = ada.get("/prices/updates").press("Look every week").follow()
    assert "looked for every week" in page.text
    assert "Nothing is fetched unless" in page.press("Switch it off").follow().text


def test_the_help_says_which_price_counts(ada) -> None:
    assert "Which price counts" in ada.get("/help/prices").text
