"""Routes added, removed, and how long their calls may take in all."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from aiconnect import clock
from aiconnect.errors import N_, Refused
from aiconnect.models import Route
from aiconnect.services import audit, installation, named, shared
from aiconnect.services.audit import Actor
from aiconnect.services.routes import naming, stepping
from aiconnect.services.routes.finding import get
from aiconnect.services.writing import writing

LONGEST_SECONDS = 3600


def add(
    session: Session,
    actor: Actor,
    name: str,
    models: Sequence[str],
    *,
    total_seconds: int | None = None,
) -> Route:
    """A new route through these models, each as `connection/id` or an id alone."""
    with writing(session):
        shared.check_right(actor)
        route = Route(
            name=naming.check(session, name),
            total_seconds=_seconds(total_seconds),
            made_at=clock.now(),
            made_by=actor.name,
            steps=[],
        )
        if not models:
            raise Refused(N_("A route needs at least one model."), field="model")
        for model in models:
            stepping.append(route, named.find(session, model))
        session.add(route)
        facts = {"steps": ", ".join(map(shared.name_of, route.steps))}
        audit.record(session, actor, "add.route", route.name, **facts)
        installation.bump_revision(session)
    return route


def change(session: Session, actor: Actor, route_id: int, *, total_seconds: int | None) -> Route:
    """Bound all tries of a call together; None for the server's own limit."""
    with writing(session):
        shared.check_right(actor)
        route, seconds = get(session, route_id), _seconds(total_seconds)
        if seconds != route.total_seconds:
            route.total_seconds = seconds
            facts = {"total_seconds": str(seconds or "usual")}
            audit.record(session, actor, "change.route", route.name, **facts)
            installation.bump_revision(session)
    return route


def remove(session: Session, actor: Actor, route_id: int) -> Route:
    """Remove it; programs that ask for its name get what else has that name, or 404."""
    with writing(session):
        shared.check_right(actor)
        route = get(session, route_id)
        session.delete(route)
        audit.record(session, actor, "remove.route", route.name)
        installation.bump_revision(session)
    return route


def _seconds(typed: int | None) -> int | None:
    if not typed:
        return None
    if not 1 <= typed <= LONGEST_SECONDS:
        sentence = N_("All tries of a call together take 1 to %(most)s seconds.")
        raise Refused(sentence, field="total_seconds", most=LONGEST_SECONDS)
    return typed
