"""Which models of a connection are on: chosen ones, or all at once."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.connections.views import bp
from aiconnect.blueprints.models.narrowing import Narrowed
from aiconnect.blueprints.sentences import _
from aiconnect.extensions import db
from aiconnect.services import catalog


@bp.post("/connections/<int:connection_id>/models")
def switch(connection_id: int) -> Response:
    """Switch the chosen models on or off, or all of them; then back to the same page of the list."""
    found = _switched(connection_id, request.form.get("do", ""), request.form.getlist("model"))
    narrowed = Narrowed.asked()
    flash(found)
    address = url_for(
        ".show",
        connection_id=connection_id,
        page=narrowed.number if narrowed.number > 1 else None,
        _anchor="models",
        **narrowed.query,
    )
    return redirect(address, 303)


def _switched(connection_id: int, wanted: str, chosen: list[str]) -> str:
    """Do it, and say what was done."""
    session, asking = db.session(), actor()
    if wanted == "hide":
        return _off(catalog.hide(session, asking, connection_id, chosen))
    if wanted == "show":
        return _on(catalog.show(session, asking, connection_id, chosen))
    if wanted == "hide_all":
        return _off(catalog.hide_all(session, asking, connection_id))
    if wanted == "show_all":
        return _on(catalog.show_all(session, asking, connection_id))
    abort(400)


def _off(count: int) -> str:
    if not count:
        return _("Nothing was changed: choose models that are on.")
    return ngettext(
        "%(num)s model is off. Programs can no longer call it here.",
        "%(num)s models are off. Programs can no longer call them here.",
        count,
    )


def _on(count: int) -> str:
    if not count:
        return _("Nothing was changed: choose models that are off.")
    return ngettext("%(num)s model is on.", "%(num)s models are on.", count)
