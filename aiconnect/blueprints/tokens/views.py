"""Access tokens: the list, a new one that is shown once, revoking one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.fields import LIMITS
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.help.programs import PROGRAMS
from aiconnect.blueprints.models import sending
from aiconnect.blueprints.programs import base_url, example_model
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.tokens.forms import BUDGET, TokenForm
from aiconnect.errors import Refused
from aiconnect.extensions import db
from aiconnect.models.account import Role
from aiconnect.models.token import AccessToken
from aiconnect.services import accounts, choosing, collections, tokens

bp = Blueprint("tokens", __name__)

KEPT = ("name", "email", "expires_days", *LIMITS, BUDGET)
"""What was typed into the form and comes back with a model from the list."""

Page = tuple[str, int] | Response | str


@bp.get("/tokens")
def index() -> str:
    """One's own access tokens; for admins everyone's."""
    return render_template("tokens/index.html", tokens=_visible(), sees_all=_sees_all())


@bp.route("/tokens/new", methods=["GET", "POST"])
def new() -> Page:
    """Make one. Its secret is in this one answer and nowhere else."""
    names = collections.names(db.session(), actor()).values()
    form = TokenForm.of(person().email, names, _typed())
    form.email.choices = [SelectChoice(email) for email in _people()]
    if sending.is_sent():
        typed = {"model": (form.patterns.data or "").split(), "collections": form.chosen}
        typed |= {name: form[name].data or "" for name in KEPT}
        return sending.to_the_list("token", ".new", typed)
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


def _typed() -> dict[str, Any]:
    """What the page's address says of the form: it comes back from the list of models with it."""
    typed = {name: request.args[name] for name in KEPT if name in request.args}
    models = {"patterns": sending.chosen()} if sending.chosen() else {}
    return {**typed, **models, "collections": request.args.getlist("collections")}


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
        budget=form.dollars,
    )
    choosing.remember(db.session(), person().id, "token", (token.patterns or [""])[0])
    return render_template(
        "tokens/made.html",
        token=token,
        secret=secret.reveal(),  # shown once, here
        budget=form.dollars,
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
