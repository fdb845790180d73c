"""Connections to model servers on this machine or in this network: adding one."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from aiconnect.blueprints.connecting import add_page, row_of
from aiconnect.providers.spec import Family

bp = Blueprint("local", __name__)


@bp.route("/local/<provider>/new", methods=["GET", "POST"])
def new(provider: str) -> tuple[str, int] | Response:
    """Ask for an address that is usually the same."""
    return add_page(row_of(provider, Family.LOCAL))
