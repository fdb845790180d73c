"""The help page about mature content, and the mode: its warning, its switch, its setting."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect.blueprints import inside
from aiconnect.blueprints.access import actor, may, person, signed_in
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.guidance import showing
from aiconnect.blueprints.guidance.editing import bp
from aiconnect.blueprints.guidance.forms import MatureForm, MatureSettingForm
from aiconnect.blueprints.sentences import _
from aiconnect.errors import Refused
from aiconnect.extensions import db
from aiconnect.services import maturity, refusals, tagging
from aiconnect.services.guidance import notes, unfiltered, words
from aiconnect.services.guidance.shipped import SUBJECTS

__all__ = ["bp", "showing"]

Page = tuple[str, int] | Response | str


@bp.get("/help/mature")
def show() -> str:
    """What is known, area by area; the team's own entries for whoever is signed in."""
    here = signed_in()
    return render_template(
        "guidance/show.html",
        areas=notes.areas(db.session(), with_team=here is not None),
        subjects=SUBJECTS,
        models=unfiltered.every(db.session(), actor() if here else None),
        places=unfiltered.PLACES,
        words=words,
        tagging=tagging,
        refusals=refusals,
        may_write=may("guidance.new_note"),
    )


@bp.route("/account/mature", methods=["GET", "POST"])
def mature() -> Page:
    """The warning; with its box ticked the mode is on for this one person, back where they were."""
    form = MatureForm(data={"back": request.args.get("back", "")})
    back = inside.page_of_ours(form.back.data or "") or url_for("account.show", _anchor="mature")
    if form.validate_on_submit():
        try:
            is_adult = bool(form.adult.data)
            maturity.switch_on(db.session(), actor(), person().id, is_adult=is_adult)
        except Refused as error:
            form.refuse(error)
        else:
            flash(_("Mature mode is on, for you alone."))
            return redirect(back, 303)
    return form_page(
        "guidance/mature.html",
        form,
        back=back,
        is_on=maturity.is_on(db.session(), person()),
        is_forbidden=maturity.is_forbidden(db.session()),
        tagging=tagging,
    )


@bp.post("/account/mature/off")
def mature_off() -> Response:
    """Off, in one click."""
    maturity.switch_off(db.session(), actor(), person().id)
    flash(_("Mature mode is off."))
    return redirect(url_for("account.show", _anchor="mature"), 303)


@bp.route("/settings/mature", methods=["GET", "POST"])
def setting() -> Page:
    """Whether anybody may switch it on; the owner's to say."""
    is_forbidden = maturity.is_forbidden(db.session())
    form = MatureSettingForm(data={"value": "off" if is_forbidden else "allowed"})
    if form.validate_on_submit():
        try:
            maturity.put(db.session(), actor(), form.value.data or "")
        except Refused as error:
            form.refuse(error)
        else:
            flash(_("Saved. It counts at once."))
            return redirect(url_for("settings.index"), 303)
    return form_page("guidance/setting.html", form)
