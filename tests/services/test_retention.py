"""Single records go after their time; what they add up to stays."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import Refused
from aiconnect.models import Role, Setting, UsageRecord
from aiconnect.services import reports, retention, rollups, sizes
from aiconnect.services.audit import COMMAND_LINE, Actor
from aiconnect.services.rollups import By, Per, marks
from tests.ledger import add, record

JAKARTA = ZoneInfo("Asia/Jakarta")


def old(session: Session, *days: float, rolled: bool = True) -> None:
    """Records so many days old."""
    last = session.scalar(select(func.max(UsageRecord.seq))) or 0
    first = max(last, marks.read(session).rolled) + 1
    now = clock.now()
    add(
        session,
        *(
            record(id=f"{day:06}", at=now - timedelta(days=day), seq=first + number, cost=1)
            for number, day in enumerate(days)
        ),
    )
    if rolled:
        rollups.roll(session)


def kept(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(select(UsageRecord.id).order_by(UsageRecord.id)))


def emptied(session: Session, most: int = 1000) -> int:
    count = 0
    while more := retention.remove(session, most):
        count += more
    return count


def everything(session: Session) -> list[list[rollups.Sum]]:
    names: list[By | None] = [None, *rollups.BYS]
    times: list[Per | None] = [None, "day", "month"]
    return [rollups.sums(session, by, None, None, per=per) for by in names for per in times]


def test_records_are_kept_for_half_a_year(session: Session) -> None:
    assert retention.read(session) == 180
    old(session, 1, 179, 182, 400)
    assert emptied(session) == 2
    assert kept(session) == ["000001", "000179"]


def test_what_is_removed_stays_in_every_sum(session: Session) -> None:
    old(session, *range(1, 300, 7))
    before = everything(session)
    assert emptied(session, 5) > 10
    assert everything(session) == before


def test_sums_of_days_that_are_partly_removed_are_whole(session: Session) -> None:
    hours = [200 + n / 24 for n in range(48)]
    old(session, *hours)
    start = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=200)
    span = (start, start + timedelta(days=1))
    before = rollups.sums(session, None, *span)
    retention.remove(session, 30)
    assert rollups.sums(session, None, *span) == before


def test_what_is_not_added_up_yet_is_kept(session: Session) -> None:
    old(session, 300)
    old(session, 301, 302, rolled=False)
    assert emptied(session) == 1
    rollups.roll(session)
    assert emptied(session) == 2


def test_a_call_that_never_ended_is_kept(session: Session) -> None:
    old(session, 300)
    add(session, record(id="runs", at=clock.now() - timedelta(days=400), outcome=None))
    assert emptied(session) == 1
    assert kept(session) == ["runs"]


def test_whole_days_of_the_team_are_removed(session: Session) -> None:
    session.merge(Setting(name="timezone", value=JAKARTA.key))
    session.commit()
    ends = retention.ends(session)
    assert ends is not None
    assert ends.astimezone(JAKARTA).time().isoformat() == "00:00:00"


def test_for_ever_is_for_ever(session: Session) -> None:
    retention.put(session, COMMAND_LINE, "0")
    old(session, 5000)
    assert emptied(session) == 0


def test_a_late_record_of_a_removed_time_is_added_up_and_removed(session: Session) -> None:
    old(session, 300)
    emptied(session)
    old(session, 301)
    assert emptied(session) == 1
    (found,) = rollups.sums(session, None, None, None)
    assert found.figures.calls == 2


@pytest.mark.parametrize("text", ["-1", "1.5", "x", "36501", "9" * 40, "\0", "\u0661"])
def test_what_is_no_number_of_days_is_refused(session: Session, text: str) -> None:
    with pytest.raises(Refused):
        retention.put(session, COMMAND_LINE, text)
    assert retention.read(session) == 180


def test_only_an_admin_may_change_it(session: Session) -> None:
    with pytest.raises(Refused):
        retention.put(session, Actor("mel", role=Role.MEMBER, person_id=1), "1")


def test_the_usual_comes_back_by_its_name(session: Session) -> None:
    assert retention.put(session, COMMAND_LINE, "7") == 7
    assert retention.put(session, COMMAND_LINE, "default") == 180
    assert retention.read(session) == 180


def test_an_export_has_what_is_kept(session: Session) -> None:
    old(session, 1, 300)
    emptied(session)
    assert len(list(reports.export_lines(session, "jsonl"))) == 1


def test_the_size_says_what_is_kept_since_when(session: Session) -> None:
    old(session, 1, 2, 300)
    emptied(session)
    size = sizes.read(session)
    assert (size.records, size.summed is not None, size.bytes > 0) == (2, True, True)
    assert size.oldest is not None
    assert size.oldest.tzinfo is UTC


def test_an_empty_ledger_has_a_size(session: Session) -> None:
    size = sizes.read(session)
    assert (size.records, size.summed, size.oldest) == (0, None, None)


@pytest.mark.on_sqlite
def test_sqlite_notes_how_rows_are_spread(session: Session) -> None:
    old(session, *range(9))
    sizes.survey(session)
    noted = "SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_usage_records_person'"
    assert str(session.scalar(text(noted))).startswith("9 ")


@pytest.mark.on_sqlite
def test_room_is_given_back_in_steps(session: Session) -> None:
    old(session, *(300 + n / 100 for n in range(3000)))
    before = sizes.read(session)
    emptied(session)
    assert sizes.is_worth(session)
    given = sizes.give_back(session, lambda: False)
    after = sizes.read(session)
    assert given > 100_000
    assert after.bytes == before.bytes - given
    assert after.free == 0


@pytest.mark.on_sqlite
def test_giving_back_ends_when_the_server_does(session: Session) -> None:
    old(session, *(300 + n / 100 for n in range(3000)))
    emptied(session)
    assert sizes.give_back(session, lambda: True) == 0


@pytest.mark.on_sqlite
def test_a_file_of_a_version_before_is_made_anew(session: Session) -> None:
    engine: Any = session.get_bind()
    session.rollback()
    connection = engine.raw_connection()
    connection.cursor().execute("PRAGMA auto_vacuum = NONE")
    connection.cursor().execute("VACUUM")
    connection.close()
    old(session, *(300 + n / 100 for n in range(3000)))
    emptied(session)
    assert sizes.give_back(session, lambda: False) > 100_000
    assert emptied(session) == 0
    assert len(rollups.sums(session, None, None, None)) == 1
