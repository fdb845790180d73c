"""What members write: entries, rules of tags, unfiltered models; each added, changed, removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from aiconnect import clock
from aiconnect.blueprints.access import actor
from aiconnect.blueprints.forms import Form, form_page
from aiconnect.blueprints.guidance.forms import ModelForm, NoteForm, TagForm, of_note
from aiconnect.blueprints.sentences import _
from aiconnect.errors import Refused
from aiconnect.extensions import db
from aiconnect.services import tag_rules, tagging
from aiconnect.services.guidance import notes, unfiltered

bp = Blueprint("guidance", __name__)

Page = tuple[str, int] | Response | str


@bp.route("/guidance/notes/new", methods=["GET", "POST"])
def new_note() -> Page:
    """Write an entry; the page of help leads here with the model and the area filled in."""
    asked = {name: request.args.get(name, "")[:360] for name in ("pattern", "area")}
    form = NoteForm(data={**asked, "dated": f"{clock.now():%Y-%m-%d}", "kind": "seen"})
    return _page("guidance/note.html", form, _note_kept(form), "areas", note=None)


@bp.route("/guidance/notes/<int:note_id>", methods=["GET", "POST"])
def note(note_id: int) -> Page:
    """Change one."""
    found = notes.get(db.session(), note_id)
    form = NoteForm(data=of_note(found))
    return _page("guidance/note.html", form, _note_kept(form, note_id), "areas", note=found)


@bp.post("/guidance/notes/<int:note_id>/remove")
def remove_note(note_id: int) -> Response:
    """Take one away."""
    notes.remove(db.session(), actor(), note_id)
    flash(_("The entry is removed. What is shipped holds again."))
    return _back("areas")


@bp.get("/guidance/tags")
def tags() -> str:
    """The team's rules, and those that are shipped."""
    return render_template(
        "guidance/tags.html", rules=tag_rules.rules(db.session()), tagging=tagging
    )


@bp.route("/guidance/tags/new", methods=["GET", "POST"])
def new_tag() -> Page:
    """Make a rule."""
    form = TagForm(data={"pattern": request.args.get("pattern", "")[:360], "tag": "nsfw"})

    def keep() -> object:
        return tag_rules.add(db.session(), actor(), *form.values)

    return _page("guidance/tag.html", form, keep, "tags", rule=None)


@bp.route("/guidance/tags/<int:rule_id>", methods=["GET", "POST"])
def tag(rule_id: int) -> Page:
    """Change one."""
    found = tag_rules.get(db.session(), rule_id)
    form = TagForm(data={"pattern": found.pattern, "tag": found.tag, "note": found.note})

    def keep() -> object:
        return tag_rules.change(db.session(), actor(), rule_id, *form.values)

    return _page("guidance/tag.html", form, keep, "tags", rule=found)


@bp.post("/guidance/tags/<int:rule_id>/remove")
def remove_tag(rule_id: int) -> Response:
    """Take one away."""
    rule = tag_rules.remove(db.session(), actor(), rule_id)
    flash(_("The rule for %(name)s is removed.", name=rule.pattern))
    return redirect(url_for(".tags"), 303)


@bp.route("/guidance/unfiltered/new", methods=["GET", "POST"])
def new_model() -> Page:
    """Put a model on the list."""
    form = ModelForm()

    def keep() -> object:
        return unfiltered.add(db.session(), actor(), *form.values)

    return _page("guidance/model.html", form, keep, "models", model=None)


@bp.route("/guidance/unfiltered/<int:model_id>", methods=["GET", "POST"])
def model(model_id: int) -> Page:
    """Change one of the team's own."""
    found = unfiltered.get(db.session(), model_id)
    form = ModelForm(data={"name": found.name, "place": found.place, "note": found.note})

    def keep() -> object:
        return unfiltered.change(db.session(), actor(), model_id, *form.values)

    return _page("guidance/model.html", form, keep, "models", model=found)


@bp.post("/guidance/unfiltered/off")
def take_off() -> Response:
    """Off the list: the team's own goes, a shipped line is crossed out."""
    name = request.form.get("name", "")
    unfiltered.take_off(db.session(), actor(), name)
    flash(_("%(name)s is off the list.", name=name))
    return _back("models")


@bp.post("/guidance/unfiltered/back")
def put_back() -> Response:
    """A shipped line on it again."""
    name = request.form.get("name", "")
    unfiltered.put_back(db.session(), actor(), name)
    flash(_("%(name)s is on the list again.", name=name))
    return _back("models")


def _note_kept(form: NoteForm, note_id: int | None = None) -> Callable[[], object]:
    def keep() -> object:
        if note_id is None:
            return notes.add(db.session(), actor(), form.draft)
        return notes.change(db.session(), actor(), note_id, form.draft)

    return keep


def _page(template: str, form: Form, keep: Callable[[], object], place: str, **values: Any) -> Page:
    """A form, or what comes after it is kept."""
    if form.validate_on_submit():
        try:
            keep()
        except Refused as error:
            form.refuse(error)
        else:
            flash(_("Saved."))
            return _back(place)
    return form_page(template, form, **values)


def _back(place: str) -> Response:
    if place == "tags":
        return redirect(url_for(".tags"), 303)
    return redirect(url_for(".show", _anchor=place), 303)
