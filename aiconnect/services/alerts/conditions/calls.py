"""Calls: how many of a connection's last ones failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from aiconnect.calls import faults
from aiconnect.models import Connection, Outcome, UsageRecord
from aiconnect.services.alerts.conditions.connections import of_team
from aiconnect.services.alerts.signs import Seen, Sight, Sign, Thresholds

SPAN = timedelta(days=1)
"""Calls from longer ago say nothing about now."""

Ended = tuple[str | None, str | None]
"""How a call ended, and the code of its failure."""


def failing(sight: Sight, thresholds: Thresholds) -> Seen:
    """Connections of whose last calls too many failed; well again below half of that share."""
    signs, held = [], set()
    for connection in of_team(sight.session):
        ended = _last(sight, connection, thresholds["calls"])
        failed = sum(_is_failure(*one) for one in ended)
        if len(ended) < thresholds["calls"] or failed * 200 < thresholds["share"] * len(ended):
            continue
        sign = _sign(connection, failed, len(ended))
        held.add(sign.subject)
        if failed * 100 >= thresholds["share"] * len(ended):
            signs.append(sign)
    return Seen(tuple(signs), frozenset(held))


def _last(sight: Sight, connection: Connection, most: int) -> Sequence[Ended]:
    """The last calls that reached the provider, or tried to: what we refuse is not its doing."""
    record = UsageRecord
    rows = (
        select(record.outcome, record.code)
        .where(record.connection_id == connection.id, record.at > sight.now - SPAN)
        .where(record.outcome.in_((Outcome.OK, Outcome.FAILED, Outcome.CUT)))
        .order_by(record.at.desc())
        .limit(most)
    )
    return [(row[0], row[1]) for row in sight.session.execute(rows)]


def _is_failure(outcome: str | None, code: str | None) -> bool:
    return outcome != Outcome.OK and code not in faults.REACHED


def _sign(connection: Connection, failed: int, calls: int) -> Sign:
    facts = {
        "case": "failing", "connection": connection.name, "failed": str(failed),
        "calls": str(calls), "path": f"/connections/{connection.id}",
    }  # fmt: skip
    return Sign(f"connection:{connection.id}", facts)
