"""How long single records are kept. What they add up to stays for ever, in rollups."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.calls.budgets import periods
from aiconnect.errors import N_, Refused
from aiconnect.models import Role, Setting, UsageRecord
from aiconnect.services import audit, team_zone
from aiconnect.services.audit import Actor
from aiconnect.services.rollups import marks
from aiconnect.services.writing import writing

SETTING = "retention-days"
ROW = "ledger.retention"
USUAL = 180
FOR_EVER = 0
MOST = 36_500
DEFAULT = "default"
AT_ONCE = 1000


def read(session: Session) -> int:
    """In days, FOR_EVER where nothing is removed."""
    row = session.get(Setting, ROW, populate_existing=True)
    days = _parsed(row.value) if row else None
    return USUAL if days is None else days


def put(session: Session, actor: Actor, text: str) -> int:
    """Set it, in days; "default" or nothing goes back to what is usual. Raises Refused."""
    if not actor.role.covers(Role.ADMIN):
        raise Refused(N_("Only an admin may change the settings of this server."))
    wanted = text.strip().lower()
    days = USUAL if wanted in {"", DEFAULT} else _parsed(wanted)
    if days is None:
        sentence = N_("%(name)s is a whole number from %(least)s to %(most)s.")
        raise Refused(sentence, field="value", name=SETTING, least=FOR_EVER, most=MOST)
    with writing(session):
        was = read(session)
        session.merge(Setting(name=ROW, value=str(days)))
        audit.record(session, actor, "set.setting", SETTING, value=str(days), was=str(was))
    return days


def ends(session: Session) -> datetime | None:
    """Records before this moment are past their time: the beginning of a day of the team's."""
    days = read(session)
    if days == FOR_EVER:
        return None
    return periods.start_of("day", team_zone.read(session), clock.now() - timedelta(days=days))


def remove(session: Session, most: int = AT_ONCE) -> int:
    """Remove the oldest records that are past their time and added up; gives how many.

    One short transaction. From the first one on, sums of that time come from rollups alone.
    """
    before = ends(session)
    if before is None or not session.execute(_past(session, before).limit(1)).first():
        return 0
    with writing(session):
        past = _past(session, before).order_by(UsageRecord.at, UsageRecord.id).limit(most)
        gone: Any = session.execute(
            delete(UsageRecord).where(UsageRecord.id.in_(past)),
            execution_options={"synchronize_session": False},
        )
        if before > marks.read(session).kept:
            marks.put(session, marks.KEPT, before)
    return int(gone.rowcount)


def _past(session: Session, before: datetime) -> Any:
    rolled = marks.read(session).rolled
    return select(UsageRecord.id).where(UsageRecord.at < before, UsageRecord.seq <= rolled)


def _parsed(text: str) -> int | None:
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) > MOST:
        return None
    return int(text)
