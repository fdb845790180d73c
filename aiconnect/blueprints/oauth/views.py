"""Connecting by signing in at a provider: begun here, out by a plain link, back, and the end.

`form-action 'self'` forbids a form whose answer leads to another site, so the form leads to a
page of ours with a link.
"""

from __future__ import annotations

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor, signed_in
from aiconnect.blueprints.connecting import must_be_personal
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.oauth import ways
from aiconnect.blueprints.oauth.forms import CodeForm, WishForm
from aiconnect.blueprints.oauth.wording import end_of
from aiconnect.blueprints.sentences import _
from aiconnect.errors import Refused
from aiconnect.extensions import db, parts
from aiconnect.models import OAuthAttempt
from aiconnect.providers.oauth import OAUTHS
from aiconnect.providers.spec import Provider
from aiconnect.secret import Secret
from aiconnect.services import connections, oauth
from aiconnect.services.oauth import Answer, Stage, Wish

bp = Blueprint("oauth", __name__)

Page = tuple[str, int] | Response | str


@bp.route("/oauth/<provider>", methods=["GET", "POST"])
def new(provider: str) -> Page:
    """Say what will happen, and begin."""
    row = _row(provider)
    form = WishForm.of(row, must_be_personal=must_be_personal())
    if form.validate_on_submit():
        is_personal = must_be_personal() or bool(form.value("personal"))
        try:
            return _begin(Wish(provider, form.value("name") or "", is_personal=is_personal))
        except Refused as error:
            form.refuse(error)
    return form_page("oauth/new.html", form, row=row, is_personal=must_be_personal())


@bp.post("/connections/<int:connection_id>/reconnect")
def reconnect(connection_id: int) -> Response:
    """Begin to connect an existing connection anew."""
    connection = connections.own(db.session(), actor(), connection_id)
    _row(connection.provider)
    return _begin(Wish(connection.provider, connection.name, connection_id=connection.id))


@bp.route("/oauth/<provider>/attempts/<attempt_id>", methods=["GET", "POST"])
def attempt(provider: str, attempt_id: str) -> Page:
    """The way out; where a code is pasted, its field; in the end, how it went."""
    row, one = _row(provider), oauth.get(db.session(), _sign_in_id(), attempt_id)
    if oauth.stage_of(one) is not Stage.OPEN:
        if request.method == "POST":
            flash(_("This attempt was used already, or is over: a code works once."), "warn")
            return _to(one)
        return _ended(one, row)
    form = CodeForm()
    if one.mode == oauth.PASTE and form.validate_on_submit():
        try:
            return _finish(one, oauth.pasted(form.code.data or ""))
        except Refused as error:
            form.refuse(error)
    url = oauth.way_out(one, rows=parts().rows, vault=parts().vault)
    return form_page("oauth/attempt.html", form, row=row, attempt=one, way_out=url)


@bp.get("/oauth/<provider>/back/<secret>")
def back(provider: str, secret: str) -> Response:
    """Where the provider leads back to: whatever happens, on to an address without the code."""
    _row(provider)
    if not ways.is_navigation():
        return _silent(Response(status=204, mimetype="text/plain"))
    reader = signed_in()
    one = reader and oauth.find_by_secret(db.session(), reader.sign_in.id, Secret(secret))
    if not one:
        return _silent(redirect(url_for(".astray", provider=provider), 303))
    if oauth.stage_of(one) is not Stage.OPEN:
        flash(_("This address was used already, or came too late: a code works once."), "warn")
        return _silent(_to(one))
    code, error = request.args.get("code", ""), request.args.get("error", "")
    return _silent(_finish(one, Answer(Secret(code) if code else None, error)))


@bp.get("/oauth/<provider>/astray")
def astray(provider: str) -> str:
    """For whoever comes back to a browser that did not begin it, or signed out meanwhile."""
    return render_template("oauth/astray.html", row=_row(provider))


def _begin(wish: Wish) -> Response:
    begun = oauth.begin(
        db.session(),
        actor(),
        _sign_in_id(),
        wish,
        ways.back_to(wish.provider),
        rows=parts().rows,
        vault=parts().vault,
    )
    return _to(begun)


def _finish(one: OAuthAttempt, answer: Answer) -> Response:
    """Bring it to its end; a new connection is shown with its account, anything else is told."""
    was_open = oauth.finish(
        db.session(),
        actor(),
        one,
        answer,
        client=parts().client,
        rows=parts().rows,
        vault=parts().vault,
    )
    if not was_open:
        flash(_("This attempt was used already, or is over: a code works once."), "warn")
    if one.outcome != oauth.CONNECTED:
        return _to(one)
    flash(_connected(one))
    return redirect(url_for("connections.account", connection_id=one.connection_id), 303)


def _connected(one: OAuthAttempt) -> str:
    connection = connections.get(db.session(), one.connection_id or 0)
    sentence = _("%(name)s is connected. Calls reach it from now on.", name=connection.name)
    if one.name and connection.name != one.name:
        taken = _("The name %(wanted)s was taken meanwhile.", wanted=one.name)
        return f"{sentence} {taken}"
    return sentence


def _ended(one: OAuthAttempt, row: Provider) -> str:
    """How it ended; a connection that came of it may have been removed since."""
    shape, words = end_of(one, row.name)
    session = db.session()
    here = [
        found for found in connections.visible(session, actor()) if found.id == one.connection_id
    ]
    return render_template(
        "oauth/ended.html",
        row=row,
        attempt=one,
        shape=shape,
        words=words,
        is_connected=one.outcome == oauth.CONNECTED,
        connection=next(iter(here), None),
    )


def _row(slug: str) -> Provider:
    row = parts().rows.get(slug)
    if row is None or slug not in OAUTHS:
        abort(404)
    return row


def _sign_in_id() -> int:
    reader = signed_in()
    if reader is None:  # its rule names a role
        abort(403)
    return reader.sign_in.id


def _to(one: OAuthAttempt) -> Response:
    return redirect(url_for(".attempt", provider=one.provider, attempt_id=one.id), 303)


def _silent(answer: Response) -> Response:
    """No page learns from this address what stood in it."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
