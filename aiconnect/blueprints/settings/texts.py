"""Whether what calls ask and are answered is kept: what that means, and the switch."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.forms import Form, form_page
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_, Refused
from aiconnect.extensions import db
from aiconnect.services import texts

bp = Blueprint("texts", __name__)


class TextsForm(Form):
    """The one box before it is switched on."""

    told = BooleanField(
        N_("Everybody who uses this server knows, or will be told before they go on")
    )


@bp.route("/settings/texts", methods=["GET", "POST"])
def setting() -> tuple[str, int] | Response:
    """What is kept then; with the box ticked it is switched on."""
    form = TextsForm()
    if form.validate_on_submit():
        try:
            texts.put(db.session(), actor(), texts.ON, is_told=bool(form.told.data))
        except Refused as error:
            form.refuse(error)
        else:
            flash(_("What calls ask and are answered is kept from now on."))
            return redirect(url_for(".setting"), 303)
    return form_page("settings/texts.html", form)


@bp.post("/settings/texts/off")
def off() -> Response:
    """Off, and everything that is kept goes."""
    texts.put(db.session(), actor(), texts.OFF)
    flash(_("Switched off. What was kept is removed."))
    return redirect(url_for(".setting"), 303)


@bp.app_template_global()
def texts_are_kept() -> bool:
    """Whether it is on; asked once for a page."""
    if "texts" not in g:
        g.texts = texts.is_on(db.session())
    return bool(g.texts)
