"""Which models of a connection are on: chosen ones, or all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    """Switch the chosen models, or all, off or on; then back to the same page of the list."""
    wanted, narrowed = request.form.get("do", ""), Narrowed.asked()
    if wanted not in SAYS:
        abort(400)
    flash(SAYS[wanted](_switched(connection_id, wanted, request.form.getlist("model"))))
    page = narrowed.number if narrowed.number > 1 else None
    here = url_for(".show", connection_id=connection_id, page=page, **narrowed.query)
    return redirect(f"{here}#models", 303)


def _switched(connection_id: int, wanted: str, chosen: list[str]) -> int:
    """Do it; gives how many models were changed."""
    session, asking = db.session(), actor()
    if wanted == "hide":
        return catalog.hide(session, asking, connection_id, chosen)
    if wanted == "show":
        return catalog.show(session, asking, connection_id, chosen)
    if wanted == "hide_all":
        return catalog.hide_all(session, asking, connection_id)
    return catalog.show_all(session, asking, connection_id)


def _off(count: int) -> str:
    if not count:
        return _("Nothing was changed: choose models that are on.")
    words = ngettext(
        "%(num)s model is off. Programs can no longer call it here.",
        "%(num)s models are off. Programs can no longer call them here.",
        count,
    )
    return str(words)


def _on(count: int) -> str:
    if not count:
        return _("Nothing was changed: choose models that are off.")
    return str(ngettext("%(num)s model is on.", "%(num)s models are on.", count))


SAYS: Mapping[str, Callable[[int], str]] = {
    "hide": _off,
    "show": _on,
    "hide_all": _off,
    "show_all": _on,
}
"""What a button asks for, and what is said when it is done."""
