"""Where a model is used: the routes that try it, and a person's own calls."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.models import Route, RouteStep, UsageRecord
from aiconnect.services.choosing.lines import Key

SPAN = timedelta(days=31)
SHOWN = 5


def routes_with(session: Session, key: Key) -> dict[int, str]:
    """The name of each route that tries this model, by the route's id."""
    rows = select(Route.id, Route.name).join(RouteStep, RouteStep.route_id == Route.id)
    rows = rows.where(RouteStep.connection_id == key[0], RouteStep.model_id == key[1])
    return dict(session.execute(rows.order_by(Route.name)).all())


def calls_of(session: Session, person_id: int, key: Key) -> list[UsageRecord]:
    """This person's latest settled calls of a model within a month, the newest first."""
    rows = (
        select(UsageRecord)
        .where(UsageRecord.connection_id == key[0], UsageRecord.at >= clock.now() - SPAN)
        .where(UsageRecord.model == key[1], UsageRecord.person_id == person_id)
        .where(UsageRecord.outcome.is_not(None))
    )
    return list(session.scalars(rows.order_by(UsageRecord.at.desc()).limit(SHOWN)))
