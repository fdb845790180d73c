"""The pages of usage, with a month of calls in them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls.texts import Kept, Text
from aiconnect.models import CostState, Outcome, UsageRecord
from aiconnect.services import accounts, texts
from aiconnect.services.vault import Vault
from aiconnect.services.writing import writing
from tests import ledger
from tests.browser.conftest import Owner, shoot
from tests.running import OWNER, Instance

pytestmark = pytest.mark.browser

MODELS = (
    ("anthropic", "claude-opus-5-5", 9, 60),
    ("openrouter", "deepseek-v4-with-a-rather-long-name", 4, 30),
    ("openai", "gpt-6.1-sol", 3, 20),
    ("anthropic", "claude-haiku-5-1", 2, 15),
    ("groq", "llama-5-70b", 1, 5),
    ("ollama", "cydonia:24b", 8, 0),
)
"""Connection, model, calls a day, cents a call."""


def test_usage_of_a_month(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    with instance.session() as session:
        fill(session)
    for query in ("", "?span=today&by=connection", "?span=latest&by=person", "?model=nothing"):
        page.goto(f"/usage{query}")
        shoot(page, f"usage-{query.strip('?').replace('&', '-').replace('=', '-') or 'month'}")
    page.goto("/usage")
    page.locator("figure summary").first.click()
    page.get_by_text("More filters").click()
    shoot(page, "usage-unfolded")
    page.goto("/usage/calls?outcome=failed")
    shoot(page, "usage-calls")
    page.goto("/usage/calls")
    page.get_by_role("link", name="Older").click()
    page.locator("tbody th a").first.click()
    shoot(page, "usage-call")
    page.goto("/usage/export")
    shoot(page, "usage-export")
    page.goto("/usage/statement")
    shoot(page, "usage-statement")


def test_what_was_asked_and_answered(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    page.goto("/settings/texts")
    shoot(page, "texts-off")
    page.get_by_label("Everybody who uses this server").check()
    page.get_by_role("button", name="Keep them from now on").click()
    shoot(page, "texts-on")
    with instance.session() as session:
        call = keep(session, instance.vault)
    page.goto("/account")
    shoot(page, "account-texts")
    page.goto("/help/storage")
    shoot(page, "help-storage-texts")
    page.goto(f"/usage/calls/{call}")
    shoot(page, "usage-call-texts")
    page.get_by_role("link", name="What was asked and answered").click()
    shoot(page, "usage-texts")


def keep(session: Session, vault: Vault) -> str:
    """A call with its text."""
    now = clock.now()
    record = _call(now, "anthropic", "claude-opus-5-5", 60)
    person = accounts.by_email(session, OWNER)
    record.person_id, record.person = person.id, person.email
    call = str(record.id)
    messages = [
        {"role": "system", "content": "You write letters to guests of a small hotel by the sea."},
        {"role": "user", "content": "Dear team,\n\nplease tell Mr Ngalim that his room is ready "
         "from noon on, and that the ferry does not go on Tuesdays.\n\nThanks!"},
    ]  # fmt: skip
    body = {"model": "claude-opus-5-5", "stream": True, "messages": messages, "max_tokens": 900}
    said = "Dear Mr Ngalim,\n\nyour room is ready from noon on. " + "The ferry rests. " * 40
    asked = Text(json.dumps(body))
    ledger.add(session, record)
    at = int(now.timestamp() * 1000)
    texts.store(session, vault, [Kept(call, at, asked, Text(said, is_cut=True))])
    return call


def fill(session: Session) -> None:
    """Calls of five weeks, fewer at weekends; some failed, some of them cost nobody knows what."""
    person, now = accounts.by_email(session, OWNER), clock.now()
    person_id, email = person.id, person.email
    session.rollback()
    made = []
    for back in range(35):
        day = now - timedelta(days=back)
        for place, (connection, model, calls, cents) in enumerate(MODELS):
            for number in range(max(1, calls * (3 + (back * 7 + place) % 5) // 6)):
                made.append(
                    _call(day - timedelta(minutes=7 * number + place), connection, model, cents)
                )
                made[-1].person_id, made[-1].person = person_id, email
                made[-1].seq = len(made)
                if len(made) % 17 == 0:
                    made[-1].outcome, made[-1].status = Outcome.FAILED, 502
                    made[-1].code = "provider_error"
                if len(made) % 23 == 0:
                    made[-1].cost, made[-1].cost_state = None, CostState.UNKNOWN
    with writing(session):
        session.add_all(made)


def _call(at: object, connection: str, model: str, cents: int) -> UsageRecord:
    state = CostState.MEASURED if cents else CostState.FREE
    return ledger.record(
        at=at, connection=connection, model=model, cost=cents * 10**7, cost_state=state,
        input_tokens=5200, output_tokens=740, latency_ms=4100, first_token_ms=640, is_stream=True,
        price="genai-prices 0.2.3" if cents else None, cache_read_tokens=1800,
    )  # fmt: skip
