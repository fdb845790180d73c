"""What the pages of usage say about cost, and about single calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.blueprints.usage.wording import COST_STATES, OUTCOMES, WHYS, price_word, try_word
from aiconnect.calls.plan import WHY
from aiconnect.models import Connection, CostState, Outcome, Person, UsageRecord
from aiconnect.services import collections
from aiconnect.services.audit import SYSTEM
from tests import ledger
from tests.pages.conftest import Browsers

DOLLAR = 10**9


def called(session: Session, **more: Any) -> str:
    record = ledger.record(**{"at": clock.now(), **more})
    found = str(record.id)
    ledger.add(session, record)
    return found


def personal(session: Session, owner: Person) -> int:
    now = clock.now()
    made = Connection(name="mine", provider="openai", base_url="x", owner_id=owner.id,
                      state_since=now, made_at=now)  # fmt: skip
    session.add(made)
    session.commit()
    return made.id


def test_the_cost_of_models_and_people_is_shown(
    browse: Browsers, alice: Person, session: Session
) -> None:
    called(session, model="dear", cost=3 * DOLLAR // 2, cost_state=CostState.MEASURED)
    called(session, model="own", cost=0, cost_state=CostState.FREE)
    called(session, model="odd")
    hers = browse.as_(alice)
    text = hers.get("/usage").text
    assert "dear 1 10 5 $1.50" in text
    assert "own 1 10 5 Free" in text
    assert "odd 1 10 5 Unknown" in text
    by_person = hers.get("/usage?by=person").text
    assert "alice@example.org 3 30 15 $1.50 + 1 unknown" in by_person
    assert "the cost of 1 call is not known" in text


def test_free_calls_beside_unknown_ones_are_unknown_together(
    browse: Browsers, alice: Person, session: Session
) -> None:
    called(session, cost=0, cost_state=CostState.FREE)
    called(session)
    assert "llama 2 20 10 Unknown" in browse.as_(alice).get("/usage").text


def test_a_call_s_page_says_all_of_it(browse: Browsers, alice: Person, session: Session) -> None:
    call = called(
        session, asked="fast", wire="anthropic.messages", latency_ms=1234, first_token_ms=56,
        cost=DOLLAR // 4, cost_state=CostState.ESTIMATED, price="own:3", tokens_estimated=True,
        cache_read_tokens=7, reasoning_tokens=8,
        tries=[["spare", "gpt", "provider_rate_limited", 1120], ["old", "m/x", "off", None]],
    )  # fmt: skip
    listed = browse.as_(alice).get("/usage")
    assert f"/usage/calls/{call}" in listed.links
    assert "after 2 other tries" in listed.text
    page = browse.as_(alice).get(f"/usage/calls/{call}")
    assert page.h1 == "Call of ollama/llama"
    for words in (
        "Asked for fast", "anthropic.messages", "1,234 ms", "56 ms", "$0.25", "estimated",
        "the team's own price", "spare/gpt: the provider asked to wait, after 1,120 ms",
        "old/m/x was not tried: its connection is off", "sizes stand for tokens", "Answered",
    ):  # fmt: skip
        assert words in page.text, words


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REFUSED])
def test_a_call_without_answer_counts_every_try(
    browse: Browsers, alice: Person, session: Session, outcome: Outcome
) -> None:
    tries = [["old", "m/x", "off", None], ["ollama", "llama", "provider_error", 3]]
    call = called(session, outcome=outcome, code="provider_error", status=502, tries=tries)
    assert "2 tries, no answer" in browse.as_(alice).get("/usage").text
    page = browse.as_(alice).get(f"/usage/calls/{call}")
    assert "What was tried" in page.text
    called(session, outcome=outcome, code="provider_error", status=502, tries=tries[1:])
    assert "1 try, no answer" not in browse.as_(alice).get("/usage").text
    assert "before" not in page.text


def test_what_was_never_sent_is_no_try(browse: Browsers, alice: Person, session: Session) -> None:
    tries = [["one", "m", "budget_spent", None], ["two", "m", "budget_spent", None]]
    called(session, outcome=Outcome.REFUSED, code="budget_spent", tries=tries, attempts=0)
    page = browse.as_(alice).get("/usage")
    assert "not sent" in page.text
    assert "tries, no answer" not in page.text


def test_calls_without_a_model_are_not_called_personal(
    browse: Browsers, alice: Person, session: Session
) -> None:
    called(session, model="", connection="", outcome=Outcome.REFUSED, code="model_missing")
    text = browse.as_(alice).get("/usage").text
    assert "no model named 1" in text
    assert "personal" not in text


def test_a_call_that_failed_leads_to_its_error(
    browse: Browsers, alice: Person, session: Session
) -> None:
    call = called(session, outcome=Outcome.FAILED, code="provider_silent", status=504)
    page = browse.as_(alice).get(f"/usage/calls/{call}")
    assert "/help/errors#provider_silent" in page.links
    assert "Unknown no price, or no count of tokens, is known" in page.text


@pytest.mark.parametrize(
    ("outcome", "code", "who", "is_about_content"),
    [
        (Outcome.REFUSED, "model_not_allowed", "This server, by its own rules", False),
        (Outcome.REFUSED, "content_moderated", "The router", True),
        (Outcome.OK, "content_filtered", "The content filter of the provider", True),
        (Outcome.OK, "model_refused", "The model itself", True),
    ],
)
def test_a_call_says_who_refused_it(
    browse: Browsers, alice: Person, session: Session,
    outcome: Outcome, code: str, who: str, is_about_content: bool,
) -> None:  # fmt: skip
    call = called(session, outcome=outcome, code=code)
    page = browse.as_(alice).get(f"/usage/calls/{call}")
    assert f"Refused by {who}" in page.text
    assert ("/help/mature#refused" in page.links) is is_about_content


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"outcome": Outcome.INTERRUPTED, "status": None}, "Interrupted"),
        ({"outcome": "new", "cost_state": "new", "price": "new 1", "code": "new"}, "new"),
        ({"model": "", "connection": "", "tries": [["", "", "", 0]]}, "Unknown"),
        ({"asked": "<b>x</b>", "model": "<i>y</i>"}, "<b>x</b>"),
        ({"input_tokens": None, "output_tokens": None}, "Tokens and cost"),
        ({"tries": [[None, {}, ["x"], "much"]]}, "was not tried"),
    ],
)
def test_whatever_a_record_holds_has_a_page(
    browse: Browsers, alice: Person, session: Session, record: dict[str, Any], words: str
) -> None:
    call = called(session, **record)
    assert browse.as_(alice).get("/usage").status == 200
    assert words in browse.as_(alice).get(f"/usage/calls/{call}").text


def test_a_member_sees_their_own_calls_alone(
    browse: Browsers, session: Session, admin: Person, member: Person, bob: Person
) -> None:
    call = called(session, person_id=member.id, person=member.email)
    for person, status in ((member, 200), (admin, 200), (bob, 404)):
        shown = browse.as_(person).get(f"/usage/calls/{call}")
        assert shown.status == status
        assert (f"/usage/calls/{call}" in browse.as_(person).get("/usage").links) is (status == 200)


@pytest.mark.parametrize(
    "record",
    [
        {"connection_id": 1, "connection": "mine", "model": "gpt-secret", "asked": "gpt-secret"},
        {"connection_id": 2, "asked": "mine/gpt-secret"},
        {"connection_id": None, "connection": "", "model": "mine/gpt-secret"},
        {"connection_id": 2, "tries": [["mine", "gpt-secret", "off", None]], "asked": "gpt-secret"},
    ],
)
def test_personal_models_are_named_to_their_owner_alone(
    browse: Browsers, session: Session, admin: Person, member: Person, record: dict[str, Any]
) -> None:
    assert personal(session, member) == 1
    call = called(session, person_id=member.id, **record)
    path = f"/usage/calls/{call}"
    assert "gpt-secret" in browse.as_(member).get(path).text
    page = browse.as_(admin).get(path)
    assert page.status == 200
    assert "gpt-secret" not in page.html
    assert "gpt-secret" not in " ".join(
        row for row in browse.as_(admin).get("/usage").html.split("<tr") if path in row
    )


@pytest.mark.parametrize(
    "names",
    [{"asked": "collection/hers"}, {"model": "collection/hers", "asked": "collection/hers"}],
    ids=["answered", "refused"],
)
def test_a_personal_collection_is_named_to_its_owner_alone(
    browse: Browsers, session: Session, admin: Person, member: Person, names: dict[str, Any]
) -> None:
    collections.add(session, SYSTEM, "hers", owner_id=member.id)
    collections.add(session, SYSTEM, "ours")
    path = f"/usage/calls/{called(session, person_id=member.id, **names)}"
    shared = called(session, person_id=member.id, asked="collection/ours")
    assert "collection/hers" in browse.as_(member).get(path).text
    his = browse.as_(admin)
    assert "collection/hers" not in his.get(path).html
    assert "collection/hers" not in " ".join(
        row for row in his.get("/usage").html.split("<tr") if path in row
    )
    assert "collection/ours" in his.get(f"/usage/calls/{shared}").text
    assert ("llama" in his.get(path).text) == ("model" not in names)


def test_calls_that_run_and_calls_of_long_ago_are_not_listed(
    browse: Browsers, alice: Person, session: Session
) -> None:
    called(session)
    running = called(session, outcome=None)
    old = called(session, at=clock.now() - timedelta(days=40))
    links = browse.as_(alice).get("/usage").links
    assert f"/usage/calls/{running}" not in links
    assert f"/usage/calls/{old}" not in links
    assert browse.as_(alice).get(f"/usage/calls/{running}").status == 404
    assert browse.as_(alice).get(f"/usage/calls/{old}").status == 200


@pytest.mark.parametrize("call", ["0", "x" * 400, "%F0%9F%98%80"])
def test_a_call_that_is_not_there_is_not_found(browse: Browsers, alice: Person, call: str) -> None:
    assert browse.as_(alice).get(f"/usage/calls/{call}").status == 404


def test_every_code_of_the_ledger_has_words() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(COST_STATES) == set(CostState)
    assert set(WHY) <= set(WHYS)


def test_prices_and_tries_are_worded(browse: Browsers) -> None:
    with browse.site.test_request_context():
        assert price_word("genai-prices 0.2.3") == "prices of genai-prices 0.2.3"
        assert price_word("provider") == "the provider's own figure"
        assert price_word(None) == ""
        assert try_word(["a", "b/c", "new_reason", 5]) == "a/b/c: new reason, after 5 ms"


def test_a_record_is_kept_as_the_page_wants_it(session: Session) -> None:
    call = called(session, tries=[["a", "b", "off", None]])
    session.expire_all()
    found = session.get(UsageRecord, call)
    assert found is not None
    assert found.tries == [["a", "b", "off", None]]


@pytest.mark.parametrize(
    ("code", "words", "link"),
    [
        ("unpriced_model", "Price this model", "/prices/own?model=ollama/llama"),
        ("budget_spent", "See the budgets", "/budgets"),
        ("spend_frozen", "See the budgets", "/budgets"),
    ],
)
def test_a_call_refused_for_money_leads_to_what_mends_it(
    browse: Browsers, alice: Person, session: Session, code: str, words: str, link: str
) -> None:
    free = {"cost": 0, "cost_state": CostState.FREE, "attempts": 0}
    call = called(session, outcome=Outcome.REFUSED, code=code, status=402, **free)
    page = browse.as_(alice).get(f"/usage/calls/{call}")
    assert words in page.text
    assert link in [one.replace("%2F", "/") for one in page.links]


def test_members_are_not_led_to_setting_a_price(
    browse: Browsers, member: Person, session: Session
) -> None:
    call = called(
        session, outcome=Outcome.REFUSED, code="unpriced_model", status=402, person_id=member.id
    )
    page = browse.as_(member).get(f"/usage/calls/{call}")
    assert "Price this model" not in page.text
    assert "See the budgets" in page.text
