"""How soon connections have answered lately, from the calls that went through them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Outcome, UsageRecord

SPAN = timedelta(hours=24)


def first_words(session: Session, connection_ids: Collection[int]) -> dict[int, int]:
    """Mean milliseconds to the first word of each connection's good calls.

    Only streams tell when that came. Those without one within a day are left out.
    """
    waited = func.avg(UsageRecord.first_token_ms)
    rows = (
        select(UsageRecord.connection_id, waited)
        .where(UsageRecord.at >= clock.now() - SPAN, UsageRecord.outcome == Outcome.OK)
        .where(UsageRecord.connection_id.in_(connection_ids))
        .group_by(UsageRecord.connection_id)
    )
    return {found: round(ms) for found, ms in session.execute(rows) if ms is not None}
