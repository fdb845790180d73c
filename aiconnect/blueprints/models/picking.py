"""What the team recommends: seen by everyone, changed by admins."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice

from aiconnect.blueprints.access import actor
from aiconnect.blueprints.forms import PLAIN_TEXT, Form, form_page, required
from aiconnect.blueprints.models.views import bp, paused, words
from aiconnect.errors import N_, Refused
from aiconnect.extensions import db
from aiconnect.services import choosing


class PickForm(Form):
    """A model, what for, and why."""

    use = SelectField(
        N_("Recommended for"),
        choices=[SelectChoice(use, word) for use, word in choosing.PURPOSES.items()],
        render_kw={"class": "w-20"},
    )
    model = StringField(
        N_("Model"),
        [required(N_("Enter a model"))],
        description=N_("As connection/model, or the model alone."),
        render_kw={**PLAIN_TEXT, "class": "mono w-20"},
    )
    note = StringField(
        N_("Why"),
        description=N_("Shown beside the model. May stay empty."),
        render_kw={"class": "w-20", "maxlength": "300"},
    )


@bp.get("/models/picks")
def picks() -> tuple[str, int]:
    """The team's picks for each purpose, and what is computed where there is none."""
    return _page(PickForm(data={"model": request.args.get("model", "")}))


@bp.post("/models/picks")
def add_pick() -> tuple[str, int] | Response:
    """Recommend a model."""
    form = PickForm()
    if form.validate_on_submit():
        try:
            choosing.pick(
                db.session(), actor(), form.use.data, form.model.data, form.note.data or ""
            )
            return redirect(url_for(".picks"), 303)
        except Refused as error:
            form.refuse(error)
    return _page(form)


@bp.post("/models/picks/<int:pick_id>/remove")
def drop_pick(pick_id: int) -> Response:
    """Recommend it no longer."""
    choosing.drop(db.session(), actor(), pick_id)
    return redirect(url_for(".picks"), 303)


def _page(form: PickForm) -> tuple[str, int]:
    page = choosing.page(db.session(), actor(), choosing.Wanted(), paused=paused())
    return form_page(
        "models/picks.html",
        form,
        picks=choosing.picks(db.session()),
        page=page,
        purposes=choosing.PURPOSES,
        **words(),
    )
