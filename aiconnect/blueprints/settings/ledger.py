"""How long single calls are kept, and how large the ledger is."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import StringField

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.forms import PLAIN_TEXT, Form, form_page
from aiconnect.blueprints.sentences import _
from aiconnect.errors import N_, Refused
from aiconnect.extensions import db
from aiconnect.services import retention, sizes

bp = Blueprint("ledger", __name__)

LOOK = {**PLAIN_TEXT, "class": "w-10", "inputmode": "numeric"}


class RetentionForm(Form):
    """Days; what they may be, the service says."""

    value = StringField(
        N_("Days that single calls are kept"),
        description=N_("180 is usual, 0 is for ever. What they add up to stays in any case."),
        render_kw=LOOK,
    )


@bp.route("/settings/retention-days", methods=["GET", "POST"])
def keep() -> tuple[str, int] | Response:
    """Set for how long."""
    form = RetentionForm(data={"value": str(retention.read(db.session()))})
    if form.validate_on_submit():
        try:
            retention.put(db.session(), actor(), form.value.data or "")
        except Refused as error:
            form.refuse(error)
        else:
            flash(_("Saved. Calls that are past it go within the hour."))
            return redirect(url_for(".show"), 303)
    return form_page("settings/keep.html", form)


@bp.get("/settings/ledger")
def show() -> str:
    """The size of the database and of what the ledger has in it."""
    days, size = retention.read(db.session()), sizes.read(db.session())
    is_file = db.engine.dialect.name == "sqlite"
    return render_template("settings/ledger.html", days=days, size=size, is_file=is_file)
