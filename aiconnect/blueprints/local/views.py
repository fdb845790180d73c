"""Connections to model servers on this machine or in this network: adding one."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from aiconnect.blueprints.connecting import connect, row_of
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.local.forms import LocalForm
from aiconnect.errors import Refused
from aiconnect.providers.spec import Family

bp = Blueprint("local", __name__)


@bp.route("/local/<provider>/new", methods=["GET", "POST"])
def new(provider: str) -> tuple[str, int] | Response:
    """Ask for what the provider's row names, and save it."""
    row = row_of(provider, Family.LOCAL)
    form = LocalForm.for_provider(row)(data={"url": row.base_url})
    if form.validate_on_submit():
        try:
            return connect(form, row)
        except Refused as error:
            form.refuse(error)
    return form_page("connect/new.html", form, row=row)
