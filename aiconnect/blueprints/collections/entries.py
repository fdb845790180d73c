"""The models of a collection: put in, moved, given settings, taken out."""

from __future__ import annotations

from flask import abort, flash, request
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.collections.forms import AddForm, SettingsForm, filled
from aiconnect.blueprints.collections.views import AT_ONCE, Page, back, bp, own, page
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.sentences import _, told
from aiconnect.errors import NotFound, Refused
from aiconnect.extensions import db
from aiconnect.models.route import CollectionModel
from aiconnect.services import choosing, collections
from aiconnect.services.collections import Reordered, Wish


@bp.route("/collections/<int:collection_id>/models", methods=["GET", "POST"])
def add_models(collection_id: int) -> Page:
    """Put models in: written one per line, or chosen in the list as fields named `model`."""
    found = own(collection_id)
    chosen = request.values.getlist("model")
    if request.method == "GET" and not chosen:  # back from the list with none
        return back(collection_id)
    form = AddForm(data={"models": "\n".join(chosen)})
    if chosen and not form.models.data:
        form.models.data = "\n".join(chosen)
    if form.validate_on_submit():
        try:
            return _put(collection_id, form)
        except Refused as error:
            form.refuse(_beside_models(error))
    return page(found, form)


@bp.post("/collections/<int:collection_id>/order")
def order(collection_id: int) -> Response:
    """Move a model in the order as it is now, and say so where somebody has changed it."""
    own(collection_id)
    found = collections.reorder(db.session(), actor(), collection_id, _wish())
    said = _told(found)
    if said:
        flash(said, "warn")
    if found.entry is None:
        return back(collection_id)
    number = (found.entry.position - 1) // AT_ONCE + 1
    values = {"page": number} if number > 1 else {}
    return back(collection_id, **values, _anchor=f"entry-{found.entry.id}")


@bp.post("/collections/<int:collection_id>/take")
def take(collection_id: int) -> Response:
    """Take a model out."""
    own(collection_id)
    try:
        one = collections.take(
            db.session(), actor(), collection_id, _number(request.form.get("remove"))
        )
        flash(_("%(model)s is not in the collection any more.", model=one.model_id))
    except NotFound as error:
        flash(told(error), "warn")
    return back(collection_id)


@bp.route("/collections/<int:collection_id>/models/<int:entry_id>", methods=["GET", "POST"])
def settings(collection_id: int, entry_id: int) -> Page:
    """What the collection sets for a model, and a note."""
    found = own(collection_id)
    one = next((one for one in found.models if one.id == entry_id), None)
    if one is None:
        abort(404)
    form = SettingsForm(data={**filled(one.note, one.parameters), "seen": collections.mark(one)})
    if form.validate_on_submit():
        try:
            return _settle(one, form)
        except Refused as error:
            form.refuse(error)
            form.seen.data = collections.mark(one)  # who saves once more has been told
    return form_page("collections/settings.html", form, collection=found, entry=one)


def _put(collection_id: int, form: AddForm) -> Response:
    added = collections.put(
        db.session(), actor(), collection_id, form.names, position=form.position
    )
    if added:
        choosing.remember(db.session(), person().id, "collection", added[-1])
        flash(_("Added: %(models)s", models=", ".join(added)))
    else:
        flash(_("Nothing to add: all of them are in it."), "warn")
    return back(collection_id)


def _settle(one: CollectionModel, form: SettingsForm) -> Response:
    collection_id = one.collection_id
    collections.settle(
        db.session(),
        actor(),
        collection_id,
        one.id,
        wanted=form.wanted,
        note=form.note.data or "",
        seen=form.seen.data or None,
    )
    return back(collection_id, _anchor=f"entry-{one.id}")


def _wish() -> Wish:
    """What the buttons of a row say, or the form that names a model and a place."""
    form, version = request.form, _number(request.form.get("version"))
    for way in ("up", "down"):
        if way in form:
            entry, _dot, place = form[way].partition(".")
            return Wish(_number(entry), way, version, _number(place) or None)
    return Wish(_number(form.get("entry")), max(_number(form.get("to")), 1), version)


def _told(found: Reordered) -> str:
    """What whoever moves a model must know of what another has done meanwhile; "": nothing."""
    facts = {"who": found.changed_by or _("Somebody")}
    if found.changed_by == actor().name:
        facts["who"] = _("You, in another window,")
    if found.entry is None:
        return _("%(who)s took that model out a moment ago. Here is the present order.", **facts)
    if not found.changed_by:
        return ""
    if found.moved:
        return _(
            "%(who)s changed this collection a moment ago. "
            "Your move was made in the present order, which is here.",
            **facts,
        )
    return _(
        "%(who)s changed this collection a moment ago. "
        "Here is the present order, in which there was nothing left to move.",
        **facts,
    )


def _beside_models(error: Refused) -> Refused:
    """What is wrong with a model belongs to the field of many."""
    return Refused(error.sentence, field="models", **error.facts)


def _number(typed: str | None) -> int:
    """A number of a form, 0 where it is none."""
    is_number = typed is not None and typed.isascii() and typed.isdecimal() and len(typed) < 11
    return int(typed or 0) if is_number else 0
