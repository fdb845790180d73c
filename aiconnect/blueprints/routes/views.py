"""Routes: the list, one with its steps and what becomes of each, making and removing one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints import beside, pauses
from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.models import sending
from aiconnect.blueprints.paging import Paged
from aiconnect.blueprints.programs import base_url
from aiconnect.blueprints.routes.forms import AddForm, BoundsForm, RouteForm, number
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import Shown, state_of
from aiconnect.errors import NotFound, Refused
from aiconnect.extensions import db
from aiconnect.models.route import Route, RouteStep
from aiconnect.services import catalog, choosing, routes
from aiconnect.services.shared import name_of

bp = Blueprint("routes", __name__)

Page = tuple[str, int] | Response | str


@dataclass(frozen=True, slots=True)
class Line:
    """A step as the page shows it: its place among those tried, or None; how it stands."""

    step: RouteStep
    number: int | None
    shown: Shown
    is_first: bool
    is_last: bool


@bp.get("/routes")
def index() -> str:
    """Every route with its models in order."""
    found = Paged.of(routes.all(db.session()), request.args.get("page"))
    return render_template("routes/index.html", routes=found, name_of=name_of)


@bp.route("/routes/new", methods=["GET", "POST"])
def new() -> Page:
    """Make one."""
    form = RouteForm(data=_filled())
    if sending.is_sent():
        typed = {"name": form.name.data, "total_seconds": form.total_seconds.data}
        return sending.to_the_list("route", ".new", {**typed, "model": form.models})
    if form.validate_on_submit():
        try:
            return _made(form)
        except Refused as error:
            form.refuse(error)
    return form_page("routes/new.html", form, models=models())


@bp.get("/routes/<int:route_id>")
def show(route_id: int) -> Page:
    """One route: its steps, and what a call of now would try."""
    form = AddForm(data={"model": request.args.get("model", "")})
    return page(routes.get(db.session(), route_id), form)


@bp.route("/routes/<int:route_id>/edit", methods=["GET", "POST"])
def edit(route_id: int) -> Page:
    """How long all tries of a call may take."""
    route = routes.get(db.session(), route_id)
    form = BoundsForm(data={"total_seconds": str(route.total_seconds or "")})
    if form.validate_on_submit():
        try:
            seconds = number(form.total_seconds.data)
            routes.change(db.session(), actor(), route_id, total_seconds=seconds)
            return back(route_id)
        except Refused as error:
            form.refuse(error)
    return form_page("routes/edit.html", form, route=route)


@bp.route("/routes/<int:route_id>/remove", methods=["GET", "POST"])
def remove(route_id: int) -> Page:
    """Say what it means; remove it on the button."""
    route = routes.get(db.session(), route_id)
    if request.method == "POST":
        routes.remove(db.session(), actor(), route_id)
        flash(_("%(name)s is removed. Its models stay.", name=route.name))
        return redirect(url_for(".index"), 303)
    return render_template("routes/remove.html", route=route)


def page(route: Route, form: AddForm) -> tuple[str, int]:
    """The page of a route, with the form that adds a step."""
    values: dict[str, Any] = {"lines": lines(route), "models": models(), "base_url": base_url()}
    return form_page("routes/show.html", form, route=route, **values)


def back(route_id: int) -> Response:
    """To the page of the route."""
    return redirect(url_for("routes.show", route_id=route_id), 303)


def lines(route: Route) -> list[Line]:
    """Its steps, each with what the next call makes of it."""
    told = {one.name: one for one in _explained(route)}
    last = len(route.steps)
    return [
        _line(step, told.get(name_of(step)), place, last)
        for place, step in enumerate(route.steps, 1)
    ]


def models() -> list[str]:
    """A page of names to choose from."""
    found = catalog.page(db.session(), actor(), kind="chat", state="available").items
    team = (one for one in found if one.connection.owner_id is None)
    return [f"{one.connection.name}/{one.model_id}" for one in team]


def _filled() -> dict[str, str]:
    """What the page's address says, or the model that this person chose last for a route."""
    ask = request.args.get
    last = choosing.last_shared(db.session(), person().id, "route")
    models = sending.chosen() or last
    return {"name": ask("name", ""), "model": models, "total_seconds": ask("total_seconds", "")}


def _made(form: RouteForm) -> Response:
    said = routes.remark(db.session(), form.name.data, translate=_)
    made = routes.add(
        db.session(),
        actor(),
        form.name.data,
        form.models,
        total_seconds=number(form.total_seconds.data),
    )
    choosing.remember(db.session(), person().id, "route", name_of(made.steps[0]))
    if said:
        flash(said, "warn")
    return back(made.id)


def _explained(route: Route) -> tuple[routes.Line, ...]:
    try:
        return routes.explain(db.session(), beside.picture(), route.name).lines
    except NotFound:  # removed meanwhile, or left without steps
        return ()


def _line(step: RouteStep, told: routes.Line | None, place: int, last: int) -> Line:
    paused = pauses.pause_of(step.connection_id, step.model_id)
    if told is None or told.why:
        why = told.why if told else "not_served"
        shown = Shown("off", _("Not tried. %(why)s", why=_(routes.WHYS[why])))
    else:
        shown = paused or state_of(step.connection)
    return Line(step, told.number if told else None, shown, place == 1, place == last)
