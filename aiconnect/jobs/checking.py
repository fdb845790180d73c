"""Jobs that call providers: model lists anew, and quiet checks of what does not work.

Providers are called one after the other, and never while a transaction is open.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.jobs.running import Runtime
from aiconnect.models import Connection, ModelChange, Person, SignIn, State
from aiconnect.providers.spec import Family
from aiconnect.services import checks, connections
from aiconnect.services.jobs import Said

log = logging.getLogger("aiconnect.jobs")

LOOKING = timedelta(minutes=3)
"""A sign-in is marked as seen at most once a minute: this is two minutes of it and one of that."""

WATCHED_AGE, LOCAL_AGE = timedelta(seconds=50), timedelta(minutes=9, seconds=50)
CLOUD_AGE = timedelta(hours=24)
MOST_AT_ONCE = 5
LONGEST_WAIT = 60
WELL = (State.CONNECTED, State.WARNING)

CLOSED = select(Person.id).where(Person.disabled_at.is_not(None))

# Findings that may pass by themselves. What was refused is not asked again and again: a key that
# is tried every few minutes looks like an attack.
MAY_PASS = {
    "no_credit", "rate_limited", "provider_down", "model_loading", "not_an_api", "unknown_answer",
    "tls_untrusted", "tls_name", "tls_expired", "tls_failed", "proxy_auth", "proxy_refused",
    "proxy_unreachable",
}  # fmt: skip


def local_models(session: Session, runtime: Runtime) -> Said:
    """Lists of local servers: every minute while someone looks, every ten otherwise."""
    age = WATCHED_AGE if someone_looks(session) else LOCAL_AGE
    states = (*WELL, State.UNTESTED)
    chosen = [
        one
        for one in switched_on(session, runtime)
        if one.state in states and _is_local(one, runtime) and _is_old(one, age, runtime)
    ]
    return _check(session, runtime, chosen)


def cloud_models(session: Session, runtime: Runtime) -> Said:
    """Lists of providers in the cloud once a day, the oldest first and only a few at once."""
    chosen = [
        one
        for one in switched_on(session, runtime)
        if one.state in WELL and not _is_local(one, runtime) and _is_old(one, CLOUD_AGE, runtime)
    ]
    chosen.sort(key=_looked_at)
    return _check(session, runtime, chosen if runtime.asked else chosen[:MOST_AT_ONCE])


def recheck(session: Session, runtime: Runtime) -> Said:
    """Connections that calls have cast doubt on, and those whose fault may have passed."""
    now = clock.now()
    chosen = [
        one
        for one in switched_on(session, runtime)
        if _is_doubted(one) or (_may_have_passed(one) and (runtime.asked or _waited(one, now)))
    ]
    return _check(session, runtime, chosen)


def someone_looks(session: Session) -> bool:
    """Whether somebody who is signed in has opened a page within the last minutes."""
    lately = SignIn.seen_at > clock.now() - LOOKING
    return bool(session.scalar(select(exists().where(lately, SignIn.revoked_at.is_(None)))))


def is_doubted(session: Session) -> bool:
    """Whether a call has shown another state of a connection than its last check did."""
    newer = or_(Connection.checked_at.is_(None), Connection.checked_at < Connection.doubted_at)
    askable = or_(Connection.owner_id.is_(None), Connection.owner_id.not_in(CLOSED))
    doubted = exists().where(Connection.enabled, Connection.doubted_at.is_not(None), newer, askable)
    return bool(session.scalar(select(doubted)))


def wait(failures: int) -> timedelta:
    """How long to leave a connection alone after so many failures in a row: 1, 2, 4 … 60 min."""
    return timedelta(minutes=min(2 ** min(failures, 10), LONGEST_WAIT))


def switched_on(session: Session, runtime: Runtime) -> list[Connection]:
    """What may be called: no personal connection of somebody whose account is closed."""
    closed = set(session.scalars(CLOSED))
    known = (one for one in connections.all(session) if one.provider in runtime.rows)
    return [one for one in known if one.enabled and one.owner_id not in closed]


def _is_local(connection: Connection, runtime: Runtime) -> bool:
    return connection.private or runtime.rows[connection.provider].family is Family.LOCAL


def _looked_at(connection: Connection) -> datetime:
    """When its provider was asked last, whatever came of it."""
    moments = (connection.listed_at, connection.checked_at)
    return max((moment for moment in moments if moment), default=connection.made_at)


def _is_old(connection: Connection, age: timedelta, runtime: Runtime) -> bool:
    return runtime.asked or _since(_looked_at(connection), clock.now()) >= age


def _is_doubted(connection: Connection) -> bool:
    doubted, checked = connection.doubted_at, connection.checked_at
    return doubted is not None and (checked is None or checked < doubted)


def _may_have_passed(connection: Connection) -> bool:
    ill = (State.NEEDS_ATTENTION, State.WARNING)
    is_transient = connection.state in ill and connection.finding in MAY_PASS
    return connection.state == State.UNREACHABLE or is_transient


def _waited(connection: Connection, now: datetime) -> bool:
    since = _since(connection.checked_at or connection.made_at, now)
    return since >= wait(connection.failures)


def _since(moment: datetime, now: datetime) -> timedelta:
    """How far away a moment is; one to come was written by a clock that was set back since."""
    return abs(now - moment)


def _check(session: Session, runtime: Runtime, chosen: Iterable[Connection]) -> Said:
    """Check each quietly; what one of them does to us spares the others."""
    ids = [one.id for one in chosen]
    before = session.scalar(select(func.max(ModelChange.id))) or 0
    session.commit()
    done = Counter(
        _check_one(session, one, runtime) for one in ids if not runtime.stopping.is_set()
    )
    if not done:
        return Said("nothing")
    changes = _changes_since(session, before)
    facts = {"asked": done.total(), "failed": done["failed"], **changes}
    return Said(
        "checked_some" if done["failed"] else "checked",
        {name: str(count) for name, count in facts.items()},
    )


def _check_one(session: Session, connection_id: int, runtime: Runtime) -> str:
    client, rows, vault = runtime.client, runtime.rows, runtime.vault
    try:
        checks.recheck(session, connection_id, client=client, rows=rows, vault=vault)
        connection = session.get(Connection, connection_id)
    except Exception:  # one connection's fault of ours must not keep the others unchecked
        session.rollback()
        log.exception("a connection cannot be checked", extra={"connection": connection_id})
        return "failed"
    finally:
        session.commit()
    return "ok" if connection is None or connection.state in WELL else "failed"


def _changes_since(session: Session, before: int) -> dict[str, int]:
    rows = select(ModelChange.what, func.count()).where(ModelChange.id > before)
    found = {row[0]: row[1] for row in session.execute(rows.group_by(ModelChange.what))}
    return {"added": found.get("added", 0), "gone": found.get("gone", 0)}
