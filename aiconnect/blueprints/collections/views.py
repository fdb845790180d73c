"""Collections: the list, one with its models, making, naming, copying and removing one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.collections.forms import (
    AddForm,
    CopyForm,
    DescribeForm,
    NewForm,
    PersonalForm,
)
from aiconnect.blueprints.collections.showing import rows, tokens_of
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.paging import Paged
from aiconnect.blueprints.programs import base_url
from aiconnect.blueprints.sentences import _
from aiconnect.errors import Refused
from aiconnect.extensions import db
from aiconnect.models.account import Role
from aiconnect.models.route import Collection
from aiconnect.services import collections

bp = Blueprint("collections", __name__)

Page = tuple[str, int] | Response | str
AT_ONCE = 30
"""Models on a page: each has buttons, and a page stays small for slow lines."""


@bp.get("/collections")
def index() -> str:
    """Every collection that they see, with how many of its models can be called."""
    found = Paged.of(collections.outlines(db.session(), actor()), request.args.get("page"))
    summaries = collections.summaries(db.session(), found.items)
    return render_template("collections/index.html", collections=found, summaries=summaries)


@bp.route("/collections/new", methods=["GET", "POST"])
def new() -> Page:
    """Make one."""
    form = NewForm()
    form.for_role(may_share=may_share())
    if form.validate_on_submit():
        try:
            return _made(form)
        except Refused as error:
            form.refuse(error)
    return form_page("collections/new.html", form, may_share=may_share())


@bp.get("/collections/<int:collection_id>")
def show(collection_id: int) -> Page:
    """One collection, in its order."""
    return page(collections.get(db.session(), actor(), collection_id), AddForm(formdata=None))


@bp.route("/collections/<int:collection_id>/edit", methods=["GET", "POST"])
def edit(collection_id: int) -> Page:
    """Its name, and what it is for."""
    found = own(collection_id)
    form = DescribeForm(data={"name": found.name, "description": found.description})
    if form.validate_on_submit():
        try:
            return _described(found, form)
        except Refused as error:
            form.refuse(error)
    return form_page("collections/edit.html", form, collection=found)


@bp.route("/collections/<int:collection_id>/duplicate", methods=["GET", "POST"])
def duplicate(collection_id: int) -> Page:
    """A copy under another name."""
    found = collections.get(db.session(), actor(), collection_id)
    form = CopyForm(data={"name": collections.of_copy(db.session(), found.name)})
    form.for_role(may_share=may_share())
    if form.validate_on_submit():
        try:
            return _copied(found, form)
        except Refused as error:
            form.refuse(error)
    return form_page("collections/duplicate.html", form, collection=found)


@bp.route("/collections/<int:collection_id>/remove", methods=["GET", "POST"])
def remove(collection_id: int) -> Page:
    """Say what it means; remove it on the button."""
    found = own(collection_id)
    if request.method == "POST":
        collections.remove(db.session(), actor(), collection_id)
        flash(_("%(name)s is removed. Its models stay.", name=found.name))
        return redirect(url_for(".index"), 303)
    return render_template("collections/remove.html", collection=found, tokens=tokens_of(found))


def page(found: Collection, form: AddForm) -> tuple[str, int]:
    """The page of a collection, with the form that adds models."""
    shown = Paged.of(rows(found), request.args.get("page"), AT_ONCE)
    values: dict[str, Any] = {"rows": shown, "tokens": tokens_of(found), "base_url": base_url()}
    may_edit = collections.may_change(actor(), found)
    return form_page("collections/show.html", form, collection=found, may_edit=may_edit, **values)


def own(collection_id: int) -> Collection:
    """The collection, where they may change it."""
    found = collections.get(db.session(), actor(), collection_id)
    if not collections.may_change(actor(), found):
        abort(403)
    return found


def back(collection_id: int, **values: Any) -> Response:
    """To the page of the collection."""
    return redirect(url_for("collections.show", collection_id=collection_id, **values), 303)


def may_share() -> bool:
    """Whether they may make collections for the team."""
    return actor().role.covers(Role.ADMIN)


def owner_of(form: PersonalForm) -> int | None:
    """Whose the collection is that a form makes, None for the team's."""
    return person().id if form.is_personal or not may_share() else None


def _made(form: NewForm) -> Response:
    made = collections.add(
        db.session(),
        actor(),
        form.name.data,
        description=form.description.data or "",
        owner_id=owner_of(form),
        models=form.names,
    )
    return back(made.id)


def _described(found: Collection, form: DescribeForm) -> Response:
    collections.describe(
        db.session(),
        actor(),
        found.id,
        name=form.name.data,
        description=form.description.data or "",
    )
    return back(found.id)


def _copied(found: Collection, form: CopyForm) -> Response:
    made, left = collections.duplicate(
        db.session(), actor(), found.id, form.name.data, owner_id=owner_of(form)
    )
    if left:
        said = ngettext(
            "%(num)s model is of a personal connection and stayed behind: %(names)s",
            "%(num)s models are of personal connections and stayed behind: %(names)s",
            len(left),
            names=", ".join(left),
        )
        flash(said, "warn")
    return back(made.id)
