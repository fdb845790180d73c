"""Connections to providers in the cloud: adding one."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from aiconnect.blueprints.cloud.forms import CloudForm
from aiconnect.blueprints.connecting import connect, row_of
from aiconnect.blueprints.forms import form_page
from aiconnect.errors import Refused
from aiconnect.providers.spec import Family

bp = Blueprint("cloud", __name__)


@bp.route("/cloud/<provider>/new", methods=["GET", "POST"])
def new(provider: str) -> tuple[str, int] | Response:
    """Ask for what the provider's row names, and save it."""
    row = row_of(provider, Family.CLOUD)
    form = CloudForm.for_provider(row)()
    if form.validate_on_submit():
        try:
            return connect(form, row)
        except Refused as error:
            form.refuse(error)
    return form_page("connect/new.html", form, row=row)
