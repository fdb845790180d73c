"""Jobs that keep the house: rows nobody needs any more, journals of processes that are gone."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session, aliased

from aiconnect import clock
from aiconnect.jobs.running import Runtime
from aiconnect.models import (
    Alert,
    AlertDelivery,
    Base,
    Check,
    ModelChange,
    OAuthAttempt,
    OneTimeLink,
    SignIn,
    SignInAttempt,
    TryOut,
)
from aiconnect.services import absorbing, texts, tryouts
from aiconnect.services.jobs import Said
from aiconnect.services.writing import writing

CHECKS_KEPT = 20
CHECK_AGE, CHANGE_AGE = timedelta(days=90), timedelta(days=180)
ALERT_AGE, DELIVERY_AGE = timedelta(days=365), timedelta(days=30)
ATTEMPT_AGE, DEAD_AGE = timedelta(days=1), timedelta(days=7)


def tidy(session: Session, runtime: Runtime) -> Said:
    """Remove what is past use, kind by kind, so that no transaction lasts."""
    removed = 0
    for table, is_past in _past().items():
        if runtime.stopping.is_set():
            break
        with writing(session):
            gone = delete(table).where(is_past)
            result = session.execute(gone, execution_options={"synchronize_session": False})
            removed += result.rowcount  # type: ignore[attr-defined]  # a DELETE counts its rows
    return Said("removed", {"rows": str(removed)}) if removed else Said("nothing")


def forget_tryouts(session: Session, runtime: Runtime) -> Said:
    """Remove try-outs that are past their day: they hold what was asked and answered."""
    del runtime
    with writing(session):
        gone = delete(TryOut).where(tryouts.is_past())
        result = session.execute(gone, execution_options={"synchronize_session": False})
    removed = result.rowcount  # type: ignore[attr-defined]  # a DELETE counts its rows
    return Said("removed", {"rows": str(removed)}) if removed else Said("nothing")


def forget_texts(session: Session, runtime: Runtime) -> Said:
    """Remove what calls asked and were answered after its days, a few rows at a time."""
    removed = 0
    while not runtime.stopping.is_set() and (more := texts.forget(session)):
        removed += more
    return Said("removed", {"rows": str(removed)}) if removed else Said("nothing")


def absorb_left_behind(session: Session, runtime: Runtime) -> Said:
    """Take in journals of processes that are gone, such as a worker that was replaced."""
    lines = absorbing.absorb_left_behind(session, runtime.settings.journal)
    return Said("absorbed", {"lines": str(lines)}) if lines else Said("nothing")


def _past() -> dict[type[Base], ColumnElement[bool]]:
    now = clock.now()
    return {
        Check: (Check.started_at < now - CHECK_AGE) & _has_newer_checks(),
        SignInAttempt: SignInAttempt.at < now - ATTEMPT_AGE,
        OneTimeLink: OneTimeLink.ends_at < now - DEAD_AGE,
        SignIn: SignIn.ends_at < now - DEAD_AGE,
        OAuthAttempt: OAuthAttempt.ends_at < now - DEAD_AGE,
        ModelChange: ModelChange.at < now - CHANGE_AGE,
        AlertDelivery: AlertDelivery.ended_at < now - DELIVERY_AGE,
        Alert: Alert.resolved_at < now - ALERT_AGE,
    }


def _has_newer_checks() -> ColumnElement[bool]:
    """The last tests of each connection stay, however old."""
    newer = aliased(Check)
    count = select(func.count()).where(
        newer.connection_id == Check.connection_id, newer.started_at > Check.started_at
    )
    return count.correlate(Check).scalar_subquery() >= CHECKS_KEPT
