"""One connection, and what changes it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.connections.forms import EditForm
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.models.narrowing import STATES, Narrowed
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import worded
from aiconnect.errors import Refused
from aiconnect.extensions import db, parts
from aiconnect.models.connection import State
from aiconnect.services import catalog, checks, connections, speed

bp = Blueprint("connections", __name__)

Page = tuple[str, int] | Response | str


@bp.get("/connections/<int:connection_id>")
def show(connection_id: int) -> str:
    """One connection: its state, its facts, its models; of somebody else's only the outline."""
    session, asking = db.session(), actor()
    connection = connections.seen(session, asking, connection_id)
    values: dict[str, Any] = {
        "connection": connection,
        "row": parts().rows.get(connection.provider),
        "owner": connections.owners(session).get(connection.owner_id or 0),
    }
    if connections.access(asking, connection) is not connections.Access.FULL:
        return render_template("connections/outline.html", **values)
    narrowed = Narrowed.asked(connection)
    count = catalog.counts(session, asking, connection_id).get(connection_id)
    return render_template(
        "connections/show.html",
        narrowed=narrowed,
        models=narrowed.page(),
        states=STATES,
        kinds=catalog.kinds(session, asking, connection_id),
        served=count.served if count else 0,
        usable=count.available if count else 0,
        speeds=speed.speeds(session, connection_id),
        changes=catalog.changes(session, asking, connection_id, limit=5),
        recent=checks.recent(session, connection_id),
        **values,
    )


@bp.post("/connections/<int:connection_id>/refresh")
def refresh(connection_id: int) -> Response:
    """Read the provider's list of models again."""
    found = catalog.refresh(
        db.session(),
        actor(),
        connection_id,
        client=parts().client,
        rows=parts().rows,
        vault=parts().vault,
    )
    flash(*_told(found))
    return back(connection_id)


@bp.post("/connections/<int:connection_id>/enable")
def enable(connection_id: int) -> Response:
    """Switch it on."""
    one = connections.enable(db.session(), actor(), connection_id)
    flash(_("%(name)s is on. Calls reach it again.", name=one.name))
    return back(connection_id)


@bp.post("/connections/<int:connection_id>/disable")
def disable(connection_id: int) -> Response:
    """Switch it off; it keeps its settings."""
    one = connections.disable(db.session(), actor(), connection_id)
    flash(_("%(name)s is off. Nothing calls it from now on.", name=one.name))
    return back(connection_id)


@bp.route("/connections/<int:connection_id>/edit", methods=["GET", "POST"])
def edit(connection_id: int) -> Page:
    """Change its name, its address, its switches."""
    connection = connections.own(db.session(), actor(), connection_id)
    row = connections.row_of(parts().rows, connection.provider)
    form = EditForm.of(row, connection, connections.entered_models(db.session(), connection))
    if form.validate_on_submit():
        try:
            _edit(connection_id, form)
        except Refused as error:
            form.refuse(error)
        else:
            return back(connection_id)
    return form_page("connections/edit.html", form, connection=connection, row=row)


def back(connection_id: int) -> Response:
    """To the page of the connection."""
    return redirect(url_for("connections.show", connection_id=connection_id), 303)


def _edit(connection_id: int, form: EditForm) -> None:
    changes = form.changes()
    saved = connections.edit(
        db.session(), actor(), connection_id, changes, rows=parts().rows, vault=parts().vault
    )
    is_new = saved.state == State.UNTESTED  # a new address or key; a new name needs no test
    flash(_("Saved. Test the connection to see that it works.") if is_new else _("Saved."))


def _told(found: catalog.Refresh) -> tuple[str, str]:
    if found.finding is not None:
        words = worded(found.finding.code, found.finding.facts)
        return _("The list was not read. %(why)s.", why=words.title), "warn"
    return ngettext(
        "%(num)s model found; new: %(added)s, no longer listed: %(gone)s.",
        "%(num)s models found; new: %(added)s, no longer listed: %(gone)s.",
        found.found,
        added=found.added,
        gone=found.gone,
    ), "message"
