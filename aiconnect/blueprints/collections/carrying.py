"""Collections as JSON: out of this installation, and into it."""

from __future__ import annotations

import json
from typing import Any

from flask import Response as Answer
from flask import redirect, render_template, request, url_for

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.collections.forms import ImportForm
from aiconnect.blueprints.collections.views import Page, bp, may_share, owner_of
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.sentences import told
from aiconnect.errors import Refused
from aiconnect.extensions import db
from aiconnect.services import collections


@bp.url_value_preprocessor
def _take_a_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """This form may be larger than others; it must be known before anything reads it."""
    if endpoint == "collections.bring" and request.method == "POST":
        request.max_content_length = 2 * collections.LARGEST
        request.max_form_memory_size = 2 * collections.LARGEST


@bp.get("/collections/<int:collection_id>/export")
def export(collection_id: int) -> Answer:
    """The collection as a file."""
    carried = collections.export(db.session(), actor(), collection_id)
    answer = Answer(json.dumps(carried, indent=2) + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{carried["name"]}.json"'
    return answer


@bp.route("/collections/import", methods=["GET", "POST"])
def bring() -> Page:
    """Make a collection from such a file; say what could not come along."""
    form = ImportForm()
    form.for_role(may_share=may_share())
    if form.validate_on_submit():
        try:
            return _brought(form)
        except Refused as error:
            form.refuse(error)
    return form_page("collections/import.html", form, may_share=may_share())


def _brought(form: ImportForm) -> Page:
    carried = collections.read(form.raw)
    found = collections.bring(
        db.session(), actor(), carried, name=form.name.data or "", owner_id=owner_of(form)
    )
    if not found.left_out:
        return redirect(url_for(".show", collection_id=found.collection.id), 303)
    left = [(name, told(error)) for name, error in found.left_out]
    return render_template("collections/brought.html", brought=found, left=left)
