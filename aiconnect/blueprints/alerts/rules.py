"""Rules: what is watched, and from which number on it is told."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.alerts.forms import RuleForm
from aiconnect.blueprints.alerts.views import Page, bp
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.sentences import _
from aiconnect.errors import Refused
from aiconnect.extensions import db
from aiconnect.services import alerts
from aiconnect.services.alerts import rules as kept


@bp.get("/alerts/rules")
def rules() -> str:
    """Every rule as it stands."""
    return render_template("alerts/rules.html", rules=kept.every(db.session()))


@bp.route("/alerts/rules/<code>", methods=["GET", "POST"])
def rule(code: str) -> Page:
    """Set one."""
    if code not in alerts.KINDS:
        abort(404)
    found = kept.get(db.session(), code)
    form = RuleForm.of(found)
    if form.validate_on_submit():
        try:
            kept.change(
                db.session(), actor(), code, form.thresholds,
                enabled=bool(form.enabled.data), seen=form.seen.data or None,
            )  # fmt: skip
        except Refused as error:
            form.refuse(error)
            form.seen.data = found.mark  # who saves once more has been told
        else:
            flash(_("Saved. It counts within a minute."))
            return redirect(url_for(".rules"), 303)
    return form_page("alerts/rule.html", form, rule=found)
