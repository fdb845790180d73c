"""Alerts: what is open, what was; a banner is put away."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.alerts import wording
from aiconnect.blueprints.inside import page_of_ours
from aiconnect.blueprints.paging import Paged
from aiconnect.blueprints.sentences import _
from aiconnect.extensions import db
from aiconnect.services import alerts

bp = Blueprint("alerts", __name__)

Page = tuple[str, int] | Response | str


@bp.get("/alerts")
def index() -> str:
    """What is so now, and a page of what was."""
    is_open = wording.lines(alerts.visible(db.session(), actor()))
    past = Paged.of(alerts.past(db.session(), actor()), request.args.get("page"))
    return render_template(
        "alerts/index.html", open=is_open, past=past, lines=wording.lines(past.items)
    )


@bp.post("/alerts/<int:alert_id>/seen")
def put_away(alert_id: int) -> Response:
    """Take a banner off everybody's pages, and go back to the page that it was on."""
    alerts.put_away(db.session(), actor(), alert_id)
    flash(_("The banner is put away, for everybody. The alert stays open until it is over."))
    return redirect(page_of_ours(request.form.get("back", "")) or url_for(".index"), 303)
