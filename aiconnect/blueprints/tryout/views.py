"""Trying a prompt: the form, the answers as they come, and what is kept of them for a day."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from aiconnect.blueprints import seen
from aiconnect.blueprints.access import actor, person
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.programs import base_url
from aiconnect.blueprints.tryout import wording
from aiconnect.blueprints.tryout.asking import snippets
from aiconnect.blueprints.tryout.forms import (
    LARGEST_PICTURE,
    LONGEST_PROMPT,
    LONGEST_SYSTEM,
    NAMES,
    TryForm,
    filled,
)
from aiconnect.blueprints.tryout.seats import NAME, Seats, seats
from aiconnect.blueprints.tryout.streaming import gateway, streamed
from aiconnect.blueprints.usage import wording as call_words
from aiconnect.errors import N_, Refused
from aiconnect.extensions import db
from aiconnect.models.tryout import TryOut
from aiconnect.services import catalog, choosing, collections, routes, tryouts
from aiconnect.services.named import LONGEST
from aiconnect.services.tryouts import Asked

bp = Blueprint("tryout", __name__)
bp.record_once(lambda state: state.app.extensions.setdefault(NAME, Seats()))

LARGEST_FORM = LARGEST_PICTURE + 1024 * 1024
OFFERED, OF_A_KIND = 50, 10
REFRESH = 2

Page = tuple[str, int] | Response | str


@bp.url_value_preprocessor
def _take_pictures(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """These forms may be larger than others; it must be known before anything reads them."""
    if request.method == "POST":
        request.max_content_length = LARGEST_FORM
        request.max_form_memory_size = LARGEST_FORM


@bp.get("/try")
def show() -> Page:
    """The form: as it was left, as the address says, or with the model that was tried last."""
    return _form(TryForm(formdata=None, data=_filled()))


@bp.post("/try")
def write() -> Page:
    """Ask, and answer with the page that shows what comes; a form that was sent twice asks once."""
    form = TryForm()
    asks = gateway()
    if asks is None or not form.validate():
        return _form(form)
    try:
        found = tryouts.find(db.session(), actor(), form.key.data or "")
        return _kept(found) if found else _begin(form, asks)
    except Refused as error:
        form.refuse(error)
        return _form(form)


@bp.post("/try/find")
def look() -> Response:
    """Keep what was typed, and choose a model in the list; `slot` says for which field."""
    form = TryForm()
    made = tryouts.keep(db.session(), actor(), _typed(form))
    slot = request.form.get("slot", "")
    here = url_for(".show", again=made.id, slot=slot if slot in NAMES else NAMES[0])
    wanted = urlencode({"for": tryouts.USE, "back": here})
    return redirect(f"{url_for('models.index')}?{wanted}", 303)


@bp.get("/try/<try_out_id>")
def result(try_out_id: str) -> Page:
    """What came back; while it is written still, the page looks again by itself."""
    kept = tryouts.get(db.session(), actor(), try_out_id)
    asked = Asked.read(kept.asked)
    if kept.answers is None:
        return _unfinished(kept, asked)
    found = tryouts.calls(db.session(), actor(), (one["call"] for one in kept.answers))
    return render_template(
        "tryout/result.html", kept=kept, asked=asked, seen=found, form=again(asked), words=wording,
        call_words=call_words, names=names(), snippets=snippets(asked, base_url()),
    )  # fmt: skip


def again(asked: Asked) -> TryForm:
    """The form filled in as it was, for one more sending."""
    return TryForm(formdata=None, data={**filled(asked), "key": tryouts.new_id()})


def names() -> list[str]:
    """What can be called now, to choose from while writing: routes, collections, models."""
    session, reader = db.session(), actor()
    ways = [one.name for one in routes.all(session)][:OF_A_KIND]
    sets = list(collections.names(session, reader).values())
    found = catalog.page(session, reader, kind="chat", state="available", size=OFFERED).items
    models = [f"{one.connection.name}/{one.model_id}" for one in found]
    return [*ways, *(f"collection/{one}" for one in sets[:OF_A_KIND]), *models][:OFFERED]


def _form(form: TryForm) -> tuple[str, int]:
    form.key.data = tryouts.new_id()
    offered, is_here = names(), gateway() is not None
    is_empty = not (offered or seen.whole())
    latest = tryouts.latest(db.session(), actor())
    return form_page(
        "tryout/show.html", form, names=offered, is_here=is_here, is_empty=is_empty, latest=latest
    )


def _begin(form: TryForm, asks: Any) -> Page:
    asked, key, reader = form.asked, form.key.data, person()
    tryouts.check_mature(db.session(), reader, asked.models)
    if not seats().take(reader.id, key):
        raise Refused(N_("Too many try-outs run just now. Wait a moment, and send it again."))
    try:
        choosing.remember(db.session(), reader.id, tryouts.USE, asked.models[0])
        made, is_new = tryouts.begin(db.session(), actor(), key, asked)
        if is_new:
            return streamed(made, asked, form.shown, asks, form=again(asked), names=names())
    except BaseException:
        seats().leave(reader.id, key)
        raise
    seats().leave(reader.id, key)  # it was sent twice at once, and the other was first
    return _kept(made)


def _kept(found: TryOut) -> Response:
    """To what it was used for already."""
    return redirect(url_for(".result", try_out_id=found.id), 303)


def _unfinished(kept: TryOut, asked: Asked) -> str:
    is_written = seats().holds(kept.person_id, kept.id)
    refresh = REFRESH if is_written else None
    return render_template(
        "tryout/unfinished.html", kept=kept, asked=asked, form=again(asked), names=names(),
        is_written=is_written, refresh=refresh,
    )  # fmt: skip


def _filled() -> dict[str, Any]:
    """A form of before first, then what the address says; a model that can be called at least."""
    args = request.args
    data = _before(args)
    models = [one[:LONGEST] for one in args.getlist("model") if one.isprintable()]
    slot = args.get("slot", "")
    if slot in NAMES:
        data |= dict(zip([slot], models, strict=False))
    else:
        data |= dict(zip(NAMES, models, strict=False))
    bounds = {"prompt": LONGEST_PROMPT, "system": LONGEST_SYSTEM}
    data |= {name: args[name][:most] for name, most in bounds.items() if name in args}
    latest = choosing.last(db.session(), actor().person_id, tryouts.USE)
    data["model"] = data.get("model") or latest or next(iter(names()), "")
    return data


def _before(args: MultiDict[str, str]) -> dict[str, Any]:
    if "again" not in args:
        return {}
    kept = tryouts.get(db.session(), actor(), args["again"])
    return filled(Asked.read(kept.asked))


def _typed(form: TryForm) -> Asked:
    """As far as it can be kept: what is wrong in it is said when it is sent."""
    form.validate()
    wrong = {field.name for field in form if field.errors and field.name in form.data}
    for name in wrong - {"prompt", "system"}:
        form[name].data = ""
    form.picture.data = None
    for name, most in (("prompt", LONGEST_PROMPT), ("system", LONGEST_SYSTEM)):
        form[name].data = (form[name].data or "")[:most]
    models = tuple(form[name].data or "" for name in NAMES)
    return Asked(**{**_fields(form.asked), "models": models})


def _fields(asked: Asked) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in Asked.__slots__}
