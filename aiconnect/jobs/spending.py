"""Jobs about what calls have cost."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import Refused
from aiconnect.jobs.checking import WELL, switched_on
from aiconnect.jobs.running import Runtime
from aiconnect.models import Connection
from aiconnect.services import provider_accounts, repricing
from aiconnect.services.audit import SYSTEM
from aiconnect.services.jobs import Said

log = logging.getLogger("aiconnect.jobs")

ACCOUNT_AGE = timedelta(hours=5, minutes=50)


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


def read_accounts(session: Session, runtime: Runtime) -> Said:
    """Ask providers what their accounts have used, those that tell: four times a day."""
    chosen = [one.id for one in switched_on(session, runtime) if _is_wanted(one, runtime)]
    session.commit()  # no transaction stays open while a provider is waited for
    done = Counter(_read(session, one, runtime) for one in chosen if not runtime.stopping.is_set())
    if not done:
        return Said("nothing")
    return Said("accounts", {"asked": str(done.total()), "failed": str(done["failed"])})


def _is_wanted(connection: Connection, runtime: Runtime) -> bool:
    row = runtime.rows[connection.provider]
    if connection.state not in WELL or not provider_accounts.tells(row):
        return False
    read = connection.account_at
    return runtime.asked or read is None or abs(clock.now() - read) >= ACCOUNT_AGE


def _read(session: Session, connection_id: int, runtime: Runtime) -> str:
    """What one of them does to us spares the others."""
    client, rows, vault = runtime.client, runtime.rows, runtime.vault
    try:
        finding = provider_accounts.fetch(
            session, SYSTEM, connection_id, client=client, rows=rows, vault=vault
        )
    except Refused:  # it was removed meanwhile
        return "failed"
    except Exception:  # a fault of ours
        session.rollback()
        log.exception("an account cannot be read", extra={"connection": connection_id})
        return "failed"
    finally:
        session.commit()
    return "ok" if finding is None else "failed"
