"""The job that sums up budgets again: a check of what is counted as calls settle."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect.jobs.running import Runtime
from aiconnect.services import budgets
from aiconnect.services.jobs import Said
from aiconnect.services.writing import writing


def recount(session: Session, runtime: Runtime) -> Said:
    """Sum up the present period of every budget, each by itself, so that no transaction lasts."""
    budgets.follow_zone(session, runtime.settings.timezone)
    wrong = 0
    for one in budgets.ids(session):
        if runtime.stopping.is_set():
            break
        with writing(session):
            wrong += budgets.recount_all(session, [one])
    return Said("recounted", {"wrong": str(wrong)}) if wrong else Said("nothing")
