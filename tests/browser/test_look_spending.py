"""Pages on which past costs are put right, photographed like all others into shots/."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page

from aiconnect import clock
from aiconnect.models import AccountReading, Connection, UsageRecord
from aiconnect.services import pricing
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.pricing import Amounts
from tests.browser.conftest import Owner, shoot
from tests.ledger import record
from tests.running import Instance

pytestmark = pytest.mark.browser


def test_past_calls_priced_anew(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    page.goto("/prices/reprice")
    shoot(page, "reprice-empty")
    with instance.session() as session:
        session.add(connection("models", "compatible"))
        session.add_all(calls())
        session.commit()
        since = clock.now() - timedelta(days=9)
        for name, dollars in (("long-prose-2-instruct", "1.5"), ("line-editor", "0.2")):
            amounts = Amounts(Decimal(dollars), Decimal(3))
            pricing.set_price(session, COMMAND_LINE, name, amounts, since)
    day = (clock.now() - timedelta(days=3)).date().isoformat()
    page.goto(f"/prices/reprice?since={day}&connection=models")
    shoot(page, "reprice")
    page.goto("/prices/reprice?since=2099-01-01")
    shoot(page, "reprice-mistake")


def test_what_providers_have_counted(owner: Owner, page: Page, instance: Instance) -> None:
    owner.set_up()
    page.goto("/usage/reconciliation")
    shoot(page, "reconciliation-empty")
    with instance.session() as session:
        session.add(connection("router", "openrouter"))
        session.flush()
        session.add_all(calls(cost=1_230_000_000, cost_state="measured", price="provider"))
        now = clock.now() + timedelta(seconds=2)
        for window, used in (("day", 7), ("week", 9), ("month", 25), ("total", 400)):
            session.add(
                AccountReading(connection_id=1, at=now, window=window, used=used * 10**9 + 380)
            )
        session.commit()
    page.goto("/usage/reconciliation")
    shoot(page, "reconciliation")


def connection(name: str, provider: str) -> Connection:
    long_ago = clock.now() - timedelta(days=60)
    return Connection(name=name, provider=provider, base_url="https://models.example/v1",
                      state_since=long_ago, made_at=long_ago)  # fmt: skip


def calls(**more: object) -> list[UsageRecord]:
    usual = {"connection_id": 1, "connection": "models", "input_tokens": 90_000,
             "output_tokens": 12_000, "at": clock.now() - timedelta(seconds=30)}  # fmt: skip
    models = ("long-prose-2-instruct", "line-editor", "long-prose-2-instruct")
    return [
        record(**{**usual, "seq": number, "model": model, **more})
        for number, model in enumerate(models, 1)
    ]
