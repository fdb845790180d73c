"""Our sums beside what providers say that keys have used."""

from __future__ import annotations

from flask import Blueprint, render_template

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.reconciling import wording
from aiconnect.extensions import db
from aiconnect.services import reconciling

bp = Blueprint("reconciling", __name__)


@bp.get("/usage/reconciliation")
def show() -> str:
    """Every connection that the reader sees whole and whose provider tells."""
    found = reconciling.compared(db.session(), actor())
    return render_template("reconciling/show.html", found=found, words=wording)
