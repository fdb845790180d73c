"""Jobs about what calls have cost."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect.jobs.running import Runtime
from aiconnect.services import repricing
from aiconnect.services.jobs import Said


def reprice(session: Session, runtime: Runtime) -> Said:
    """Do what was ordered, piece by piece; what is left is for the next run."""
    done = None
    while not runtime.stopping.is_set():
        order = repricing.work(session)
        if order is None:
            break
        done = order
    if done is None:
        return Said("nothing")
    return Said("repriced", {"calls": str(done.calls), "changed": str(done.changed)})
