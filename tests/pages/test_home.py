"""Home: what needs somebody, each with its one action; each connection as a card."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Outcome, Person, State
from tests import ledger
from tests.fakes.rows import Fakes
from tests.pages.browse import Browse, Page
from tests.pages.conftest import Browsers
from tests.pages.connected import add, examined


def test_what_needs_attention_names_the_cause_and_one_action(
    hers: Browse, browse: Browsers, session: Session, fakes: Fakes
) -> None:
    fakes["openai"].no_credit()
    fakes["ollama"].stall()
    examined(hers, add(browse, session, "openai"))
    examined(hers, add(browse, session, "llamacpp"))
    home = hers.get("/")
    assert "no credit left" in home.text
    assert "No credit" in home.text
    assert "not accept" not in home.text
    items = [one for one in home.all("li") if one.get("class") in {"bad", "gone", "warn"}]
    assert len(items) == 1, "llama.cpp is well"
    actions = [*items[0].iter("button"), *items[0].iter("a")]
    assert len(actions) == 2, "its name, and its one action"
    assert any("billing" in link for link in home.links)


def test_a_fix_is_one_click_from_home_and_is_tested_at_once(
    hers: Browse, browse: Browsers, session: Session, fakes: Fakes
) -> None:
    connection = add(browse, session, "compatible")
    connection.base_url = fakes["compatible"].root + "/somewhere"
    session.commit()
    examined(hers, connection)
    page = hers.get("/").press("Use http://").follow()
    assert "Everything works" in page.text
    assert "Needs attention" not in hers.get("/").text


def test_a_viewer_sees_what_is_wrong_and_no_button(
    hers: Browse, browse: Browsers, session: Session, bob: Person, fakes: Fakes
) -> None:
    fakes["openai"].refuse_key()
    connection = add(browse, session, "openai")
    examined(hers, connection)
    home = browse.as_(bob).get("/")
    assert "does not accept the key" in home.text
    assert not [form for form in home.forms if "/connections/" in form.action]


def test_a_card_has_state_age_latency_and_models(
    hers: Browse, browse: Browsers, session: Session
) -> None:
    connection = add(browse, session, "llamacpp")
    examined(hers, connection)
    now = clock.now()
    ledger.add(
        session,
        *(
            ledger.record(
                connection_id=connection.id, connection=connection.name, at=now - age,
                outcome=outcome, latency_ms=900, first_token_ms=ms,
            )
            for age, outcome, ms in (
                (timedelta(minutes=1), Outcome.OK, 100),
                (timedelta(minutes=2), Outcome.OK, 300),
                (timedelta(minutes=3), Outcome.FAILED, 9000),
                (timedelta(minutes=4), Outcome.OK, None),
                (timedelta(days=2), Outcome.OK, 9000),
            )
        ),
    )  # fmt: skip
    card = next(one for one in hers.get("/").all("li") if "card" in (one.get("class") or ""))
    words = " ".join(" ".join(card.itertext()).split())
    assert "Connected" in words
    assert "checked just now" in words
    assert "after 200 ms" in words
    assert "Models 1" in words


def test_home_shows_twelve_connections_and_a_link(
    hers: Browse, browse: Browsers, session: Session
) -> None:
    for number in range(14):
        made = add(browse, session, "ollama", name=f"ollama-{number}")
        made.state, made.finding = State.UNREACHABLE, "refused"
    session.commit()
    home = hers.get("/")
    assert len([one for one in home.all("li") if "card" in (one.get("class") or "")]) == 12
    assert "All 14 connections" in home.text
    assert "All 14 that need attention" in home.text


def test_home_leads_to_models_collections_and_trying(
    hers: Browse, browse: Browsers, session: Session, bob: Person
) -> None:
    assert "/try" not in links(hers.get("/")), "nothing to ask yet"
    add(browse, session, "ollama").state = State.CONNECTED
    session.commit()
    ways = {"/models", "/models/picks", "/collections", "/help/models"}
    assert {*ways, "/try"} <= set(links(hers.get("/")))
    bob.role = "viewer"
    session.commit()
    found = set(links(browse.as_(bob).get("/")))
    assert ways <= found
    assert "/try" not in found, "it costs money"


def links(page: Page) -> list[str]:
    """What the page leads to, without its contents at the side."""
    return [one.get("href", "") for one in page.all("main")[0].iter("a")]
