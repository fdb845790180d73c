"""Settings: each with what holds, what is usual and how much is in use; changed one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from aiconnect.blueprints import beside, pauses
from aiconnect.blueprints.access import actor
from aiconnect.blueprints.filters import number
from aiconnect.blueprints.forms import form_page
from aiconnect.blueprints.sentences import _
from aiconnect.blueprints.settings.forms import SettingForm
from aiconnect.calls.meters import stream_limit
from aiconnect.calls.snapshot import Ceilings
from aiconnect.errors import N_, Refused
from aiconnect.extensions import db
from aiconnect.services import ceilings
from aiconnect.services.ceilings import Ceiling, Value

bp = Blueprint("settings", __name__)

SWITCHED: Mapping[Value, str] = {"on": N_("On"), "off": N_("Off")}


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as the page shows it; `use` is empty where nothing is counted."""

    ceiling: Ceiling
    value: str
    default: str
    use: str
    is_set: bool


@bp.get("/settings")
def index() -> str:
    """Every setting."""
    found = ceilings.lines(db.session(), usual())
    return render_template("settings/index.html", lines=[_shown(one) for one in found])


@bp.route("/settings/<name>", methods=["GET", "POST"])
def change(name: str) -> tuple[str, int] | Response:
    """Set one."""
    if name not in ceilings.EVERY:
        abort(404)
    one = ceilings.find(name)
    line = ceilings.line(one, ceilings.read(db.session()), usual())
    form = SettingForm.of(line)
    if form.validate_on_submit():
        try:
            ceilings.put(db.session(), actor(), name, form.text, usual=usual())
        except Refused as error:
            form.refuse(error)
        else:
            flash(_("Saved. It counts within a second."))
            return redirect(url_for(".index"), 303)
    return form_page("settings/change.html", form, line=_shown(line))


def usual() -> Ceilings:
    """What holds of this server where nothing is set."""
    known = beside.usual()
    return known if known.calls is None else replace(known, streams=stream_limit())


def _shown(line: ceilings.Line) -> Shown:
    return Shown(
        ceiling=line.ceiling,
        value=_worded(line.value),
        default=_worded(line.default),
        use=_use(line.ceiling.field),
        is_set=line.asked is not None,
    )


def _worded(value: Value) -> str:
    if value is None:
        return _("Unknown")
    return _(SWITCHED[value]) if isinstance(value, str) else number(value)


def _use(field: str) -> str:
    capacity = beside.capacity()
    if capacity is None:
        return ""
    every = beside.fellows()
    counted = {
        "calls": capacity.in_threads + sum(one.calls for one in every),
        "streams": capacity.streams + sum(one.streams for one in every),
    }
    if field in counted:
        return number(counted[field])
    return _left_alone(len(pauses.every())) if field == "breaker" else ""


def _left_alone(count: int) -> str:
    if not count:
        return _("none is left alone")
    return str(
        ngettext(
            "%(num)s connection is left alone, or models of it",
            "%(num)s connections are left alone, or models of them",
            count,
        )
    )
