"""Jobs about alerts: what is so and was not, what is to be sent, the week's summary."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.jobs.running import Runtime
from aiconnect.services import alerts
from aiconnect.services.alerts import digest
from aiconnect.services.jobs import Said


def look(session: Session, runtime: Runtime) -> Said:
    """Open what began, resolve what is over, and queue what is to be told of it."""
    faults = tuple(runtime.faults())
    told = alerts.look(alerts.Sight(session, runtime.settings, clock.now(), faults))
    if not told.opened and not told.resolved:
        return Said("nothing")
    return Said("alerted", {"opened": str(told.opened), "resolved": str(told.resolved)})


def deliver(session: Session, runtime: Runtime) -> Said:
    """Send what is due."""
    post = alerts.Post(runtime.settings, runtime.vault, runtime.client)
    sent, failed = alerts.send_due(session, post, runtime.stopping)
    if not sent and not failed:
        return Said("nothing")
    return Said("sent", {"sent": str(sent), "failed": str(failed)})


def summarise(session: Session, runtime: Runtime) -> Said:
    """Queue the week's summary on Monday."""
    count = digest.queue(session, clock.now(), runtime.settings.timezone)
    return Said("queued", {"count": str(count)}) if count else Said("nothing")
