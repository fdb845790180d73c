"""Past calls priced anew: what would change, the order to do it, how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.repricing import showing
from aiconnect.blueprints.repricing.asking import MOST, Asked, nothing_typed
from aiconnect.blueprints.seen import whole
from aiconnect.blueprints.sentences import _, told
from aiconnect.errors import N_, Refused
from aiconnect.extensions import db
from aiconnect.services import repricing
from aiconnect.services.repricing import Preview

bp = Blueprint("repricing", __name__)

Page = tuple[str, int]

STATES: Mapping[str, str] = {
    "measured": N_("measured"),
    "estimated": N_("estimated"),
    "unknown": N_("unknown"),
    "free": N_("free"),
    "notional": N_("paid by a subscription"),
}
"""How well a cost is known, within a sentence."""


@bp.get("/prices/reprice")
def show() -> Page:
    """What would change for the calls that were chosen; while an order is done, how far it is."""
    asked = Asked.of(request.args)
    if nothing_typed(request.args) or repricing.is_ordered(db.session()):
        return _page(asked, None)
    try:
        return _page(asked, asked.preview())
    except Refused as error:
        return _page(asked.with_mistake(error), None)


@bp.post("/prices/reprice")
def order() -> Response:
    """Order what was seen."""
    asked = Asked.of(request.form)
    try:
        digest = request.form.get("digest", "")
        repricing.order(db.session(), actor(), asked.selection(), digest, most=MOST)
    except Refused as error:
        flash(told(error), "warn")
        return redirect(_address(asked), 303)
    flash(_("Ordered. The calls are priced anew within seconds."))
    return redirect(url_for(".show"), 303)


@bp.post("/prices/reprice/stop")
def stop() -> Response:
    """Leave it where it is."""
    done = repricing.stop(db.session(), actor())
    flash(_("Stopped. %(count)s calls keep their new cost.", count=done.changed), "warn")
    return redirect(url_for(".show"), 303)


def state_word(state: str) -> str:
    """How well a cost is known."""
    return _(STATES[state])


def _page(asked: Asked, seen: Preview | None) -> Page:
    page = render_template(
        "repricing/show.html",
        asked=asked,
        seen=showing.veiled(seen) if seen else None,
        sent=Asked.back(seen.selection) if seen else None,
        order=repricing.under_way(db.session()),
        connections=sorted(one.name for one in whole()),
        state_word=state_word,
    )
    return page, 422 if asked.mistakes else 200


def _address(asked: Asked) -> str:
    """The page with the choice, without what was found for it."""
    names = ("since", "until", "model", "connection")
    chosen = {name: getattr(asked, name) for name in names if getattr(asked, name)}
    unknown = {"unknown": "1"} if asked.unknown else {}
    return f"{url_for('.show')}?{urlencode(chosen | unknown)}"
