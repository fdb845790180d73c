"""Models: everything that connections serve, as who asks may choose it; one with all its facts."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints import pauses, seen
from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.models import wording
from aiconnect.blueprints.models.asking import CHOICES, Asked
from aiconnect.blueprints.programs import base_url
from aiconnect.blueprints.sentences import _, told
from aiconnect.blueprints.usage.wording import OUTCOMES
from aiconnect.errors import N_, Refused
from aiconnect.extensions import db
from aiconnect.models.route import Collection
from aiconnect.services import choosing, collections, maturity, pricing, tagging

bp = Blueprint("models", __name__)

MATURE_HELP = "guidance.show"

MOST_CHIPS = 24
"""Collections that are one click away; the others are found by the filter's field."""


@bp.get("/models")
def index() -> str:
    """The models that the reader may use, 50 at a time; for a form, to choose among."""
    session, asked = db.session(), Asked.of_request()
    page = choosing.page(session, actor(), asked.wanted, paused=paused())
    names = list(collections.names(session, actor()).values())
    return render_template(
        "models/index.html",
        asked=asked,
        page=page,
        homes={one.id: one for one in seen.whole()},
        collections=names,
        chips=names[:MOST_CHIPS],
        **words(),
    )


@bp.get("/models/<int:model_id>")
def show(model_id: int) -> str:
    """One model: its facts, where it is used, and how a program calls it."""
    session, asking = db.session(), actor()
    found = choosing.get(session, asking, model_id, paused=paused())
    if found is None:
        abort(404)
    one, recommended = found
    home = next(other for other in seen.whole() if other.id == one.line.connection_id)
    every = collections.outlines(session, asking)
    return render_template(
        "models/show.html",
        one=one,
        recommended=recommended,
        home=home,
        holding=[other for other in every if other.name in one.collections],
        addable=_addable(one, every),
        routes=choosing.routes_with(session, one.line.key),
        calls=choosing.calls_of(session, person().id, one.line.key),
        outcomes=OUTCOMES,
        base_url=base_url(),
        curl_body=_curl_body(one.line.asked),
        mature_help=mature_help(),
        **words(),
    )


@bp.post("/models/<int:model_id>/collections")
def keep(model_id: int) -> Response:
    """Put it at the end of a collection."""
    session, found = db.session(), choosing.get(db.session(), actor(), model_id)
    if found is None:
        abort(404)
    name, here = (
        request.form.get("collection", ""),
        redirect(url_for(".show", model_id=model_id), 303),
    )
    try:
        added = collections.put(session, actor(), name, [found[0].line.asked])
    except Refused as error:
        flash(told(error), "warn")
        return here
    said = N_("It is in %(name)s now.") if added else N_("It is in %(name)s already.")
    flash(_(said, name=name))
    return here


@bp.post("/models/pins")
def pin() -> Response:
    """Pin or unpin a model for whoever asks; then back to where they were."""
    session, name = db.session(), request.form.get("pin", "")
    try:
        if request.form.get("unpin"):
            choosing.unpin(session, actor(), request.form["unpin"])
        else:
            choosing.pin(session, actor(), name)
    except Refused as error:
        flash(told(error), "warn")
    shown = request.args.get("show", "")
    if shown.isdecimal() and len(shown) < 10:
        return redirect(url_for(".show", model_id=int(shown)), 303)
    asked = Asked.of_request()
    return redirect(asked.url(page=request.args.get("page")), 303)


def _addable(one: choosing.Seen, every: Iterable[Collection]) -> list[str]:
    """Those of these collections that the reader may put it into."""
    mine = [other.name for other in every if collections.may_change(actor(), other)]
    return [name for name in mine if name not in one.collections]


def _curl_body(name: str) -> str:
    """A request as one word of a shell's line."""
    said = {"model": name, "messages": [{"role": "user", "content": "Hello"}]}
    return shlex.quote(json.dumps(said))


def mature_help() -> str:
    """The page about mature content, where there is one."""
    return url_for(MATURE_HELP) if MATURE_HELP in current_app.view_functions else ""


def paused() -> set[tuple[int, str]]:
    """What the gateway leaves alone at the moment."""
    every = pauses.every().values()
    return {(one.connection_id, one.model) for some in every for one in some}


def words() -> dict[str, Any]:
    """What templates about models call."""
    return {
        "because": wording.because,
        "choices": CHOICES,
        "is_mature_forbidden": maturity.is_forbidden(db.session()),
        "price_source": wording.price_source,
        "price_words": wording.price_words,
        "purpose": wording.purpose,
        "sorts": choosing.SORTS,
        "tag_words": tagging.WORDS,
        "usd": pricing.usd,
        "why_not": wording.why_not,
    }
