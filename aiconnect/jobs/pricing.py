"""The job that looks for newer prices, where somebody has switched that on."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect.errors import Refused
from aiconnect.jobs.running import Runtime
from aiconnect.services import price_updates
from aiconnect.services.audit import SYSTEM
from aiconnect.services.jobs import Said


def check_prices(session: Session, runtime: Runtime) -> Said:
    """Fetch a newer table, which waits until a person accepts it; nothing while it is off."""
    if not price_updates.checks_are_on(session):
        return Said("prices_off")
    try:
        found = price_updates.check(session, SYSTEM, client=runtime.client)
    except Refused:
        return Said("prices_unfetched")
    return Said("prices_new") if found.is_new else Said("prices_same")
