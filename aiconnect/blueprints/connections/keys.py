"""The key of a connection: its life, a new one with overlap, its account; what rests on it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.connecting import note_remark
from aiconnect.blueprints.connections.forms import KeyForm
from aiconnect.blueprints.connections.views import Page, back, bp
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.showing import worded
from aiconnect.errors import Refused
from aiconnect.extensions import db, parts
from aiconnect.models import Connection
from aiconnect.providers.oauth import OAUTHS
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import connections, key_changes, lives, provider_accounts
from aiconnect.services.connections import left_keys

bp.add_app_template_global(provider_accounts.of, "account_of")
bp.add_app_template_global(provider_accounts.tells, "tells_account")
bp.add_app_template_global(left_keys.left, "left_keys")


@bp.route("/connections/<int:connection_id>/key", methods=["GET", "POST"])
def key(connection_id: int) -> Page:
    """The key in use and its life; a new one is tested before it takes its place."""
    connection, row = _own(connection_id)
    if not row.has("api_key"):
        abort(404)
    form = KeyForm.of(row)
    form.lead_to(row)
    if form.validate_on_submit():
        try:
            return _offer(connection, row, form.secret or Secret(""))
        except Refused as error:
            form.refuse(error)
    return form_page("connections/key.html", form, **_shown(connection, row))


@bp.post("/connections/<int:connection_id>/key/test")
def try_key(connection_id: int) -> Response:
    """Test the key that waits once more."""
    _own(connection_id)
    return _try_out(connection_id)


@bp.post("/connections/<int:connection_id>/key/switch")
def switch_key(connection_id: int) -> Response:
    """Use the key that waits, whatever its test has found."""
    key_changes.switch(db.session(), actor(), connection_id, rows=parts().rows, vault=parts().vault)
    flash(_("The new key is in place. Test the connection to see that it works."))
    return back(connection_id)


@bp.post("/connections/<int:connection_id>/key/drop")
def drop_key(connection_id: int) -> Response:
    """Forget the key that waits."""
    key_changes.drop(db.session(), actor(), connection_id)
    flash(_("The new key is forgotten. The one in use stays."))
    return _key_page(connection_id)


@bp.post("/connections/<int:connection_id>/key/left/<int:left_id>")
def dismiss_key(connection_id: int, left_id: int) -> Response:
    """Stop reminding of a replaced key."""
    key_changes.dismiss(db.session(), actor(), connection_id, left_id)
    flash(_("Done. This key is not mentioned any more."))
    return back(connection_id)


@bp.route("/connections/<int:connection_id>/disconnect", methods=["GET", "POST"])
def disconnect(connection_id: int) -> Page:
    """Say what forgetting the key means; forget it on the button."""
    connection, row = _own(connection_id)
    if connection.key is None:
        return back(connection_id)
    if request.method == "GET":
        url = _key_url(connection, row)
        return render_template(
            "connections/disconnect.html", connection=connection, row=row, key_url=url
        )
    key_changes.disconnect(
        db.session(), actor(), connection_id, rows=parts().rows, vault=parts().vault
    )
    flash(_("The key of %(name)s is forgotten here.", name=connection.name))
    return back(connection_id)


@bp.get("/connections/<int:connection_id>/account")
def account(connection_id: int) -> str:
    """What the provider said about the account behind the key, and when."""
    connection = connections.seen(db.session(), actor(), connection_id)
    row = connections.row_of(parts().rows, connection.provider)
    if connections.access(actor(), connection) is not connections.Access.FULL:
        abort(404)
    return render_template(
        "connections/account.html",
        connection=connection,
        row=row,
        account=provider_accounts.of(connection),
        tells=provider_accounts.tells(row),
        key_url=_key_url(connection, row),
        offers_sign_in=row.slug in OAUTHS,
    )


@bp.post("/connections/<int:connection_id>/account")
def ask_account(connection_id: int) -> Response:
    """Ask the provider."""
    finding = provider_accounts.fetch(
        db.session(),
        actor(),
        connection_id,
        client=parts().client,
        rows=parts().rows,
        vault=parts().vault,
    )
    if finding is not None:
        words = worded(finding.code, finding.facts)
        flash(_("The account was not read. %(why)s.", why=words.title), "warn")
    return redirect(url_for(".account", connection_id=connection_id), 303)


@bp.route("/connections/<int:connection_id>/remove", methods=["GET", "POST"])
def remove(connection_id: int) -> Page:
    """Say what rests on it; remove it on the button."""
    session, asking = db.session(), actor()
    connection = connections.seen(session, asking, connection_id)
    if request.method == "POST":
        connections.remove(session, asking, connection_id)
        name = connection.name
        flash(_("%(name)s is removed. What it was used for stays in the usage.", name=name))
        return redirect(url_for(".index"), 303)
    sees_all = connections.access(asking, connection) is connections.Access.FULL
    row = parts().rows.get(connection.provider)
    return render_template(
        "connections/remove.html",
        connection=connection,
        row=row,
        owner=connections.owners(session).get(connection.owner_id or 0),
        impact=lives.impact(session, actor(), connection) if sees_all else None,
        key_url=_key_url(connection, row) if sees_all else "",
    )


def _offer(connection: Connection, row: Provider, secret: Secret) -> Response:
    had_key = connection.key is not None
    key_changes.offer(
        db.session(), actor(), connection.id, secret, rows=parts().rows, vault=parts().vault
    )
    note_remark(row, secret)
    if had_key:
        return _try_out(connection.id)
    flash(_("The key is in place. Test the connection to see that it works."))
    return back(connection.id)


def _try_out(connection_id: int) -> Response:
    try:
        tried = key_changes.try_out(
            db.session(),
            actor(),
            connection_id,
            client=parts().client,
            rows=parts().rows,
            vault=parts().vault,
        )
    except Refused as error:  # somebody else has decided meanwhile
        flash(_(error.sentence, **error.facts), "warn")
        return _key_page(connection_id)
    if not tried.is_in_place:
        return _key_page(connection_id)
    flash(_("The new key works and is in place. Calls use it from now on."))
    return back(connection_id)


def _shown(connection: Connection, row: Provider) -> dict[str, Any]:
    waiting = key_changes.waiting(connection)
    found = waiting.finding if waiting else None
    return {
        "connection": connection,
        "row": row,
        "life": lives.of_key(db.session(), connection),
        "key_url": _key_url(connection, row),
        "next_key": waiting,
        "words": worded(found.code, found.facts) if found else None,
        "left": left_keys.left(connection),
        "offers_sign_in": row.slug in OAUTHS,
    }


def _key_url(connection: Connection, row: Provider | None) -> str:
    return left_keys.key_url(connection, row, parts().vault)


def _own(connection_id: int) -> tuple[Connection, Provider]:
    connection = connections.own(db.session(), actor(), connection_id)
    return connection, connections.row_of(parts().rows, connection.provider)


def _key_page(connection_id: int) -> Response:
    return redirect(url_for(".key", connection_id=connection_id), 303)
