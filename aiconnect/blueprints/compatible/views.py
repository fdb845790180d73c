"""Connections to any address that speaks OpenAI's API: adding one."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from aiconnect.blueprints.compatible.forms import CompatibleForm
from aiconnect.blueprints.connecting import connect, row_of
from aiconnect.blueprints.forms import form_page
from aiconnect.errors import Refused
from aiconnect.providers.spec import Family

bp = Blueprint("compatible", __name__)


@bp.route("/compatible/<preset>/new", methods=["GET", "POST"])
def new(preset: str) -> tuple[str, int] | Response:
    """Ask for what the provider's row names, and save it."""
    row = row_of(preset, Family.COMPATIBLE)
    form = CompatibleForm.for_provider(row)()
    if form.validate_on_submit():
        try:
            return connect(form, row)
        except Refused as error:
            form.refuse(error)
    return form_page("connect/new.html", form, row=row)
