"""What calls asked and were answered: sealed, for its days, gone when nobody wants it kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from aiconnect import clock, ids
from aiconnect.calls.texts import Kept, Text, Waiting
from aiconnect.errors import NotFound, Refused
from aiconnect.jobs.texts import Keeper
from aiconnect.models import AuditEntry, CallText, Person, Role, UsageRecord
from aiconnect.models.base import sessions
from aiconnect.services import installation, rotation, snapshots, texts
from aiconnect.services.audit import COMMAND_LINE, SYSTEM, Actor
from aiconnect.services.vault import Vault
from aiconnect.settings import Settings
from tests import ledger

ASKED, ANSWERED = Text("Who is there?"), Text("Nobody" * 9, is_cut=True)


@pytest.fixture
def kept(session: Session) -> None:
    texts.put(session, COMMAND_LINE, "on")


def called(session: Session, vault: Vault, *, days: float = 0) -> str:
    """A call so many days ago, with its text."""
    record: UsageRecord = ledger.record(id=ids.uuid7(), at=clock.now() - timedelta(days=days))
    call, at = str(record.id), int(record.at.timestamp() * 1000)
    ledger.add(session, record)
    texts.store(session, vault, [Kept(call, at, ASKED, ANSWERED)])
    return call


def test_it_is_off_and_only_the_owner_switches_it_on(session: Session, admin: Person) -> None:
    assert not texts.is_on(session)
    asking = Actor(admin.email, role=Role.ADMIN, person_id=admin.id)
    with pytest.raises(Refused, match="Only the owner"):
        texts.put(session, asking, "on")
    with pytest.raises(Refused, match="on or off"):
        texts.put(session, COMMAND_LINE, "maybe")
    assert not texts.is_on(session)
    assert session.query(AuditEntry).filter_by(subject="texts").count() == 0


def test_the_gateway_learns_of_it(session: Session, settings: Settings, vault: Vault) -> None:
    def picture() -> snapshots.Snapshot:
        session.rollback()
        return snapshots.build(session, rows={}, vault=vault, settings=settings)

    before = picture()
    assert not before.keeps_texts
    texts.put(session, COMMAND_LINE, "on")
    assert picture().keeps_texts
    assert picture().revision > before.revision


def test_it_is_read_as_it_was(session: Session, vault: Vault, kept: None) -> None:
    found = texts.read(session, COMMAND_LINE, called(session, vault), vault=vault)
    assert (found.asked, found.answered) == (ASKED, ANSWERED)


def test_a_text_of_another_call_does_not_open(session: Session, vault: Vault, kept: None) -> None:
    one, other = called(session, vault), called(session, vault)
    sealed = session.get_one(CallText, one).asked
    session.get_one(CallText, other).asked = sealed
    session.commit()
    assert texts.read(session, COMMAND_LINE, other, vault=vault).asked is None


def test_what_comes_after_it_was_switched_off_is_not_stored(
    session: Session, vault: Vault, kept: None
) -> None:
    called(session, vault)
    texts.put(session, COMMAND_LINE, "off")
    called(session, vault)
    assert session.query(CallText).count() == 0


def test_it_goes_after_its_days_a_few_at_a_time(session: Session, vault: Vault, kept: None) -> None:
    calls = [called(session, vault, days=days) for days in (6.9, 7.1, 8, 30)]
    with pytest.raises(NotFound):  # before any job has removed it
        texts.read(session, COMMAND_LINE, calls[1], vault=vault)
    assert [texts.forget(session, 2) for _ in range(3)] == [2, 1, 0]
    assert [row.id for row in session.query(CallText)] == calls[:1]


def test_what_a_stopped_switch_has_left_goes_later(
    session: Session, vault: Vault, kept: None
) -> None:
    called(session, vault)
    session.execute(text("UPDATE settings SET value = 'off' WHERE name = 'texts'"))
    session.commit()
    assert texts.forget(session) == 1


def test_a_new_master_key_opens_it(
    session: Session, vault: Vault, settings: Settings, kept: None
) -> None:
    call = called(session, vault)
    list(rotation.rotate(settings, SYSTEM, patience=0.0))
    session.rollback()
    found = texts.read(session, COMMAND_LINE, call, vault=Vault.from_settings(settings))
    assert (found.asked, found.answered) == (ASKED, ANSWERED)


def test_a_database_that_takes_nothing_costs_texts_alone(
    session: Session, settings: Settings, vault: Vault, kept: None
) -> None:
    engine = installation.open_database(settings)
    waiting = Waiting()
    keeper = Keeper(waiting, sessions(engine), vault)
    session.execute(text("ALTER TABLE call_texts RENAME TO away"))
    session.commit()
    waiting.put(Kept("1", 0, ASKED, None))
    keeper.start()
    keeper.stop()
    assert waiting.lost == 1
    session.execute(text("ALTER TABLE away RENAME TO call_texts"))
    session.commit()
    again = Keeper(waiting, sessions(engine), vault)
    waiting.put(Kept("2", 0, ASKED, None))
    again.start()
    again.stop()
    engine.dispose()
    assert [row.id for row in session.query(CallText)] == ["2"]
    assert waiting.lost == 1
