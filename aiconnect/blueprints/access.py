"""Who may open what: one table from endpoint to least role; a route without a rule is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, abort, flash, g, redirect, request, session, url_for
from flask_login import UserMixin, current_user, login_user
from werkzeug.wrappers import Response

from aiconnect.blueprints.sentences import _
from aiconnect.extensions import db, login
from aiconnect.models.account import Person, Role, SignIn
from aiconnect.secret import Secret
from aiconnect.services import accounts
from aiconnect.services.audit import Actor

ANYONE = None
"""The rule of pages that need no sign-in."""

RULES: Mapping[str, Role | None] = {
    "static": ANYONE,
    "account.setup": ANYONE,
    "account.login": ANYONE,
    "account.login_by_link": ANYONE,
    "account.logout": Role.VIEWER,
    "account.show": Role.VIEWER,
    "account.prefer": Role.VIEWER,
    "account.password": Role.VIEWER,
    "account.revoke_sign_in": Role.VIEWER,
    "home.show": Role.VIEWER,
    "connections.index": Role.VIEWER,
    "connections.choose": Role.MEMBER,
    "connections.show": Role.VIEWER,
    "connections.reorder": Role.MEMBER,
    "connections.switch": Role.MEMBER,
    "connections.test": Role.MEMBER,
    "connections.test_model": Role.MEMBER,
    "connections.fix": Role.MEMBER,
    "connections.check": Role.VIEWER,
    "connections.refresh": Role.MEMBER,
    "connections.enable": Role.MEMBER,
    "connections.disable": Role.MEMBER,
    "connections.retry": Role.MEMBER,
    "connections.edit": Role.MEMBER,
    "connections.key": Role.MEMBER,
    "connections.try_key": Role.MEMBER,
    "connections.switch_key": Role.MEMBER,
    "connections.drop_key": Role.MEMBER,
    "connections.dismiss_key": Role.MEMBER,
    "connections.disconnect": Role.MEMBER,
    "connections.account": Role.VIEWER,
    "connections.ask_account": Role.MEMBER,
    "connections.remove": Role.MEMBER,
    "cloud.new": Role.MEMBER,
    "compatible.new": Role.MEMBER,
    "local.new": Role.MEMBER,
    "oauth.new": Role.MEMBER,
    "oauth.reconnect": Role.MEMBER,
    "oauth.attempt": Role.MEMBER,
    "oauth.back": ANYONE,  # the address has a code in it, which must not wait in a cookie
    "oauth.astray": ANYONE,
    "discovery.ask": Role.MEMBER,
    "discovery.look": Role.MEMBER,
    "models.index": Role.VIEWER,
    "models.show": Role.VIEWER,
    "models.keep": Role.MEMBER,  # which collections they may change, the service looks
    "models.pin": Role.VIEWER,
    "models.picks": Role.VIEWER,
    "models.add_pick": Role.ADMIN,
    "models.drop_pick": Role.ADMIN,
    "tryout.show": Role.MEMBER,  # it costs money
    "tryout.write": Role.MEMBER,
    "tryout.look": Role.MEMBER,
    "tryout.result": Role.MEMBER,
    "collections.index": Role.VIEWER,
    "collections.show": Role.VIEWER,
    "collections.export": Role.VIEWER,
    "collections.new": Role.MEMBER,  # of whom each is, and who may change it, the service looks
    "collections.bring": Role.MEMBER,
    "collections.edit": Role.MEMBER,
    "collections.duplicate": Role.MEMBER,
    "collections.remove": Role.MEMBER,
    "collections.add_models": Role.MEMBER,
    "collections.order": Role.MEMBER,
    "collections.take": Role.MEMBER,
    "collections.settings": Role.MEMBER,
    "routes.index": Role.VIEWER,
    "routes.new": Role.ADMIN,
    "routes.show": Role.VIEWER,
    "routes.edit": Role.ADMIN,
    "routes.remove": Role.ADMIN,
    "routes.add_step": Role.ADMIN,
    "routes.step": Role.ADMIN,
    "routes.order": Role.ADMIN,
    "routes.drop_step": Role.ADMIN,
    "tokens.index": Role.VIEWER,
    "tokens.new": Role.MEMBER,
    "tokens.revoke": Role.MEMBER,
    "usage.show": Role.VIEWER,
    "usage.call": Role.VIEWER,  # whose call it is, the service looks
    "usage.texts": Role.VIEWER,  # and whether they may read it
    "usage.calls": Role.VIEWER,
    "usage.statement": Role.VIEWER,
    "usage.export": Role.VIEWER,
    "usage.download": Role.VIEWER,
    "budgets.index": Role.VIEWER,  # which of them concern the reader, the service looks
    "budgets.new": Role.ADMIN,
    "budgets.show": Role.VIEWER,
    "budgets.edit": Role.ADMIN,
    "budgets.remove": Role.ADMIN,
    "budgets.freeze": Role.ADMIN,
    "budgets.unfreeze": Role.ADMIN,
    "alerts.index": Role.VIEWER,  # what concerns one person alone, the service looks
    "alerts.put_away": Role.MEMBER,
    "alerts.rules": Role.VIEWER,
    "alerts.rule": Role.ADMIN,
    "alerts.channels": Role.ADMIN,
    "alerts.channel": Role.ADMIN,
    "alerts.new_channel": Role.ADMIN,
    "alerts.test_channel": Role.ADMIN,
    "alerts.switch_channel": Role.ADMIN,
    "alerts.new_secret": Role.ADMIN,
    "alerts.remove_channel": Role.ADMIN,
    "prices.index": Role.VIEWER,
    "prices.own": Role.ADMIN,
    "prices.withdraw": Role.ADMIN,
    "prices.updates": Role.ADMIN,
    "prices.check": Role.ADMIN,
    "prices.accept": Role.ADMIN,
    "prices.dismiss": Role.ADMIN,
    "prices.bundled": Role.ADMIN,
    "prices.weekly": Role.ADMIN,
    "reconciling.show": Role.VIEWER,  # of which connections, the service looks
    "repricing.show": Role.ADMIN,
    "repricing.order": Role.ADMIN,
    "repricing.stop": Role.ADMIN,
    "findings.index": ANYONE,
    "jobs.index": Role.ADMIN,
    "jobs.run": Role.ADMIN,
    "settings.index": Role.ADMIN,
    "settings.change": Role.ADMIN,
    "ledger.show": Role.ADMIN,
    "ledger.keep": Role.ADMIN,
    "texts.setting": Role.OWNER,
    "texts.off": Role.OWNER,
    "help.index": ANYONE,
    "help.show": ANYONE,
    "guidance.show": ANYONE,  # the team's entries are shown to whoever is signed in
    "guidance.new_note": Role.MEMBER,
    "guidance.note": Role.MEMBER,
    "guidance.remove_note": Role.MEMBER,
    "guidance.tags": Role.VIEWER,
    "guidance.new_tag": Role.MEMBER,
    "guidance.tag": Role.MEMBER,
    "guidance.remove_tag": Role.MEMBER,
    "guidance.new_model": Role.MEMBER,
    "guidance.model": Role.MEMBER,
    "guidance.take_off": Role.MEMBER,
    "guidance.put_back": Role.MEMBER,
    "guidance.mature": Role.VIEWER,
    "guidance.mature_off": Role.VIEWER,
    "guidance.setting": Role.OWNER,
    "help.program": ANYONE,
}


@dataclass(frozen=True, slots=True)
class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login ships no types
    """A signed-in browser as Flask-Login wants to see it: its id is the sign-in's secret."""

    secret: Secret
    sign_in: SignIn

    def get_id(self) -> str:
        return self.secret.reveal()


def signed_in() -> SignedIn | None:
    """The sign-in of this request, or None."""
    return cast("SignedIn", current_user) if current_user.is_authenticated else None


def person() -> Person:
    """Who asks; only for views whose rule names a role."""
    return cast("SignedIn", current_user).sign_in.person


def known() -> Person | None:
    """Who asks, if that is known already: an error page must not ask the database."""
    reader = g.get("_login_user")
    return reader.sign_in.person if isinstance(reader, SignedIn) else None


def actor() -> Actor:
    """Who asks, as services write it into the audit log."""
    asking = person()
    return Actor(asking.email, "page", Role(asking.role), asking.id)


def may(endpoint: str) -> bool:
    """Whether whoever asks may open this endpoint."""
    rule = RULES[endpoint]
    if rule is ANYONE:
        return True
    return signed_in() is not None and Role(person().role).covers(rule)


def init_app(app: Flask) -> None:
    """Load sign-ins and check every request against RULES."""
    login.init_app(app)
    login.session_protection = None  # the sign-in is a row on the server, which can be revoked
    login.user_loader(_load)
    app.before_request(_check)


def _load(secret: str) -> SignedIn | None:
    found = accounts.find_sign_in(db.session(), Secret(secret))
    return SignedIn(Secret(secret), found) if found else None


def _check() -> Response | None:
    endpoint = request.endpoint
    if endpoint in {None, "static"}:
        return None
    if endpoint not in RULES:
        abort(500, f"{endpoint} has no rule in access.RULES.")
    reader = signed_in()
    if may(endpoint):
        return None
    if reader:
        abort(403)
    session["next"] = request.full_path.rstrip("?") if request.method == "GET" else "/"
    if request.method == "POST" and endpoint != "account.logout":
        said = _("You were not signed in any more, so nothing was changed. Sign in and try again.")
        flash(said, "warn")
    return redirect(url_for("account.login"), 303)


def enter(secret: Secret, *, stay: bool) -> str:
    """Sign this browser in, and give the address of the page it wanted to see."""
    found, target = _load(secret.reveal()), _wanted()
    session.clear()
    session.permanent = stay
    login_user(found)
    return target


def _wanted() -> str:
    """The page that asked for the sign-in, if it is one of ours."""
    path = str(session.get("next", ""))
    parts = urlsplit(path)
    local = path.startswith("/") and not path.startswith("//") and not parts.netloc
    return path if local and "\\" not in path else url_for("home.show")
