"""Jobs of the ledger: adding up, removing what is past its time, giving its room back."""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from aiconnect.jobs.running import Runtime
from aiconnect.services import retention, rollups, sizes
from aiconnect.services.jobs import Said

MANY = 2000
"""Records that wait: then it is done before its time."""
LONGEST = 60.0
PAUSE = 0.03
"""Seconds between two transactions, in which the writer takes the lock."""
MEGABYTE = 1024 * 1024


def roll(session: Session, runtime: Runtime) -> Said:
    """Add up what has settled since; and days anew where the time zone has changed."""
    while rollups.rebuild_spans(session):
        if runtime.stopping.wait(PAUSE):
            return Said("nothing")
    ends, count = time.monotonic() + LONGEST, 0
    while more := rollups.roll(session):
        count += more
        if time.monotonic() > ends or runtime.stopping.wait(PAUSE):
            break
    return Said("rolled", {"records": str(count)}) if count else Said("nothing")


def is_behind(session: Session) -> bool:
    """Whether many records wait."""
    return rollups.behind(session, MANY)


def forget(session: Session, runtime: Runtime) -> Said:
    """Remove single records that are past their time; what they add up to stays."""
    count = 0
    while more := retention.remove(session):
        count += more
        if runtime.stopping.wait(PAUSE):
            break
    return Said("removed", {"rows": str(count)}) if count else Said("nothing")


def vacuum(session: Session, runtime: Runtime) -> Said:
    """Give back room, by itself only where that is worth it; and look how rows are spread."""
    if session.get_bind().dialect.name == "postgresql":
        return Said("autovacuum")
    sizes.survey(session)
    if not runtime.asked and not sizes.is_worth(session):
        return Said("nothing")
    given = sizes.give_back(session, runtime.stopping.is_set)
    return Said("given_back", {"megabytes": f"{given / MEGABYTE:.0f}"})
