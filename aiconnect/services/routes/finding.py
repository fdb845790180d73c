"""Routes by id, by name, all of them; those that rest on a connection."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from aiconnect.errors import N_, NotFound
from aiconnect.models import Route, RouteStep
from aiconnect.services import connections


def all(session: Session) -> list[Route]:  # noqa: A001 (read as `routes.all`)
    """Every route with its steps, by name."""
    return list(session.scalars(_rows().order_by(Route.name)))


def get(session: Session, route_id: int) -> Route:
    """The route with this id as it is now; raises NotFound."""
    rows = _rows().where(Route.id == connections.storable_id(route_id))
    found = session.scalar(rows.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(N_("There is no such route."), field="route")
    return found


def by_name(session: Session, name: str) -> Route:
    """The route with this name as it is now; raises NotFound."""
    rows = _rows().where(Route.name == name.strip().replace("\0", ""))
    found = session.scalar(rows.execution_options(populate_existing=True))
    if found is None:
        sentence = N_("There is no route named %(name)s.")
        raise NotFound(sentence, field="route", name=name.strip())
    return found


def resting_on(session: Session, connection_id: int) -> list[str]:
    """The names of the routes with a step of this connection."""
    steps = select(RouteStep.route_id).where(RouteStep.connection_id == connection_id)
    return list(session.scalars(select(Route.name).where(Route.id.in_(steps)).order_by(Route.name)))


def _rows() -> Select[Route]:
    return select(Route).options(selectinload(Route.steps).joinedload(RouteStep.connection))
