"""What was used: today and this month, by model and by person."""

from __future__ import annotations

from flask import Blueprint, render_template

from aiconnect.blueprints import zones
from aiconnect.blueprints.access import actor
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.usage import wording
from aiconnect.blueprints.usage.totals import total
from aiconnect.extensions import db
from aiconnect.services import connections, recorded_calls, reports

bp = Blueprint("usage", __name__)


@bp.get("/usage")
def show() -> str:
    """Two spans, each by model and by person; which models others have alone is theirs."""
    zone, theirs = zones.zone(), connections.of_others(db.session(), actor())
    today = reports.today(db.session(), by="model", timezone=zone, unnamed=theirs)
    month = reports.month(db.session(), by="model", timezone=zone, unnamed=theirs)
    return render_template(
        "usage/show.html",
        today=today,
        today_people=reports.today(db.session(), by="user", timezone=zone),
        today_total=total(today),
        month=month,
        month_people=reports.month(db.session(), by="user", timezone=zone),
        month_total=total(month),
        calls=recorded_calls.latest(db.session(), actor()),
        outcome_of=wording.outcome_of,
        unnamed=_("personal, or no model named") if theirs else _("no model named"),
    )


@bp.get("/usage/calls/<call_id>")
def call(call_id: str) -> str:
    """One call: what was asked, what was tried, what came of it, what it cost."""
    seen = recorded_calls.get(db.session(), actor(), call_id)
    return render_template("usage/call.html", seen=seen, words=wording)
