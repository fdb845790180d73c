"""The jobs of the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.jobs import ledger
from aiconnect.jobs.running import Runtime
from aiconnect.models import Setting, UsageRecord, UsageRollup
from aiconnect.providers import PROVIDERS
from aiconnect.services import rollups
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from tests.ledger import add, record

pytestmark = pytest.mark.on_both


@pytest.fixture
def runtime(settings: Settings, vault: Vault) -> Runtime:
    return Runtime(settings, PROVIDERS, vault, client=None)  # type: ignore[arg-type]  # unused


def numbered(session: Session, count: int, days: int = 0) -> None:
    at = clock.now() - timedelta(days=days)
    first = (session.scalar(select(func.max(UsageRecord.seq))) or 0) + 1
    add(session, *(record(at=at, seq=first + number) for number in range(count)))


def test_everything_is_added_up_in_one_run(session: Session, runtime: Runtime) -> None:
    numbered(session, 4100)
    assert ledger.is_behind(session)
    said = ledger.roll(session, runtime)
    assert (said.code, said.facts) == ("rolled", {"records": "4100"})
    assert ledger.roll(session, runtime).code == "nothing"
    assert not ledger.is_behind(session)


def test_few_calls_wait_for_the_next_run(session: Session) -> None:
    numbered(session, 5)
    assert not ledger.is_behind(session)


def test_a_run_ends_when_the_server_does(session: Session, runtime: Runtime) -> None:
    numbered(session, 4100)
    runtime.stopping.set()
    assert ledger.roll(session, runtime).facts == {"records": "2000"}


def test_days_follow_the_time_zone(session: Session, runtime: Runtime) -> None:
    numbered(session, 10)
    ledger.roll(session, runtime)
    session.merge(Setting(name="timezone", value="Asia/Jakarta"))
    session.commit()
    ledger.roll(session, runtime)
    starts = session.scalars(select(UsageRollup.start).where(UsageRollup.span == "day"))
    assert {start.hour for start in starts} == {17}


def test_what_is_past_its_time_goes(session: Session, runtime: Runtime) -> None:
    numbered(session, 1500, days=200)
    ledger.roll(session, runtime)
    assert ledger.forget(session, runtime).facts == {"rows": "1500"}
    assert ledger.forget(session, runtime).code == "nothing"
    assert rollups.sums(session, None, None, None)[0].figures.calls == 1500


def test_room_is_given_back_where_it_is_asked_for(
    session: Session, runtime: Runtime, store: str
) -> None:
    asked = ledger.vacuum(session, replace(runtime, asked=True))
    unasked = ledger.vacuum(session, runtime)
    codes = {"sqlite": ("given_back", "nothing"), "postgresql": ("autovacuum", "autovacuum")}
    assert (asked.code, unasked.code) == codes[store]
