"""Setting up, signing in and out, and one's own account."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import refresh
from flask_login import logout_user
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor, enter, person, signed_in
from aiconnect.blueprints.account.forms import (
    LinkForm,
    LoginForm,
    PasswordForm,
    PreferencesForm,
    SetupForm,
)
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.hosts import address
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.zones import SUGGESTED
from aiconnect.errors import Refused
from aiconnect.extensions import db, parts
from aiconnect.secret import Secret
from aiconnect.services import accounts, tokens

bp = Blueprint("account", __name__)

Page = tuple[str, int] | Response | str


@bp.route("/setup", methods=["GET", "POST"])
def setup() -> Page:
    """The first run: whoever holds the link that the server printed becomes the owner."""
    form = SetupForm(data={"code": request.args.get("code", "")})
    if accounts.people(db.session()):
        return render_template("account/is_set_up.html")
    if not form.code.data:
        return render_template("account/setup_link.html")
    if form.validate_on_submit():
        email, password = form.email.data, Secret(form.password.data)
        code = Secret(form.code.data)
        try:
            accounts.set_up(db.session(), code, email, password, passwords=parts().passwords)
            return _enter_with_password(email, password, stay=False)
        except Refused as error:
            form.refuse(error)
    return form_page("account/setup.html", form)


@bp.route("/login", methods=["GET", "POST"])
def login() -> Page:
    """Sign in with a password; with `code` a page whose button uses a one-time link."""
    if request.args.get("code"):
        return form_page("account/link.html", LinkForm(data={"code": request.args["code"]}))
    if signed_in() and request.method == "GET":
        return redirect(url_for("home.show"), 303)
    form = LoginForm()
    if form.validate_on_submit():
        try:
            return _enter_with_password(
                form.email.data, Secret(form.password.data), stay=form.stay.data
            )
        except Refused as error:
            form.status = 429 if isinstance(error, accounts.TooManyAttempts) else 422
            form.refuse(error)
    return form_page("account/login.html", form, is_new=not accounts.people(db.session()))


@bp.post("/login/link")
def login_by_link() -> Page:
    """Use up a one-time link. Only a button does: programs that look at links would use it up."""
    form = LinkForm()
    try:
        secret = accounts.sign_in_by_link(
            db.session(), Secret(form.code.data or ""), address=address(), browser=_browser()
        )
    except Refused as error:
        form.refuse(error)
        return form_page("account/link.html", form)
    return redirect(enter(secret, stay=False), 303)


@bp.post("/logout")
def logout() -> Response:
    """Sign out here; other browsers stay signed in."""
    here = signed_in()
    if here:
        accounts.sign_out(db.session(), here.secret)
    logout_user()
    session.clear()
    flash(_("You are signed out."))
    return redirect(url_for(".login"), 303)


@bp.get("/account")
def show() -> Page:
    """Password, how pages look and read, sign-ins and own access tokens."""
    return _account(PreferencesForm(obj=person()))


@bp.post("/account/preferences")
def prefer() -> Page:
    """Choose the language, the colours and the time zone of pages."""
    form = PreferencesForm()
    if not form.validate_on_submit():
        return _account(form)
    try:
        accounts.prefer(
            db.session(),
            person(),
            language=form.language.data,
            theme=form.theme.data,
            time_zone=form.time_zone.data or "",
        )
    except Refused as error:
        form.refuse(error)
        return _account(form)
    refresh()  # what follows is said in the language that was just chosen
    flash(_("Your choice is kept with your account."))
    return redirect(url_for(".show", _anchor="preferences"), 303)


@bp.route("/account/password", methods=["GET", "POST"])
def password() -> Page:
    """Change one's own password; every other browser is signed out."""
    form = PasswordForm()
    if person().password_hash is None:  # came by a link and has none yet
        del form.old
    if form.validate_on_submit():
        try:
            _change_password(form)
        except Refused as error:
            form.refuse(error)
        else:
            flash(_("Your password is changed. Every other browser was signed out."))
            return redirect(url_for(".show"), 303)
    return form_page("account/password.html", form)


@bp.post("/account/sign-ins/<int:sign_in_id>/revoke")
def revoke_sign_in(sign_in_id: int) -> Response:
    """Sign out another browser."""
    accounts.revoke_sign_in(db.session(), actor(), sign_in_id)
    flash(_("That browser is signed out."))
    return redirect(url_for(".show", _anchor="sign-ins"), 303)


def _account(form: PreferencesForm) -> Page:
    form.time_zone.description = _(
        "A city like Jakarta, or a name like Europe/Berlin. "
        "Left empty, it is the zone of the team, %(zone)s.",
        zone=parts().settings.timezone.key,
    )
    return form_page(
        "account/show.html",
        form,
        person=person(),
        zones=SUGGESTED,
        sign_ins=accounts.sign_ins(db.session(), person().id),
        tokens=[one for one in tokens.all(db.session(), person().id) if not one.revoked_at],
    )


def _enter_with_password(email: str, password: Secret, *, stay: bool) -> Response:
    secret = accounts.sign_in(
        db.session(),
        email,
        password,
        address=address(),
        browser=_browser(),
        passwords=parts().passwords,
    )
    return redirect(enter(secret, stay=stay), 303)


def _change_password(form: PasswordForm) -> None:
    here = signed_in()
    accounts.change_password(
        db.session(),
        actor(),
        person(),
        Secret(form.old.data if "old" in form else ""),
        Secret(form.new.data),
        keep=here.sign_in.id if here else None,
        passwords=parts().passwords,
    )


def _browser() -> str:
    return request.user_agent.string[:200]
