"""Connections to any address that speaks OpenAI's API: adding one."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from aiconnect.blueprints.connecting import add_page, row_of
from aiconnect.providers.spec import Family

bp = Blueprint("compatible", __name__)


@bp.route("/compatible/<preset>/new", methods=["GET", "POST"])
def new(preset: str) -> tuple[str, int] | Response:
    """Ask for an address, unless it is a preset's, and a key where one is asked for."""
    return add_page(row_of(preset, Family.COMPATIBLE))
