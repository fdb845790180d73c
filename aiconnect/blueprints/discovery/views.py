"""Finding model servers on this machine: a button that tries the usual addresses."""

from __future__ import annotations

from flask import Blueprint, render_template

from aiconnect.blueprints import seen
from aiconnect.extensions import parts
from aiconnect.providers.spec import Provider
from aiconnect.services import discovery

bp = Blueprint("discovery", __name__)


@bp.get("/local/find")
def ask() -> str:
    """What the button will do, and which addresses it will try."""
    return render_template("discovery/ask.html", rows=_local_rows())


@bp.post("/local/find")
def look() -> str:
    """Try them, and say of each what answered or why nothing did."""
    tried = discovery.look(parts().rows, parts().client)
    known = {one.base_url.rstrip("/"): one for one in seen.whole()}
    return render_template(
        "discovery/found.html",
        found=[one for one in tried if one.is_there],
        silent=[one for one in tried if not one.is_there],
        known=known,
    )


def _local_rows() -> list[Provider]:
    return [row for row in parts().rows.values() if row.usual_urls]
