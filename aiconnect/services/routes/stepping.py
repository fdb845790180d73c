"""The steps of a route: added, moved, set, taken out."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aiconnect.errors import N_, NotFound, Refused
from aiconnect.models import Route, RouteStep
from aiconnect.services import audit, installation, named, shared
from aiconnect.services.audit import Actor
from aiconnect.services.named import Named
from aiconnect.services.routes.finding import get
from aiconnect.services.shared import name_of
from aiconnect.services.writing import writing

LONGEST_SECONDS, MOST_RETRIES = 3600, 5


def add_step(session: Session, actor: Actor, route_id: int, model: str) -> RouteStep:
    """Try one more model, when all before it have failed."""
    with writing(session):
        shared.check_right(actor)
        route = get(session, route_id)
        step = append(route, named.find(session, model))
        _record(session, actor, route, added=name_of(step))
    return step


def move_step(session: Session, actor: Actor, route_id: int, step_id: int, *, up: bool) -> Route:
    """Try a step one place earlier or later; at the end it stays."""
    with writing(session):
        shared.check_right(actor)
        route = get(session, route_id)
        step = _step(route, step_id)
        shared.place(route.steps, step, route.steps.index(step) + (0 if up else 2))
        _record(session, actor, route, steps=", ".join(map(name_of, route.steps)))
    return route


def change_step(
    session: Session,
    actor: Actor,
    route_id: int,
    step_id: int,
    *,
    first_byte_seconds: int | None,
    retries: int | None,
) -> RouteStep:
    """How long a step may be silent, and how often it is tried again; None for the usual."""
    with writing(session):
        shared.check_right(actor)
        route = get(session, route_id)
        step = _step(route, step_id)
        before = (step.first_byte_seconds, step.retries)
        step.first_byte_seconds, step.retries = _seconds(first_byte_seconds), _retries(retries)
        if before != (step.first_byte_seconds, step.retries):
            facts = {"first_byte_seconds": _told(step.first_byte_seconds)}
            facts["retries"] = _told(step.retries)
            _record(session, actor, route, step=name_of(step), **facts)
    return step


def remove_step(session: Session, actor: Actor, route_id: int, step_id: int) -> Route:
    """Take a step out; the last one stays, for a route without steps leads nowhere."""
    with writing(session):
        shared.check_right(actor)
        route = get(session, route_id)
        step = _step(route, step_id)
        if len(route.steps) == 1:
            raise Refused(N_("A route needs at least one model. Remove the route instead."))
        route.steps.remove(step)
        shared.number(route.steps)
        _record(session, actor, route, removed=name_of(step))
    return route


def append(route: Route, found: Named) -> RouteStep:
    """A step behind the others, within the running unit of work."""
    shared.check_new(route.steps, found)
    step = RouteStep(
        connection=found.connection, model_id=found.model_id, position=len(route.steps) + 1
    )
    route.steps.append(step)
    return step


def _step(route: Route, step_id: int) -> RouteStep:
    found = next((one for one in route.steps if one.id == step_id), None)
    if found is None:
        raise NotFound(N_("There is no such step."))
    return found


def _record(session: Session, actor: Actor, route: Route, **facts: str) -> None:
    audit.record(session, actor, "change.route", route.name, **facts)
    installation.bump_revision(session)


def _seconds(typed: int | None) -> int | None:
    if not typed:
        return None
    if not 1 <= typed <= LONGEST_SECONDS:
        sentence = N_("The wait for the first byte is 1 to 3600 seconds.")
        raise Refused(sentence, field="first_byte_seconds")
    return typed


def _retries(typed: int | None) -> int | None:
    if typed is not None and not 0 <= typed <= MOST_RETRIES:
        sentence = N_("A step is tried again 0 to %(most)s times.")
        raise Refused(sentence, field="retries", most=MOST_RETRIES)
    return typed


def _told(number: int | None) -> str:
    return "usual" if number is None else str(number)
