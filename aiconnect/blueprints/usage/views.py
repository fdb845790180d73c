"""What was used: today and this month, by model and by person."""

from __future__ import annotations

from flask import Blueprint, render_template

from aiconnect.blueprints.usage.totals import total
from aiconnect.extensions import db, parts
from aiconnect.services import reports

bp = Blueprint("usage", __name__)


@bp.get("/usage")
def show() -> str:
    """Two spans, each by model and by person."""
    zone = parts().settings.timezone
    today = reports.today(db.session(), by="model", timezone=zone)
    month = reports.month(db.session(), by="model", timezone=zone)
    return render_template(
        "usage/show.html",
        today=today,
        today_people=reports.today(db.session(), by="user", timezone=zone),
        today_total=total(today),
        month=month,
        month_people=reports.month(db.session(), by="user", timezone=zone),
        month_total=total(month),
    )
