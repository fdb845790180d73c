"""Connections to providers in the cloud: adding one."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from aiconnect.blueprints.connecting import add_page, row_of
from aiconnect.providers.spec import Family

bp = Blueprint("cloud", __name__)


@bp.route("/cloud/<provider>/new", methods=["GET", "POST"])
def new(provider: str) -> tuple[str, int] | Response:
    """Ask for a key and a name; the address is fixed."""
    return add_page(row_of(provider, Family.CLOUD))
