"""Settled records are numbered in the order in which they came into the ledger."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.ids import uuid7
from aiconnect.models import UsageRecord
from aiconnect.models.base import begin_write
from aiconnect.services import absorbing, numbering
from tests.ledger import add, record

WRITER = "00000000-0000-7000-8000-000000000001"
OTHER = "00000000-0000-7000-8000-000000000002"


def line(kind: str = "e", **more: Any) -> dict[str, Any]:
    return {
        "k": kind, "id": uuid7(), "at": int(clock.now().timestamp() * 1000), "p": 1, "pn": "a",
        "t": 1, "tn": "t", "c": None, "cn": "", "m": "m", "s": False, "rb": 40, "f": True,
        "u": None, "es": False, "ms": 10, "o": "ok", "cd": None, "st": 200, "ft": None, "n": 1,
        **more,
    }  # fmt: skip


def numbers(session: Session) -> dict[str, int | None]:
    session.expire_all()
    rows = select(UsageRecord.id, UsageRecord.seq).order_by(UsageRecord.seq)
    return {row.id: row.seq for row in session.execute(rows)}


def test_records_are_numbered_as_they_settle(session: Session) -> None:
    first, second = line(), line()
    absorbing.absorb(session, [second], WRITER)
    absorbing.absorb(session, [first], WRITER)
    assert numbers(session) == {second["id"]: 1, first["id"]: 2}


def test_a_call_under_way_has_no_number_yet(session: Session) -> None:
    begun = line("b")
    absorbing.absorb(session, [begun], WRITER)
    assert numbers(session) == {begun["id"]: None}
    absorbing.absorb(session, [begun | {"k": "e"}], WRITER)
    assert numbers(session) == {begun["id"]: 1}


def test_a_settled_record_keeps_its_number(session: Session) -> None:
    settled, later = line(), line()
    absorbing.absorb(session, [settled], WRITER)
    absorbing.absorb(session, [settled, later], WRITER)
    found = numbers(session)
    assert found[settled["id"]] == 1
    assert (found[later["id"]] or 0) > 1


def test_interrupted_calls_are_numbered_after_all_others(session: Session) -> None:
    calls = [line("b", at=at) for at in (3000, 1000, 2000)]
    absorbing.absorb(session, calls, OTHER)
    absorbing.absorb(session, [line()], WRITER)
    absorbing.mark_interrupted(session, alive={WRITER})
    found = numbers(session)
    assert [found[call["id"]] for call in calls] == [4, 2, 3]


def test_numbers_are_not_given_again_after_records_are_removed(session: Session) -> None:
    absorbing.absorb(session, [line(), line()], WRITER)
    session.execute(delete(UsageRecord))
    session.commit()
    absorbing.absorb(session, [line()], WRITER)
    assert list(numbers(session).values()) == [3]


def test_numbers_go_on_after_those_of_the_migration(session: Session) -> None:
    add(session, record(id="a", seq=41))
    absorbing.absorb(session, [line()], WRITER)
    assert max(number or 0 for number in numbers(session).values()) == 42


def test_numbers_of_work_that_was_let_go_are_given_again(session: Session) -> None:
    begin_write(session)
    assert numbering.take(session, 5) == 1
    session.commit()
    begin_write(session)
    assert numbering.take(session, 5) == 6
    session.rollback()
    begin_write(session)
    assert numbering.take(session, 1) == 6
    session.rollback()


def test_what_was_held_and_further_counts_are_kept(session: Session) -> None:
    details = {"images": 2, "input_audio": -1, "bad": "x", "huge": 10**20, "yes": True}
    ended = line(hd=5_000, ud=details)
    absorbing.absorb(session, [ended], WRITER)
    found = session.scalars(select(UsageRecord)).one()
    assert found.held == 5_000
    assert found.details == {"images": 2, "input_audio": 0, "huge": 2**31 - 1}
