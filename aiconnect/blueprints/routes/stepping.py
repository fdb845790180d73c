"""The steps of a route: added, moved, set, taken out."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.routes.forms import AddForm, StepForm, number
from aiconnect.blueprints.routes.views import Page, back, bp, page
from aiconnect.blueprints.sentences import told
from aiconnect.errors import NotFound, Refused
from aiconnect.extensions import db
from aiconnect.models.route import Route, RouteStep
from aiconnect.services import choosing, routes


@bp.post("/routes/<int:route_id>/steps")
def add_step(route_id: int) -> Page:
    """Try one more model, when all before it have failed."""
    route, form = routes.get(db.session(), route_id), AddForm()
    if form.validate_on_submit():
        try:
            routes.add_step(db.session(), actor(), route_id, form.model.data)
            choosing.remember(db.session(), person().id, "route", form.model.data)
            return back(route_id)
        except Refused as error:
            form.refuse(error)
    return page(route, form)


@bp.route("/routes/<int:route_id>/steps/<int:step_id>", methods=["GET", "POST"])
def step(route_id: int, step_id: int) -> Page:
    """How long a step may be silent, and how often it is tried again."""
    route, one = _step(route_id, step_id)
    form = StepForm(data=_filled(one))
    if form.validate_on_submit():
        try:
            _set(route_id, step_id, form)
            return back(route_id)
        except Refused as error:
            form.refuse(error)
    return form_page("routes/step.html", form, route=route, step=one)


@bp.post("/routes/<int:route_id>/steps/<int:step_id>/order")
def order(route_id: int, step_id: int) -> Response:
    """Try it one place earlier or later."""
    is_up = request.form.get("to") == "up"
    routes.move_step(db.session(), actor(), route_id, step_id, up=is_up)
    return redirect(url_for(".show", route_id=route_id, _anchor=f"s-{step_id}"), 303)


@bp.post("/routes/<int:route_id>/steps/<int:step_id>/remove")
def drop_step(route_id: int, step_id: int) -> Response:
    """Take it out; the last one stays."""
    try:
        routes.remove_step(db.session(), actor(), route_id, step_id)
    except NotFound:
        raise
    except Refused as error:
        flash(told(error), "warn")
    return back(route_id)


def _step(route_id: int, step_id: int) -> tuple[Route, RouteStep]:
    route = routes.get(db.session(), route_id)
    found = next((one for one in route.steps if one.id == step_id), None)
    if found is None:
        abort(404)
    return route, found


def _filled(one: RouteStep) -> dict[str, str]:
    return {
        "first_byte_seconds": str(one.first_byte_seconds or ""),
        "retries": "" if one.retries is None else str(one.retries),
    }


def _set(route_id: int, step_id: int, form: StepForm) -> None:
    routes.change_step(
        db.session(),
        actor(),
        route_id,
        step_id,
        first_byte_seconds=number(form.first_byte_seconds.data),
        retries=number(form.retries.data),
    )
