"""Connections: the list, one of them, what changes it."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.connecting import note_remark
from aiconnect.blueprints.connections.forms import EditForm, KeyForm
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.paging import Paged
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import worded
from aiconnect.errors import Refused
from aiconnect.extensions import db, parts
from aiconnect.models.connection import State
from aiconnect.providers.spec import Family
from aiconnect.secret import Secret
from aiconnect.services import catalog, checks, connections, reports

bp = Blueprint("connections", __name__)

ORDER = (Family.OAUTH, Family.CLOUD, Family.LOCAL, Family.COMPATIBLE)
"""The families, the easiest first."""

Page = tuple[str, int] | Response | str


@bp.get("/connections")
def index() -> str:
    """Every connection in the team's order."""
    month = reports.month(db.session(), by="connection", timezone=parts().settings.timezone)
    return render_template(
        "connections/index.html",
        connections=connections.all(db.session()),
        counts=Counter(model.connection_id for model in catalog.served(db.session())),
        calls={row.key: row.calls for row in month},
    )


@bp.get("/connections/new")
def choose() -> str:
    """Choose who runs the models."""
    rows = parts().rows.values()
    families = [(family, [row for row in rows if row.family is family]) for family in ORDER]
    return render_template(
        "connections/choose.html", families=families, connections=connections.all(db.session())
    )


@bp.get("/connections/<int:connection_id>")
def show(connection_id: int) -> str:
    """One connection: its state, its facts, its models."""
    connection = connections.get(db.session(), connection_id)
    models = catalog.served(db.session(), connection_id)
    return render_template(
        "connections/show.html",
        connection=connection,
        row=parts().rows.get(connection.provider),
        models=Paged.of(models, request.args.get("page")),
        recent=checks.recent(db.session(), connection_id),
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
    return _back(connection_id)


@bp.post("/connections/<int:connection_id>/enable")
def enable(connection_id: int) -> Response:
    """Switch it on."""
    one = connections.enable(db.session(), actor(), connection_id)
    flash(_("%(name)s is on. Calls reach it again.", name=one.name))
    return _back(connection_id)


@bp.post("/connections/<int:connection_id>/disable")
def disable(connection_id: int) -> Response:
    """Switch it off; it keeps its settings."""
    one = connections.disable(db.session(), actor(), connection_id)
    flash(_("%(name)s is off. Nothing calls it from now on.", name=one.name))
    return _back(connection_id)


@bp.post("/connections/<int:connection_id>/address")
def move(connection_id: int) -> Response:
    """Take the address that a test has found to answer."""
    changes = connections.Changes(base_url=request.form.get("url", ""))
    connections.edit(
        db.session(), actor(), connection_id, changes, rows=parts().rows, vault=parts().vault
    )
    flash(_("The address is changed. Test the connection to see that it works."))
    return _back(connection_id)


@bp.route("/connections/<int:connection_id>/edit", methods=["GET", "POST"])
def edit(connection_id: int) -> Page:
    """Change its name, its address, its switches."""
    connection = connections.get(db.session(), connection_id)
    row = parts().rows[connection.provider]
    form = EditForm.of(row, connection, connections.entered_models(db.session(), connection))
    if form.validate_on_submit():
        try:
            _edit(connection_id, form)
        except Refused as error:
            form.refuse(error)
        else:
            return _back(connection_id)
    return form_page("connections/edit.html", form, connection=connection, row=row)


@bp.route("/connections/<int:connection_id>/key", methods=["GET", "POST"])
def key(connection_id: int) -> Page:
    """Put a new key in the place of the old one."""
    connection = connections.get(db.session(), connection_id)
    row = parts().rows[connection.provider]
    form = KeyForm.of(row)
    if form.validate_on_submit():
        secret = form.secret or Secret("")
        try:
            connections.rotate(
                db.session(),
                actor(),
                connection_id,
                secret,
                vault=parts().vault,
                rows=parts().rows,
            )
        except Refused as error:
            form.refuse(error)
        else:
            flash(_("The new key is in place. Test the connection to see that it works."))
            note_remark(row, secret)
            return _back(connection_id)
    return form_page("connections/key.html", form, connection=connection, row=row)


@bp.route("/connections/<int:connection_id>/remove", methods=["GET", "POST"])
def remove(connection_id: int) -> Page:
    """Say what removing it means; remove it on the button."""
    connection = connections.get(db.session(), connection_id)
    if request.method == "POST":
        connections.remove(db.session(), actor(), connection_id)
        flash(
            _("%(name)s is removed. What it was used for stays in the usage.", name=connection.name)
        )
        return redirect(url_for(".index"), 303)
    month = reports.month(db.session(), by="connection", timezone=parts().settings.timezone)
    return render_template(
        "connections/remove.html",
        connection=connection,
        count=len(catalog.served(db.session(), connection_id)),
        calls=sum(row.calls for row in month if row.key == connection.name),
    )


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


def _back(connection_id: int) -> Response:
    return redirect(url_for(".show", connection_id=connection_id), 303)
