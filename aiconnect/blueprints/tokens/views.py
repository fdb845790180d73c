"""Access tokens: the list, a new one that is shown once, revoking one."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.help.programs import PROGRAMS
from aiconnect.blueprints.programs import base_url, example_model
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.tokens.forms import TokenForm
from aiconnect.errors import Refused
from aiconnect.extensions import db
from aiconnect.models.account import Role
from aiconnect.models.token import AccessToken
from aiconnect.services import accounts, collections, tokens

bp = Blueprint("tokens", __name__)

Page = tuple[str, int] | Response | str


@bp.get("/tokens")
def index() -> str:
    """One's own access tokens; for admins everyone's."""
    return render_template("tokens/index.html", tokens=_visible(), sees_all=_sees_all())


@bp.route("/tokens/new", methods=["GET", "POST"])
def new() -> Page:
    """Make one. Its secret is in this one answer and nowhere else."""
    names = collections.names(db.session(), actor()).values()
    form = TokenForm.of(person().email, names)
    form.email.choices = [SelectChoice(email) for email in _people()]
    if form.validate_on_submit():
        try:
            return _made(form)
        except Refused as error:
            form.refuse(error)
    return form_page("tokens/new.html", form)


@bp.route("/tokens/<int:token_id>/revoke", methods=["GET", "POST"])
def revoke(token_id: int) -> Page:
    """Say what revoking means; revoke it on the button."""
    token = next((one for one in _visible() if one.id == token_id), None)
    if token is None:
        abort(404)
    if request.method == "POST":
        tokens.revoke(db.session(), actor(), token_id)
        flash(_("%(name)s is revoked. Programs that use it are refused.", name=token.name))
        return redirect(url_for(".index"), 303)
    return render_template("tokens/revoke.html", token=token)


def _made(form: TokenForm) -> str:
    days = form.expires_days.data
    token, secret = tokens.add(
        db.session(),
        actor(),
        form.name.data,
        form.email.data,
        expires_days=int(days) if days else None,
        patterns=(form.patterns.data or "").splitlines(),
        limited=form.limits,
        collections=form.chosen,
    )
    return render_template(
        "tokens/made.html",
        token=token,
        secret=secret.reveal(),  # shown once, here
        base_url=base_url(),
        model=example_model(token.patterns),
        programs=PROGRAMS,
    )


def _sees_all() -> bool:
    return Role(person().role).covers(Role.ADMIN)


def _visible() -> list[AccessToken]:
    return tokens.all(db.session(), None if _sees_all() else person().id)


def _people() -> list[str]:
    if not _sees_all():
        return [person().email]
    return [one.email for one in accounts.people(db.session()) if not one.disabled_at]
