"""The job that looks for newer prices: only where it is switched on, and it accepts nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect.client import Client
from aiconnect.jobs.pricing import check_prices
from aiconnect.jobs.running import Runtime
from aiconnect.models import PriceTable
from aiconnect.providers import PROVIDERS
from aiconnect.services import price_updates
from aiconnect.services.audit import COMMAND_LINE
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from aiconnect.wire.addresses import ShippedPolicy
from tests.price_source import PriceSource, model, price_source, table

__all__ = ["price_source"]


@pytest.fixture
def runtime(settings: Settings, vault: Vault) -> Runtime:
    return Runtime(settings, PROVIDERS, vault, Client(ShippedPolicy()))


@pytest.mark.on_both
def test_it_fetches_where_it_is_switched_on_and_leaves_the_rest_to_people(
    session: Session, runtime: Runtime, price_source: PriceSource
) -> None:
    price_updates.put(session, COMMAND_LINE, price_updates.URL, price_source.url)
    price_source.body = table(model("gpt-6-sol", input=7))
    assert check_prices(session, runtime).code == "prices_off"
    assert price_source.asked == 0
    price_updates.put(session, COMMAND_LINE, price_updates.CHECKS, "on")
    assert check_prices(session, runtime).code == "prices_new"
    waiting = price_updates.waiting(session)
    assert waiting is not None
    assert price_updates.in_use(session).is_bundled
    price_updates.accept(session, COMMAND_LINE, waiting.digest)
    assert check_prices(session, runtime).code == "prices_same"


def test_what_cannot_be_fetched_is_said_and_keeps_nothing(
    session: Session, runtime: Runtime, price_source: PriceSource
) -> None:
    price_updates.put(session, COMMAND_LINE, price_updates.URL, price_source.url)
    price_updates.put(session, COMMAND_LINE, price_updates.CHECKS, "on")
    price_source.status = 500
    assert check_prices(session, runtime).code == "prices_unfetched"
    assert session.scalars(select(PriceTable)).all() == []
